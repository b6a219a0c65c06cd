import { byRows } from "../../core/spatial/sparse.ts";
import { type NumberType, storedTypeOf } from "../../core/io/zarr_array_document.ts";
import type { MatrixSource, RowBlock } from "../../core/io/matrix_source.ts";
import {
  type HostArray,
  hostArray,
  type Matrix,
  type NumericArray,
  type SparseMatrix,
  takeRows,
} from "../../core/mod.ts";

/** A matrix that is read as a stream of row blocks, as often as one likes; no more than a block is in memory. */
export interface RowBlocks {
  /** What it is, for messages, for example `"X"`. */
  readonly name: string;
  /** Whether blocks are compressed by row, else they are dense; all blocks are alike. */
  readonly sparse: boolean;
  /** Type that stores the values unchanged. */
  readonly type: NumberType;
  /** Number of rows N. */
  readonly rows: number;
  /** Number of columns G. */
  readonly columns: number;
  /** Lengths of further axes of dense rows, for example of image patches; absent if there are none. */
  readonly axes?: readonly number[];
  /**
   * Read all rows in order, from the first.
   *
   * @returns Blocks of consecutive rows, `[n, G]` and further axes.
   */
  blocks(): AsyncIterable<RowBlock>;
}

/** Values of a block of a matrix in memory. */
const BLOCK_VALUES = 2 ** 20;

/**
 * Stream a matrix in memory.
 *
 * @param name What it is.
 * @param matrix The matrix `[N, G]`.
 * @returns Its rows.
 */
export function rowsInMemory(name: string, matrix: Matrix): RowBlocks {
  const [rows = 0, columns = 1] = matrix.shape;
  const source = "kind" in matrix ? byRows(matrix) : matrix;
  const step = Math.max(1, Math.floor(BLOCK_VALUES / Math.max(1, columns)));
  return Object.freeze({
    name,
    sparse: "kind" in source,
    type: storedTypeOf(source.data),
    rows,
    columns,
    blocks: async function* (): AsyncGenerator<RowBlock> {
      for (let start = 0; start < rows; start += step) {
        yield { start, rows: sliceRows(source, start, Math.min(rows, start + step)) };
      }
    },
  });
}

/**
 * Stream a matrix of a store.
 *
 * @param name What it is.
 * @param source The matrix; its values are read as they are needed.
 * @returns Its rows.
 */
export function rowsOfStore(name: string, source: MatrixSource): RowBlocks {
  const [rows = 0, columns = 1] = source.shape;
  const type = source.dtype === "float16" ? "float32" : source.dtype === "uint64" ? "int64" : source.dtype;
  return Object.freeze({
    name,
    sparse: source.kind !== "dense",
    type: type as NumberType,
    rows,
    columns,
    ...(source.shape.length > 2 && { axes: source.shape.slice(2) }),
    blocks: () => source.blocks(),
  });
}

/**
 * Look on while rows are read.
 *
 * @param source The rows.
 * @param onBlock Called after each block was used: rows so far, rows in all; what it throws ends the reading.
 * @returns The same rows.
 */
export function watchRows(source: RowBlocks, onBlock: (done: number, total: number) => void): RowBlocks {
  return Object.freeze({
    ...source,
    blocks: async function* (): AsyncGenerator<RowBlock> {
      for await (const block of source.blocks()) {
        yield block;
        onBlock(block.start + block.rows.shape[0]!, source.rows);
      }
    },
  });
}

/**
 * Change values one by one.
 *
 * @param source The rows.
 * @param change New value of a value; 0 stays 0, so that sparse rows stay sparse.
 * @param type Type of the changed values.
 * @returns The changed rows.
 */
export function mapValues(
  source: RowBlocks,
  change: (value: number, row: number, column: number) => number,
  type: "float32" | "float64" = "float32",
): RowBlocks {
  const Kind = type === "float32" ? Float32Array : Float64Array;
  return mapBlocks({ ...source, type }, ({ start, rows }) => {
    const data = new Kind(rows.data.length);
    if ("kind" in rows) {
      for (let row = 0; row < rows.shape[0]; row++) {
        const end = rows.indptr[row + 1]!;
        for (let at = rows.indptr[row]!; at < end; at++) {
          data[at] = change(rows.data[at]!, start + row, rows.indices[at]!);
        }
      }
      return { ...rows, data };
    }
    for (let at = 0; at < data.length; at++) {
      data[at] = change(rows.data[at]!, start + Math.floor(at / source.columns), at % source.columns);
    }
    return { data, shape: rows.shape };
  });
}

