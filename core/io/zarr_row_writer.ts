import { type NumericArray, rowSize } from "../host_array.ts";
import type { Matrix } from "./anndata.ts";
import { encoding } from "./anndata_encoding.ts";
import type { NumberType } from "./zarr_array_document.ts";
import { type NumberStream, numberStream } from "./zarr_number_stream.ts";
import type { ZarrGroupWriter } from "./zarr_writer.ts";

/** How far a matrix is written: what a later process needs to go on. */
export interface RowProgress {
  /** Rows of which every value lies in a finished chunk; the next row is to be appended again. */
  readonly rows: number;
  /** Finished chunks of values. */
  readonly chunks: number;
  /** Where the first `rows` rows of a sparse matrix start, and where the last of them ends; empty for a dense one. */
  readonly starts: Float64Array;
}

/** The beginning of every matrix. */
export const NO_ROWS: RowProgress = Object.freeze({ rows: 0, chunks: 0, starts: new Float64Array(1) });

/** A matrix that is written a block of rows at a time; no more than a chunk of it is in memory. */
export interface RowWriter {
  /**
   * Append rows.
   *
   * @param block The next rows, dense or compressed by row as the matrix is.
   * @throws {TypeError} If the block is of the other kind or has another number of columns.
   */
  append(block: Matrix): Promise<void>;
  /**
   * Tell how far the matrix is written.
   *
   * @returns What to hand to the writer that goes on.
   */
  progress(): RowProgress;
  /**
   * Write the last chunk and the metadata.
   *
   * @throws {TypeError} If there are fewer or more rows than were announced.
   */
  finish(): Promise<void>;
}

/** What is known of a matrix before its rows are. */
export interface RowLayout {
  /** Rows, then columns; further axes for dense arrays only. */
  readonly shape: readonly number[];
  /** Stored type of the values. */
  readonly type: NumberType;
  /**
   * Rows of a chunk if dense, stored values of a chunk if sparse.
   *
   * @default {about 1 MiB}
   */
  readonly chunkLength?: number;
}

/** Uncompressed size of a chunk, as of arrays that are written whole. */
const CHUNK_BYTES = 2 ** 20;

function checkBlock(name: string, block: Matrix, kind: "dense" | "csr", shape: readonly number[]): void {
  const found = "kind" in block ? block.kind : "dense";
  if (found !== kind) throw new TypeError(`Cannot append rows to "${name}": the block is ${found}, expected ${kind}`);
  if (block.shape.slice(1).join() !== shape.slice(1).join()) {
    throw new TypeError(
      `Cannot append rows to "${name}": the block has shape [${block.shape.join(", ")}], expected [rows, ${
        shape.slice(1).join(", ")
      }]`,
    );
  }
}

function checkRows(name: string, written: number, expected: number): void {
  if (written === expected) return;
  throw new TypeError(`Cannot finish "${name}": ${written} rows were appended, expected ${expected}`);
}

/**
 * Write a dense matrix a block of rows at a time.
 *
 * @param group Group to write into.
 * @param name Name of the matrix.
 * @param layout Shape and stored type.
 * @param from Where an earlier process stopped.
 * @returns The writer.
 */
export async function denseRowWriter(
  group: ZarrGroupWriter,
  name: string,
  { shape, type, chunkLength }: RowLayout,
  from: RowProgress = NO_ROWS,
): Promise<RowWriter> {
  const width = rowSize(shape);
  const fitting = Math.max(1, Math.floor(CHUNK_BYTES / Math.max(1, 4 * width)));
  const chunkRows = Math.max(1, Math.min(chunkLength ?? fitting, shape[0]!));
  const chunks = [chunkRows, ...shape.slice(1).map((length) => Math.max(1, length))];
  const draft = await group.draft(name, type, chunks, encoding("array"));
  const values = numberStream(draft, type, chunkRows * Math.max(1, width), from.chunks);
  let rows = from.rows;
  return Object.freeze({
    append: async (block: Matrix) => {
      checkBlock(name, block, "dense", shape);
      await values.push(block.data);
      rows += block.shape[0]!;
    },
    progress: () => ({ rows: values.chunks * chunkRows, chunks: values.chunks, starts: new Float64Array() }),
    finish: async () => {
      checkRows(name, rows, shape[0]!);
      await values.end();
      await draft.finish(shape);
    },
  });
}

/** Starts of rows, growing. */
function startList(first: Float64Array): { list(): Float64Array; add(more: ArrayLike<number>): void } {
  let values = first.length === 0 ? new Float64Array(1) : first.slice();
  let length = values.length;
  return {
    list: () => values.subarray(0, length),
    add: (indptr) => {
      const more = indptr.length - 1;
      if (length + more > values.length) {
        const wider = new Float64Array(Math.max(2 * values.length, length + more));
        wider.set(values.subarray(0, length));
        values = wider;
      }
      const shift = values[length - 1]! - indptr[0]!;
      for (let i = 1; i <= more; i++) values[length++] = indptr[i]! + shift;
    },
  };
}

/** The last row that ends at or before a number of values. */
function rowsWithin(starts: Float64Array, values: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle]! <= values) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Write a matrix compressed by row, a block of rows at a time; how many values it will have need not be known.
 *
 * @param group Group to write into.
 * @param name Name of the matrix.
 * @param layout Shape and stored type of the values; positions are stored as int32.
 * @param from Where an earlier process stopped.
 * @returns The writer.
 */
export async function sparseRowWriter(
  group: ZarrGroupWriter,
  name: string,
  { shape, type, chunkLength = CHUNK_BYTES / 4 }: RowLayout,
  from: RowProgress = NO_ROWS,
): Promise<RowWriter> {
  const member = await group.group(name, { ...encoding("csr_matrix"), shape });
  const drafts = [
    await member.draft("data", type, [chunkLength], {}),
    await member.draft("indices", "int32", [
      chunkLength,
    ], {}),
  ] as const;
  const [data, indices] = [
    numberStream(drafts[0], type, chunkLength, from.chunks),
    numberStream(drafts[1], "int32", chunkLength, from.chunks),
  ];
  const starts = startList(from.starts.subarray(0, from.rows + 1));
  // A row may begin in a finished chunk and end behind it: what is stored of it already is not stored again.
  let skip = from.chunks * chunkLength - starts.list().at(-1)!;
  const push = async (stream: NumberStream, values: NumericArray, drop: number): Promise<void> =>
    await stream.push(values.subarray(Math.min(drop, values.length)));
  return Object.freeze({
    append: async (block: Matrix) => {
      checkBlock(name, block, "csr", shape);
      if (!("kind" in block)) return;
      await push(data, block.data, skip);
      await push(indices, block.indices, skip);
      skip = Math.max(0, skip - block.data.length);
      starts.add(block.indptr);
    },
    progress: () => {
      const list = starts.list();
      const rows = rowsWithin(list, data.chunks * chunkLength);
      return { rows, chunks: data.chunks, starts: list.slice(0, rows + 1) };
    },
    finish: async () => {
      const list = starts.list();
      checkRows(name, list.length - 1, shape[0]!);
      const length = list.at(-1)!;
      for (const [i, stream] of [data, indices].entries()) {
        await stream.end();
        await drafts[i]!.finish([length]);
      }
      const wide = length >= 2 ** 31;
      const indptr = { data: wide ? list : Int32Array.from(list), shape: [list.length] };
      await member.numbers("indptr", indptr, {}, ...(wide ? ["int64" as const] : []));
    },
  });
}
