import {
  type AnnData,
  DataError,
  type HostArray,
  hostArray,
  type Matrix,
  type SparseMatrix,
  takeRows,
} from "../core/mod.ts";
import { byRows } from "../core/spatial/sparse.ts";

/**
 * Take rows of an entry of `obsm`.
 *
 * @param table The table.
 * @param key Entry of `obsm`, `[N, C]`.
 * @param rows Rows to take.
 * @returns Values `[rows.length, C]`.
 * @throws {DataError} If there is no such entry, listing those there are, or a value is not finite.
 */
export function floatRows(table: AnnData, key: string, rows: Int32Array): HostArray {
  const found = Object.hasOwn(table.obsm, key) ? table.obsm[key] : undefined;
  if (found === undefined || found.shape.length !== 2) {
    const known = Object.keys(table.obsm).join(", ") || "no arrays";
    throw new DataError(`Cannot find features in obsm "${key}": obsm has ${known}`);
  }
  const { data, shape } = takeRows(found, rows);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const [row, column] = [rows[Math.floor(bad / shape[1]!)], bad % shape[1]!];
    throw new DataError(`Cannot use obsm "${key}" as features: row ${row} has ${data[bad]} in column ${column}`);
  }
  return hostArray(Float32Array.from(data), shape);
}

/**
 * Keep the first columns.
 *
 * @param array Values `[N, C]`.
 * @param count Columns to keep; 0 or more than C means all.
 * @returns Values `[N, count]`.
 */
export function leadingColumns(array: HostArray, count: number): HostArray {
  const columns = array.shape[1]!;
  if (count === 0 || count >= columns) return array;
  return takeColumns(array, Int32Array.from({ length: count }, (_, i) => i));
}

/**
 * Copy columns by index.
 *
 * @param array Values `[N, C]`.
 * @param index Columns to take, in order.
 * @returns Values `[N, index.length]`.
 */
export function takeColumns(array: HostArray, index: Int32Array): HostArray {
  const [rows, columns] = [array.shape[0]!, array.shape[1]!];
  const data = new Float32Array(rows * index.length);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < index.length; j++, at++) data[at] = array.data[i * columns + index[j]!]!;
  }
  return hostArray(data, [rows, index.length]);
}

/** Rows of a sparse matrix compressed by column: one pass over all values. */
function denseFromColumns(matrix: SparseMatrix, rows: Int32Array, out: Float32Array): void {
  const columns = matrix.shape[1];
  const place = new Int32Array(matrix.shape[0]).fill(-1);
  rows.forEach((row, i) => place[row] = i);
  for (let j = 0; j < columns; j++) {
    for (let at = matrix.indptr[j]!; at < matrix.indptr[j + 1]!; at++) {
      const i = place[matrix.indices[at]!]!;
      if (i >= 0) out[i * columns + j] = matrix.data[at]!;
    }
  }
}

/**
 * Rows of a matrix as a dense array.
 *
 * @param matrix Dense or sparse matrix `[N, G]`.
 * @param rows Rows to take, each at most once.
 * @returns Values `[rows.length, G]`.
 */
export function denseRows(matrix: Matrix, rows: Int32Array): HostArray {
  const columns = matrix.shape[1]!;
  const out = new Float32Array(rows.length * columns);
  if (!("kind" in matrix)) {
    for (let i = 0; i < rows.length; i++) {
      for (let j = 0; j < columns; j++) out[i * columns + j] = matrix.data[rows[i]! * columns + j]!;
    }
  } else if (matrix.kind === "csc") {
    denseFromColumns(matrix, rows, out);
  } else {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      for (let at = matrix.indptr[row]!; at < matrix.indptr[row + 1]!; at++) {
        out[i * columns + matrix.indices[at]!] = matrix.data[at]!;
      }
    }
  }
  return hostArray(out, [rows.length, columns]);
}

/**
 * Join matrices compressed by row.
 *
 * @param parts At least one, of the same columns.
 * @returns All rows in order.
 * @throws {DataError} If there are more values than one array can count.
 */
export function joinRows(parts: readonly SparseMatrix[]): SparseMatrix {
  const values = parts.reduce((sum, { data }) => sum + data.length, 0);
  if (values >= 2 ** 31) throw new DataError(`Cannot hold ${values} values in one matrix: keep fewer rows or genes`);
  const rows = parts.reduce((sum, { shape }) => sum + shape[0], 0);
  const [data, indices, indptr] = [new Float32Array(values), new Int32Array(values), new Int32Array(rows + 1)];
  let [row, at] = [0, 0];
  for (const part of parts) {
    data.set(part.data, at);
    indices.set(part.indices, at);
    for (let i = 1; i < part.indptr.length; i++) indptr[++row] = at + part.indptr[i]!;
    at += part.data.length;
  }
  return { kind: "csr", shape: [rows, parts[0]!.shape[1]], indptr, indices, data };
}

/**
 * Rows of a matrix, compressed by row.
 *
 * @param matrix Dense or sparse matrix `[N, G]`.
 * @param rows Rows to take.
 * @returns Values `[rows.length, G]`.
 */
export function takeSparseRows(matrix: Matrix, rows: ArrayLike<number>): SparseMatrix {
  const columns = matrix.shape[1]!;
  const source = "kind" in matrix ? byRows(matrix) : undefined;
  const values = (source ?? matrix).data;
  const [indices, data, indptr]: [number[], number[], number[]] = [[], [], [0]];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const [from, to] = source === undefined
      ? [row * columns, (row + 1) * columns]
      : [source.indptr[row]!, source.indptr[row + 1]!];
    for (let at = from; at < to; at++) {
      const value = values[at]!;
      if (value === 0) continue;
      indices.push(source === undefined ? at - from : source.indices[at]!);
      data.push(value);
    }
    indptr.push(data.length);
  }
  const parts = { indptr: Int32Array.from(indptr), indices: Int32Array.from(indices), data: Float32Array.from(data) };
  return { kind: "csr", shape: [rows.length, columns], ...parts };
}
