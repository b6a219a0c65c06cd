import { constants, zstdCompressSync, type ZstdOptions } from "node:zlib";
import { registry } from "zarrita";
import { type CodecEntry, GZIP, type LoadCodec, mostBytes, withCheck, withDeclaredSize, ZLIB } from "./codec_bounds.ts";
import { crc32c } from "./crc32c.ts";
import { decodeVlenUtf8, encodeVlenUtf8 } from "./vlen_utf8.ts";
import { decodeZstd } from "./zstd.ts";

interface TextChunk {
  readonly data: readonly string[];
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

function rowMajorStride(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
}

/** The one of zarrita cannot encode, and decodes views into larger buffers (shards, zip files) from their start. */
const VLEN_UTF8 = {
  kind: "array_to_bytes",
  fromConfig: (_: unknown, { shape }: { readonly shape: readonly number[] }) => ({
    kind: "array_to_bytes",
    encode: (chunk: TextChunk) => encodeVlenUtf8(chunk.data),
    decode: (bytes: Uint8Array): TextChunk => ({ data: decodeVlenUtf8(bytes), shape, stride: rowMajorStride(shape) }),
  }),
};

function loadVlenUtf8(): Promise<CodecEntry> {
  // The registry types every codec as bytes to bytes, also those that zarrita treats otherwise.
  return Promise.resolve(VLEN_UTF8 as unknown as CodecEntry);
}

/** Length of the header of a blosc buffer, and where in it the lengths of the content and of the whole buffer stand. */
const BLOSC_HEADER = { bytes: 16, sizeAt: 4, lengthAt: 12 } as const;

function checkBlosc(bytes: Uint8Array): void {
  const whole = bytes.length < BLOSC_HEADER.bytes
    ? undefined
    : new DataView(bytes.buffer, bytes.byteOffset).getUint32(BLOSC_HEADER.lengthAt, true);
  if (whole !== bytes.length) {
    throw new RangeError(`the chunk has ${bytes.length} bytes, expected ${whole ?? "a header"}, it is truncated`);
  }
}

/** The one of zarrita reads on beyond the end of a truncated buffer and returns what happens to lie there. */
async function checkedBlosc(load: LoadCodec): Promise<CodecEntry> {
  return withCheck(await load(), checkBlosc);
}

/** Frames of zstd are decoded natively where that is safe. */
async function fastZstd(load: LoadCodec): Promise<CodecEntry> {
  const entry = await load();
  return {
    fromConfig: (configuration, meta) => {
      const codec = entry.fromConfig(configuration, meta);
      return {
        kind: "bytes_to_bytes",
        encode: (bytes: Uint8Array) => codec.encode(bytes),
        decode: (bytes: Uint8Array) => decodeZstd(bytes, (odd) => codec.decode(odd), mostBytes(meta)),
      };
    },
  };
}

/** The one of zarrita takes the checksum off without looking at it. */
const CRC32C: CodecEntry = {
  fromConfig: () => ({
    kind: "bytes_to_bytes",
    encode: () => {
      throw new TypeError("Cannot write the codec crc32c");
    },
    decode: (bytes: Uint8Array) => {
      if (bytes.length < 4) throw new RangeError(`the chunk has ${bytes.length} bytes, expected a checksum of 4`);
      const content = bytes.subarray(0, bytes.length - 4);
      const stored = new DataView(bytes.buffer, bytes.byteOffset + content.length, 4).getUint32(0, true);
      const found = crc32c(content);
      if (stored === found) return content;
      const [wrong, right] = [found, stored].map((sum) => sum.toString(16).padStart(8, "0"));
      throw new RangeError(`the checksum crc32c of the chunk is ${wrong}, expected ${right}`);
    },
    computeEncodedSize: (size: number) => size + 4,
  }),
};

/** Teach zarrita the codecs that AnnData needs and it lacks; doing so twice is harmless. */
export function registerCodecs(): void {
  if (registry.get("vlen-utf8") === loadVlenUtf8) return;
  const [loadBlosc, loadZstd, loadLz4] = [registry.get("blosc")!, registry.get("zstd")!, registry.get("lz4")!];
  registry.set("crc32c", () => Promise.resolve(CRC32C));
  for (const prefix of ["", "numcodecs."]) {
    registry.set(`${prefix}blosc`, async () => withDeclaredSize(await checkedBlosc(loadBlosc), BLOSC_HEADER.sizeAt));
    registry.set(`${prefix}zstd`, () => fastZstd(loadZstd));
    registry.set(`${prefix}lz4`, async () => withDeclaredSize(await loadLz4(), 0));
    registry.set(`${prefix}gzip`, () => Promise.resolve(GZIP));
    registry.set(`${prefix}zlib`, () => Promise.resolve(ZLIB));
    // Byte strings are laid out the same way; what is not UTF-8 in them is replaced.
    for (const name of ["vlen-utf8", "vlen-bytes"]) registry.set(`${prefix}${name}`, loadVlenUtf8);
  }
}

/** What chunks are compressed with. */
export const ZSTD_LEVEL = 3;

/**
 * Compress a chunk by zstd, whose frames carry a checksum: every reader of the format refuses what was damaged since.
 *
 * @param bytes The chunk.
 * @returns One frame.
 */
export function compressChunk(bytes: Uint8Array): Uint8Array {
  const { ZSTD_c_checksumFlag, ZSTD_c_compressionLevel } = constants;
  const params = { [ZSTD_c_checksumFlag]: 1, [ZSTD_c_compressionLevel]: ZSTD_LEVEL };
  // Python before numcodecs 0.13 reads no frame that does not say its size; the types do not know the option yet.
  const options: ZstdOptions & { readonly pledgedSrcSize: number } = { params, pledgedSrcSize: bytes.length };
  return zstdCompressSync(bytes, options);
}
