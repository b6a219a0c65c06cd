import { dirname, join } from "node:path";
import { rowSize } from "../host_array.ts";
import { encodeVlenUtf8 } from "./vlen_utf8.ts";
import type { ZarrFormat } from "./zarr_array_document.ts";
import { compressChunk } from "./zarr_codecs.ts";

/** Uncompressed size that chunks of rows come close to: large enough to compress well, small enough to read a few. */
const CHUNK_BYTES = 2 ** 20;

/** A guess of the size of a text, since chunks of texts need a number of rows too. */
const TEXT_BYTES = 16;

/** Where the chunks of an array go. */
export interface ChunkFolder {
  /** Folder of the array. */
  readonly folder: string;
  /** Version of the Zarr format. */
  readonly format: ZarrFormat;
  /** Length of each axis of the array. */
  readonly shape: readonly number[];
}

/**
 * Choose the chunks of an array: whole rows, about 1 MiB.
 *
 * @param shape Length of each axis.
 * @param valueBytes Bytes per value; absent for texts.
 * @returns Length of each axis of a chunk; empty for a scalar.
 */
export function chunkShape(shape: readonly number[], valueBytes: number = TEXT_BYTES): readonly number[] {
  const [rows, ...rest] = shape;
  if (rows === undefined) return [];
  const fitting = Math.floor(CHUNK_BYTES / Math.max(1, rowSize(shape) * valueBytes));
  return [Math.min(Math.max(fitting, 1), Math.max(rows, 1)), ...rest.map((length) => Math.max(length, 1))];
}

/**
 * Write a chunk that is compressed already.
 *
 * @param folder Folder of the array.
 * @param key Name of the chunk; folders in it are created.
 * @param bytes What is written.
 */
export async function writeChunk(folder: string, key: string, bytes: Uint8Array): Promise<void> {
  const path = join(folder, key);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, bytes);
}

async function writeRows({ folder, format, shape }: ChunkFolder, index: number, bytes: Uint8Array): Promise<void> {
  const coordinates = shape.map((_, axis) => axis === 0 ? index : 0);
  const key = format === 3 ? ["c", ...coordinates].join("/") : coordinates.join(".") || "0";
  await writeChunk(folder, key, compressChunk(bytes));
}

/** Numbers as they are stored. */
export type StoredNumbers = ArrayBufferView & { readonly BYTES_PER_ELEMENT: number };

/**
 * Write one chunk of an array of numbers.
 *
 * @param to Where it goes.
 * @param index Which chunk along the first axis.
 * @param values All its values, the last chunk's padding included.
 */
export async function writeNumberChunk(to: ChunkFolder, index: number, values: StoredNumbers): Promise<void> {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  await writeRows(to, index, bytes);
}

/**
 * Write the chunks of an array of numbers.
 *
 * @param to Where they go.
 * @param values All values in row-major order.
 * @param chunks Length of each axis of a chunk, from {@linkcode chunkShape}.
 */
export async function writeNumberChunks(
  to: ChunkFolder,
  values: StoredNumbers,
  chunks: readonly number[],
): Promise<void> {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (to.shape.length === 0) return await writeRows(to, 0, bytes);
  const step = chunks.reduce((a, b) => a * b, values.BYTES_PER_ELEMENT);
  for (let index = 0; index * step < bytes.length; index++) {
    const part = bytes.subarray(index * step, (index + 1) * step);
    // The last chunk is stored at full length.
    const full = part.length === step ? part : new Uint8Array(step);
    if (full !== part) full.set(part);
    await writeRows(to, index, full);
  }
}

/**
 * Write the chunks of a list of texts.
 *
 * @param to Where they go.
 * @param texts All texts.
 * @param chunks Length of each axis of a chunk, from {@linkcode chunkShape}.
 */
export async function writeTextChunks(
  to: ChunkFolder,
  texts: readonly string[],
  chunks: readonly number[],
): Promise<void> {
  if (to.shape.length === 0) return await writeRows(to, 0, encodeVlenUtf8(texts));
  const step = chunks[0]!;
  for (let index = 0; index * step < texts.length; index++) {
    const part = texts.slice(index * step, (index + 1) * step);
    const full = [...part, ...new Array<string>(step - part.length).fill("")];
    await writeRows(to, index, encodeVlenUtf8(full));
  }
}