/**
 * Keep some rows.
 *
 * @param source The rows.
 * @param kept 1 for each row to keep, `[N]`.
 * @returns The rows kept, in order.
 */
export function selectRows(source: RowBlocks, kept: Uint8Array): RowBlocks {
  return Object.freeze({
    ...source,
    rows: kept.reduce((sum, one) => sum + one, 0),
    blocks: async function* (): AsyncGenerator<RowBlock> {
      let done = 0;
      for await (const { start, rows } of source.blocks()) {
        const chosen: number[] = [];
        for (let row = 0; row < rows.shape[0]!; row++) if (kept[start + row] === 1) chosen.push(row);
        if (chosen.length === 0) continue;
        yield { start: done, rows: pickRows(rows, chosen) };
        done += chosen.length;
      }
    },
  });
}

/**
 * Keep some columns.
 *
 * @param source The rows.
 * @param index Columns to keep, rising.
 * @returns Rows of those columns.
 */
export function selectColumns(source: RowBlocks, index: Int32Array): RowBlocks {
  const place = new Int32Array(source.columns).fill(-1);
  index.forEach((column, at) => place[column] = at);
  return mapBlocks({ ...source, columns: index.length }, ({ rows }) => pickColumns(rows, index, place));
}

function mapBlocks(source: RowBlocks, change: (block: RowBlock) => Matrix): RowBlocks {
  return Object.freeze({
    ...source,
    blocks: async function* (): AsyncGenerator<RowBlock> {
      for await (const block of source.blocks()) yield { start: block.start, rows: change(block) };
    },
  });
}

function sliceRows(matrix: HostArray<NumericArray> | SparseMatrix, start: number, stop: number): Matrix {
  if (!("kind" in matrix)) {
    const columns = matrix.shape[1] ?? 1;
    return { data: matrix.data.subarray(start * columns, stop * columns), shape: [stop - start, columns] };
  }
  const [from, to] = [matrix.indptr[start]!, matrix.indptr[stop]!];
  return {
    kind: "csr",
    shape: [stop - start, matrix.shape[1]],
    indptr: Float64Array.from(matrix.indptr.subarray(start, stop + 1), (at) => at - from),
    indices: matrix.indices.subarray(from, to),
    data: matrix.data.subarray(from, to),
  };
}

function likeOf(data: NumericArray, length: number): NumericArray {
  return new (data.constructor as new (length: number) => NumericArray)(length);
}

function pickRows(matrix: Matrix, chosen: readonly number[]): Matrix {
  if (chosen.length === matrix.shape[0]) return matrix;
  if (!("kind" in matrix)) return takeRows(matrix, chosen);
  const indptr = new Float64Array(chosen.length + 1);
  chosen.forEach((row, to) => indptr[to + 1] = indptr[to]! + matrix.indptr[row + 1]! - matrix.indptr[row]!);
  const indices = new Int32Array(indptr[chosen.length]!);
  const data = likeOf(matrix.data, indices.length);
  chosen.forEach((row, to) => {
    indices.set(matrix.indices.subarray(matrix.indptr[row]!, matrix.indptr[row + 1]!), indptr[to]!);
    data.set(matrix.data.subarray(matrix.indptr[row]!, matrix.indptr[row + 1]!), indptr[to]!);
  });
  return { kind: "csr", shape: [chosen.length, matrix.shape[1]], indptr, indices, data };
}

function pickColumns(matrix: Matrix, index: Int32Array, place: Int32Array): Matrix {
  const rows = matrix.shape[0]!;
  if (!("kind" in matrix)) {
    const columns = matrix.shape[1] ?? 1;
    const data = likeOf(matrix.data, rows * index.length);
    for (let row = 0, to = 0; row < rows; row++) {
      for (let j = 0; j < index.length; j++, to++) data[to] = matrix.data[row * columns + index[j]!]!;
    }
    return hostArray(data, [rows, index.length]);
  }
  const indptr = new Float64Array(rows + 1);
  let kept = 0;
  for (let row = 0; row < rows; row++) {
    for (let at = matrix.indptr[row]!; at < matrix.indptr[row + 1]!; at++) if (place[matrix.indices[at]!]! >= 0) kept++;
    indptr[row + 1] = kept;
  }
  const indices = new Int32Array(kept);
  const data = likeOf(matrix.data, kept);
  for (let at = 0, to = 0; at < matrix.data.length; at++) {
    const column = place[matrix.indices[at]!]!;
    if (column < 0) continue;
    indices[to] = column;
    data[to++] = matrix.data[at]!;
  }
  return { kind: "csr", shape: [rows, index.length], indptr, indices, data };
}
