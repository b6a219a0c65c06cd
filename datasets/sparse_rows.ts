import type { Matrix, RowSource } from "../core/mod.ts";
import { denseRows } from "./matrix.ts";

/**
 * Some rows of a matrix in memory, made dense as they are asked for.
 *
 * @param matrix The matrix `[N, G]`, dense or compressed by row.
 * @param rows Its rows that are kept, in order.
 * @returns The source.
 */
export function sparseRows(matrix: Matrix, rows: Int32Array): RowSource {
  return Object.freeze({
    shape: [rows.length, matrix.shape[1]!],
    read: (index?: ArrayLike<number>) =>
      Promise.resolve(denseRows(matrix, index === undefined ? rows : Int32Array.from(index, (at) => rows[at]!))),
  });
}
