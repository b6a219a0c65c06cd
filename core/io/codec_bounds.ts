import { gunzipSync, inflateSync, type ZlibOptions } from "node:zlib";
import type { registry } from "zarrita";

/** Loads a codec, as the registry of zarrita holds it. */
export type LoadCodec = NonNullable<ReturnType<typeof registry.get>>;
/** A codec that is not configured yet. */
export type CodecEntry = Awaited<ReturnType<LoadCodec>>;
/** What a codec is told of the chunks. */
export type ChunkMeta = Parameters<CodecEntry["fromConfig"]>[1];

/** What no chunk may pass, whatever it holds: buffers of blosc and numcodecs end there. */
export const LARGEST_CHUNK: number = 2 ** 31 - 1;

/** What a chunk of texts may take, whose length nothing says beforehand. */
const LARGEST_TEXTS = 2 ** 30;

/** What checksums, indices of shards and compression that does not pay may add. */
const SPARE = 2 ** 20;

/**
 * Find the bytes of a value.
 *
 * @param dtype Type as zarrita calls it, for example `"float32"` or `"v2:U12"`.
 * @returns Bytes; undefined for texts of any length.
 */
export function bytesOfType(dtype: string): number | undefined {
  if (dtype === "bool") return 1;
  const [, kind = "", digits = ""] = /^(u?int|float|v2:U|v2:S)(\d+)$/.exec(dtype) ?? [];
  if (digits === "") return undefined;
  return kind === "v2:S" ? Number(digits) : kind === "v2:U" ? 4 * Number(digits) : Number(digits) / 8;
}

/**
 * Find what a chunk may be decoded to at any stage; more is no chunk of this array, but a bomb.
 *
 * @param meta Type and shape of the array's chunks.
 * @returns Bytes.
 */
export function mostBytes({ dataType, shape }: ChunkMeta): number {
  const size = bytesOfType(dataType);
  const values = shape.reduce((a, b) => a * b, 1);
  return size === undefined ? LARGEST_TEXTS : Math.min(LARGEST_CHUNK, 2 * size * values + SPARE);
}

function tooLarge(bytes: number | undefined, most: number): RangeError {
  const found = bytes === undefined ? "more" : `${bytes} bytes`;
  return new RangeError(`the chunk unpacks to ${found}, expected at most ${most} bytes`);
}

/**
 * Look at chunks before they are decoded.
 *
 * @param entry The codec.
 * @param check Throws if a chunk, in an array of these metadata, is not to be decoded.
 * @returns The codec, which checks first.
 */
export function withCheck(entry: CodecEntry, check: (bytes: Uint8Array, meta: ChunkMeta) => void): CodecEntry {
  return {
    fromConfig: (configuration, meta) => {
      const codec = entry.fromConfig(configuration, meta);
      return {
        kind: "bytes_to_bytes",
        encode: (bytes: Uint8Array) => codec.encode(bytes),
        decode: (bytes: Uint8Array) => {
          check(bytes, meta);
          return codec.decode(bytes);
        },
      };
    },
  };
}

/**
 * Refuse chunks that declare to unpack to more than a chunk of the array can hold.
 *
 * @param entry The codec.
 * @param sizeAt Where a chunk declares its unpacked size, in 32 bits.
 * @returns The codec, which checks first.
 */
export function withDeclaredSize(entry: CodecEntry, sizeAt: number): CodecEntry {
  return withCheck(entry, (bytes, meta) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = bytes.length < sizeAt + 4 ? 0 : view.getUint32(sizeAt, true);
    if (size > mostBytes(meta)) throw tooLarge(size, mostBytes(meta));
  });
}

function boundedInflate(unpack: (bytes: Uint8Array, options: ZlibOptions) => Uint8Array): CodecEntry {
  return {
    fromConfig: (_, meta) => ({
      kind: "bytes_to_bytes",
      encode: () => {
        throw new TypeError("Cannot write this codec, write zstd");
      },
      decode: (bytes: Uint8Array) => {
        const most = mostBytes(meta);
        try {
          return unpack(bytes, { maxOutputLength: most });
        } catch (cause) {
          throw (cause as { readonly code?: string }).code === "ERR_BUFFER_TOO_LARGE"
            ? tooLarge(undefined, most)
            : cause;
        }
      },
    }),
  };
}

/** The one of zarrita unpacks without end. */
export const GZIP: CodecEntry = boundedInflate(gunzipSync);

/** The one of zarrita unpacks without end. */
export const ZLIB: CodecEntry = boundedInflate(inflateSync);
