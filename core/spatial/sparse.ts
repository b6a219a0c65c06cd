import { DataError } from "../errors.ts";
import type { SparseMatrix } from "../io/anndata.ts";

/**
 * Refuse a sparse matrix whose parts do not fit each other or that holds NaN or infinity.
 *
 * @param matrix The matrix.
 * @param action What cannot be done with it, for example `"decompose"`.
 * @throws {DataError} If starts or positions do not fit the shape, or a value is not finite.
 */
export function requireSparse(matrix: SparseMatrix, action: string): void {
  const { kind, shape: [rows, columns], indptr, indices, data } = matrix;
  const [outer, inner] = kind === "csr" ? [rows, columns] : [columns, rows];
  const rising = indptr.every((start, i) => i === 0 ? start === 0 : start >= indptr[i - 1]!);
  if (!rising || indptr.length !== outer + 1 || indptr[outer] !== data.length || indices.length !== data.length) {
    throw new DataError(
      `Cannot ${action} a sparse ${rows} x ${columns} matrix: ${indptr.length} starts, ${indices.length} positions and ` +
        `${data.length} values do not fit, expected ${outer + 1} rising starts from 0 to the number of values`,
    );
  }
  for (let at = 0; at < data.length; at++) {
    if (!(indices[at]! >= 0 && indices[at]! < inner)) {
      throw new DataError(`Cannot ${action} a sparse matrix: position ${indices[at]} is outside 0 to ${inner - 1}`);
    }
    if (!Number.isFinite(data[at]!)) {
      throw new DataError(`Cannot ${action} a sparse matrix: value ${at} is ${data[at]}, expected finite numbers`);
    }
  }
}

/**
 * Compress a matrix by row.
 *
 * @param matrix The matrix, its parts fitting each other.
 * @returns The same matrix; itself if it is compressed by row already.
 */
export function byRows(matrix: SparseMatrix): SparseMatrix {
  if (matrix.kind === "csr") return matrix;
  const { shape, indptr, indices, data } = matrix;
  const [rows, columns] = shape;
  const starts = new Float64Array(rows + 1);
  for (const row of indices) starts[row + 1]!++;
  for (let row = 0; row < rows; row++) starts[row + 1]! += starts[row]!;
  const next = starts.slice();
  const places = new Int32Array(indices.length);
  const values = data.slice();
  for (let column = 0; column < columns; column++) {
    for (let at = indptr[column]!; at < indptr[column + 1]!; at++) {
      const to = next[indices[at]!]!++;
      places[to] = column;
      values[to] = data[at]!;
    }
  }
  return { kind: "csr", shape, indptr: starts, indices: places, data: values };
}
