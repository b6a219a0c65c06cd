import type { Matrix } from "../io/anndata.ts";
import { byRows } from "./sparse.ts";

/** What is needed of each column for its mean and variance. */
export interface ColumnMoments {
  /** Number of rows N. */
  readonly rows: number;
  /** Mean of each column, `[G]`, in the unit of the column; 0 without rows. */
  readonly mean: Float64Array;
  /** Sum of squared deviations from the mean, `[G]`. */
  readonly squares: Float64Array;
}

/** Column moments that grow block by block; memory does not depend on the number of rows. */
export interface MomentAccumulator {
  /**
   * Take in a block of rows.
   *
   * @param block Rows `[n, G]`, dense or sparse.
   * @param rows Which of them to take; absent means all.
   * @throws {TypeError} If the block has another number of columns.
   */
  add(block: Matrix, rows?: ArrayLike<number>): void;
  /**
   * Read what was gathered.
   *
   * @returns The moments of all rows so far.
   */
  moments(): ColumnMoments;
}

/**
 * Gather mean and variance of columns in one pass over rows that need not be in memory together.
 *
 * Each block is worked through twice (mean, then deviations), blocks are merged by the rule of Chan, Golub and LeVeque
 * (1983), all in float64, so that large means cost no accuracy. The zeros of sparse blocks count.
 *
 * @example Usage
 * ```ts
 * import { gatherMoments, hostArray } from "@morphogen/morphogen";
 *
 * const gathered = gatherMoments(1);
 * gathered.add(hostArray(Float32Array.of(1, 2), [2, 1]));
 * gathered.add(hostArray(Float32Array.of(6), [1, 1]));
 * const { mean, squares } = gathered.moments();
 * if (mean[0] !== 3 || squares[0] !== 14) throw new Error(`${mean} ${squares}`);
 * ```
 *
 * @param columns Number of columns G.
 * @returns An accumulator without rows.
 */
export function gatherMoments(columns: number): MomentAccumulator {
  let rows = 0;
  // Sums of counts are exact, so that genes of equal totals have equal means, however the rows are cut into blocks.
  const sum = new Float64Array(columns);
  const squares = new Float64Array(columns);
  return Object.freeze({
    add: (block: Matrix, chosen?: ArrayLike<number>): void => {
      if (block.shape[1] !== columns) {
        throw new TypeError(`Cannot add rows of ${block.shape[1]} columns to moments of ${columns} columns`);
      }
      const part = momentsOfBlock(block, chosen ?? allRows(block.shape[0]!));
      if (part.rows === 0) return;
      const total = rows + part.rows;
      for (let j = 0; j < columns; j++) {
        const apart = part.sum[j]! / part.rows - (rows === 0 ? 0 : sum[j]! / rows);
        squares[j]! += part.squares[j]! + apart * apart * rows * part.rows / total;
        sum[j]! += part.sum[j]!;
      }
      rows = total;
    },
    moments: (): ColumnMoments =>
      Object.freeze({ rows, mean: sum.map((total) => rows === 0 ? 0 : total / rows), squares: squares.slice() }),
  });
}

/**
 * Mean and variance of the columns of a matrix in memory; see {@linkcode gatherMoments}.
 *
 * @param matrix Values `[N, G]`, dense or sparse.
 * @returns The moments.
 */
export function momentsOf(matrix: Matrix): ColumnMoments {
  const { rows, mean, squares } = momentsOfBlock(matrix, allRows(matrix.shape[0]!));
  return Object.freeze({ rows, mean, squares });
}

/**
 * Sample variance of each column (ddof 1).
 *
 * What rounding leaves of a constant column is no variance: up to 1e-24 of the squared mean counts as 0.
 *
 * @param moments Moments of at least 2 rows.
 * @returns Variances, `[G]`, in the squared unit of the column.
 * @throws {RangeError} If there are fewer than 2 rows.
 */
export function sampleVariance({ rows, mean, squares }: ColumnMoments): Float64Array {
  if (rows < 2) throw new RangeError(`Cannot compute the variance of genes over ${rows} cells: expected at least 2`);
  return squares.map((sum, j) => {
    const variance = sum / (rows - 1);
    return variance > 1e-24 * mean[j]! ** 2 ? variance : 0;
  });
}

function allRows(count: number): ArrayLike<number> {
  return Int32Array.from({ length: count }, (_, i) => i);
}

function momentsOfBlock(block: Matrix, chosen: ArrayLike<number>): ColumnMoments & { readonly sum: Float64Array } {
  const columns = block.shape[1] ?? 1;
  const mean = new Float64Array(columns);
  const squares = new Float64Array(columns);
  const rows = chosen.length;
  const sum = new Float64Array(columns);
  if (rows === 0) return { rows, sum, mean, squares };
  if (!("kind" in block)) {
    const { data } = block;
    for (let i = 0; i < rows; i++) {
      for (let j = 0, at = chosen[i]! * columns; j < columns; j++, at++) sum[j]! += data[at]!;
    }
    for (let j = 0; j < columns; j++) mean[j] = sum[j]! / rows;
    for (let i = 0; i < rows; i++) {
      for (let j = 0, at = chosen[i]! * columns; j < columns; j++, at++) squares[j]! += (data[at]! - mean[j]!) ** 2;
    }
    return { rows, sum, mean, squares };
  }
  const { indptr, indices, data } = byRows(block);
  const stored = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let at = indptr[chosen[i]!]!; at < indptr[chosen[i]! + 1]!; at++) {
      sum[indices[at]!]! += data[at]!;
      stored[indices[at]!]!++;
    }
  }
  for (let j = 0; j < columns; j++) {
    mean[j] = sum[j]! / rows;
    squares[j] = (rows - stored[j]!) * mean[j]! ** 2;
  }
  for (let i = 0; i < rows; i++) {
    for (let at = indptr[chosen[i]!]!; at < indptr[chosen[i]! + 1]!; at++) {
      squares[indices[at]!]! += (data[at]! - mean[indices[at]!]!) ** 2;
    }
  }
  return { rows, sum, mean, squares };
}
