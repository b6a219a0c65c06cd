import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { registry } from "zarrita";
import { crc32c } from "../../core/io/crc32c.ts";
import { compressChunk, registerCodecs } from "../../core/io/zarr_codecs.ts";

/** A way to store a chunk. */
export interface Storage {
  /** Version of the Zarr format. */
  readonly format: 2 | 3;
  /** Compressor of `.zarray`, or codecs of `zarr.json` behind `bytes`. */
  readonly codecs: unknown;
  /** Whether the format tells damage from data. */
  readonly checked: boolean;
  /** Encodes a chunk. */
  encode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

async function byCodec(name: string, configuration: unknown, bytes: Uint8Array): Promise<Uint8Array> {
  registerCodecs();
  const codec = (await registry.get(name)!()).fromConfig(configuration, undefined as never);
  return await codec.encode(bytes);
}

function withChecksum(bytes: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(bytes.length + 4);
  chunk.set(bytes);
  new DataView(chunk.buffer).setUint32(bytes.length, crc32c(bytes), true);
  return chunk;
}

/** Rows of the array, and of an inner chunk of a shard. */
export const [ROWS, INNER_ROWS, COLUMNS] = [16, 4, 32] as const;

/** A shard of four inner chunks and their index, which has a checksum of its own. */
function shard(inner: (bytes: Uint8Array) => Uint8Array): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    const count = ROWS / INNER_ROWS;
    const chunks = Array.from(
      { length: count },
      (_, i) => inner(bytes.slice(i * bytes.length / count, (i + 1) * bytes.length / count)),
    );
    const index = new BigUint64Array(2 * count);
    let offset = 0;
    for (const [i, chunk] of chunks.entries()) {
      index[2 * i] = BigInt(offset);
      index[2 * i + 1] = BigInt(chunk.length);
      offset += chunk.length;
    }
    const parts = [...chunks, withChecksum(new Uint8Array(index.buffer))];
    const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
}

const BYTES = { name: "bytes", configuration: { endian: "little" } };
const CRC32C = { name: "crc32c" };

function sharded(...inner: readonly unknown[]): unknown {
  const configuration = {
    ...{ chunk_shape: [INNER_ROWS, COLUMNS], index_location: "end" },
    ...{ codecs: [BYTES, ...inner], index_codecs: [BYTES, CRC32C] },
  };
  return [{ name: "sharding_indexed", configuration }];
}

const BLOSC = { cname: "lz4", clevel: 5, shuffle: 1, blocksize: 0 };

/** Every way that is read. */
export const STORAGES: Readonly<Record<string, Storage>> = {
  "v2, zstd as written here": { format: 2, codecs: { id: "zstd", level: 3 }, checked: true, encode: compressChunk },
  "v2, gzip": { format: 2, codecs: { id: "gzip", level: 5 }, checked: true, encode: gzipSync },
  "v2, zlib": { format: 2, codecs: { id: "zlib", level: 5 }, checked: true, encode: deflateSync },
  "v2, zstd": {
    format: 2,
    codecs: { id: "zstd", level: 3 },
    checked: false,
    encode: (bytes) => zstdCompressSync(bytes),
  },
  "v2, lz4": {
    ...{ format: 2, codecs: { id: "lz4", acceleration: 1 }, checked: false },
    encode: (bytes) => byCodec("lz4", { acceleration: 1 }, bytes),
  },
  "v2, blosc": {
    ...{ format: 2, codecs: { id: "blosc", ...BLOSC }, checked: false },
    encode: (bytes) => byCodec("blosc", BLOSC, bytes),
  },
  "v2, blosc with zstd": {
    ...{ format: 2, codecs: { id: "blosc", ...BLOSC, cname: "zstd" }, checked: false },
    encode: (bytes) => byCodec("blosc", { ...BLOSC, cname: "zstd" }, bytes),
  },
  "v2, not compressed": { format: 2, codecs: null, checked: false, encode: (bytes) => bytes },
  "v3, zstd as written here": {
    ...{ format: 3, codecs: [BYTES, { name: "zstd", configuration: { level: 3, checksum: true } }], checked: true },
    encode: compressChunk,
  },
  "v3, gzip": {
    ...{ format: 3, codecs: [BYTES, { name: "gzip", configuration: { level: 5 } }], checked: true, encode: gzipSync },
  },
  "v3, crc32c": { format: 3, codecs: [BYTES, CRC32C], checked: true, encode: withChecksum },
  "v3, blosc and crc32c": {
    ...{
      format: 3,
      codecs: [BYTES, { name: "blosc", configuration: { ...BLOSC, shuffle: "shuffle", typesize: 4 } }, CRC32C],
    },
    checked: true,
    encode: async (bytes) => withChecksum(await byCodec("blosc", BLOSC, bytes)),
  },
  "v3, shards of chunks with crc32c": {
    format: 3,
    codecs: sharded(CRC32C),
    checked: true,
    encode: shard(withChecksum),
  },
  "v3, shards of zstd with a checksum": {
    ...{ format: 3, codecs: sharded({ name: "zstd", configuration: { level: 3, checksum: true } }), checked: true },
    encode: shard(compressChunk),
  },
  "v3, shards of chunks as they are": { format: 3, codecs: sharded(), checked: false, encode: shard((bytes) => bytes) },
  "v3, not compressed": { format: 3, codecs: [BYTES], checked: false, encode: (bytes) => bytes },
};

/** Values that compress, so that codecs have something to do. */
export const VALUES: Float32Array = Float32Array.from(
  { length: ROWS * COLUMNS },
  (_, i) => i % 3 === 0 ? 0 : Math.round(8 * Math.sin(i)) + (i >> 5),
);

/**
 * Write an array of one chunk.
 *
 * @param folder Folder of the array.
 * @param storage How the chunk is stored.
 * @returns Path of the chunk.
 */
export async function writeArray(folder: string, { format, codecs, encode }: Storage): Promise<string> {
  const shape = [ROWS, COLUMNS];
  const document = format === 2
    ? {
      zarr_format: 2,
      shape,
      chunks: shape,
      dtype: "<f4",
      order: "C",
      filters: null,
      fill_value: 0,
      compressor: codecs,
    }
    : {
      ...{ zarr_format: 3, node_type: "array", shape, data_type: "float32", fill_value: 0, codecs },
      chunk_grid: { name: "regular", configuration: { chunk_shape: shape } },
      chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    };
  await Deno.mkdir(`${folder}/c/0`, { recursive: true });
  await Deno.writeTextFile(`${folder}/${format === 2 ? ".zarray" : "zarr.json"}`, JSON.stringify(document));
  const path = format === 2 ? `${folder}/0.0` : `${folder}/c/0/0`;
  await Deno.writeFile(path, await encode(new Uint8Array(VALUES.buffer)));
  return path;
}
