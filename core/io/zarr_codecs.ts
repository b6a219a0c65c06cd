import { registry } from "zarrita";
import { decodeVlenUtf8, encodeVlenUtf8 } from "./vlen_utf8.ts";

type CodecEntry = Awaited<ReturnType<NonNullable<ReturnType<typeof registry.get>>>>;

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

/** Teach zarrita the codecs that AnnData needs and it lacks; doing so twice is harmless. */
export function registerCodecs(): void {
  // The registry types every codec as bytes to bytes, also those that zarrita treats otherwise.
  const entry = VLEN_UTF8 as unknown as CodecEntry;
  // Byte strings are laid out the same way; what is not UTF-8 in them is replaced.
  const names = ["vlen-utf8", "vlen-bytes"].flatMap((name) => [name, `numcodecs.${name}`]);
  for (const name of names) registry.set(name, () => Promise.resolve(entry));
}

/** What a chunk is compressed with: blosc with a byte shuffle, so that near numbers share bytes. */
export const BLOSC = { cname: "zstd", clevel: 5, blocksize: 0 } as const;

/**
 * Compress a chunk by blosc.
 *
 * @param bytes The chunk.
 * @param shuffle Whether values have several bytes, so that grouping these helps.
 * @returns The compressed bytes.
 */
export async function compressBlosc(bytes: Uint8Array, shuffle: boolean): Promise<Uint8Array> {
  const blosc = await registry.get("blosc")!();
  const codec = blosc.fromConfig({ ...BLOSC, shuffle: shuffle ? 1 : 0 }, undefined as never);
  return await codec.encode(bytes);
}
