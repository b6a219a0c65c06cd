import { DataError } from "../errors.ts";
import type { HostArray, NumericArray } from "../host_array.ts";
import { rowSize } from "../host_array.ts";
import type { HostProduct } from "./vector_product.ts";

/** Products with `(X - mean)' (X - mean)` for a matrix X that is looked at by rows and never as a whole. */
export interface GramOperator {
  /** Rows of X. */
  readonly rows: number;
  /** Columns of X. */
  readonly columns: number;
  /** What is subtracted from each row: the column means, or zeros. */
  readonly mean: Float64Array;
  /**
   * Apply the operator, in one pass over X.
   *
   * @param q Vectors as columns, row-major `[columns, n]`.
   * @param n Number of vectors, a multiple of 16.
   * @returns The products, row-major `[columns, n]`; single-precision arithmetic, added up in double precision.
   */
  apply(q: Float32Array, n: number): Float64Array;
}

/** Rows at a time: enough for a fast product, few enough to stay in the third cache. */
const BLOCK = 512;

/**
 * Operator of a dense matrix; its rows are centred block by block, which costs no accuracy where means are large.
 *
 * @param x The matrix, shape `[N, G]`.
 * @param centred Whether to subtract the column means.
 * @param multiply Single-precision product.
 * @returns The operator; it keeps `x`.
 * @throws {DataError} If a value is not finite.
 */
export function denseGram(x: HostArray<NumericArray>, centred: boolean, multiply: HostProduct): GramOperator {
  const { data } = x;
  const [rows, columns] = [x.shape[0]!, rowSize(x.shape)];
  const means = finiteMeans(data, rows, columns);
  const mean = centred ? means : new Float64Array(columns);
  const apply = (q: Float32Array, n: number): Float64Array => {
    const block = new Float32Array(BLOCK * columns);
    const y = new Float32Array(BLOCK * n);
    const part = new Float32Array(columns * n);
    const out = new Float64Array(columns * n);
    for (let start = 0; start < rows; start += BLOCK) {
      const count = Math.min(BLOCK, rows - start);
      for (let i = 0, at = 0, from = start * columns; i < count; i++) {
        for (let j = 0; j < columns; j++, at++, from++) block[at] = data[from]! - mean[j]!;
      }
      multiply({ m: count, n, k: columns }, false, block.subarray(0, count * columns), q, y);
      multiply({ m: columns, n, k: count }, true, block.subarray(0, count * columns), y, part);
      for (let at = 0; at < out.length; at++) out[at]! += part[at]!;
    }
    return out;
  };
  return Object.freeze({ rows, columns, mean, apply });
}

function finiteMeans(data: NumericArray, rows: number, columns: number): Float64Array {
  const mean = new Float64Array(columns);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, at++) mean[j]! += data[at]!;
  }
  for (let j = 0; j < columns; j++) {
    mean[j]! /= rows;
    if (Number.isFinite(mean[j]!)) continue;
    let row = 0;
    while (Number.isFinite(data[row * columns + j]!)) row++;
    throw new DataError(
      `Cannot decompose a matrix: row ${row} has ${data[row * columns + j]} in column ${j}, expected finite numbers`,
    );
  }
  return mean;
}
