import type { HostArray, NumericArray } from "../host_array.ts";
import { type Matrix, requireSameColumns, toMatrix } from "../spatial/matrix.ts";

/**
 * Squared Euclidean distances between all rows of two sets, summed in float64 from exact differences.
 *
 * @example Usage
 * ```ts
 * import { hostArray, squaredDistances } from "@morphogen/morphogen";
 *
 * const cost = squaredDistances(hostArray(Float32Array.of(0, 0), [1, 2]), hostArray(Float32Array.of(3, 4), [1, 2]));
 * if (cost[0] !== 25) throw new Error(String(cost[0]));
 * ```
 *
 * @param a First rows, shape `[N, D]`; further axes are flattened.
 * @param b Second rows, shape `[M, D]`.
 * @returns Cost of each pair, row-major `[N, M]`.
 * @throws {TypeError} If the rows differ in length.
 */
export function squaredDistances(a: HostArray<NumericArray>, b: HostArray<NumericArray>): Float64Array {
  const left = toMatrix(a);
  const right = toMatrix(b);
  requireSameColumns(left, right, "compute distances");
  const cost = new Float64Array(left.rows * right.rows);
  for (let i = 0; i < left.rows; i++) fillRow(cost, i, left, right);
  return cost;
}

/**
 * Euclidean distances between all rows of two sets.
 *
 * @param a First rows, shape `[N, D]`; further axes are flattened.
 * @param b Second rows, shape `[M, D]`.
 * @returns Distance of each pair, row-major `[N, M]`.
 * @throws {TypeError} If the rows differ in length.
 */
export function distances(a: HostArray<NumericArray>, b: HostArray<NumericArray>): Float64Array {
  const out = squaredDistances(a, b);
  for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(out[i]!);
  return out;
}

function fillRow(cost: Float64Array, i: number, left: Matrix, right: Matrix): void {
  const { data: x, columns: d } = left;
  const { data: y, rows: m } = right;
  const start = i * d;
  for (let j = 0, at = 0; j < m; j++) {
    let even = 0;
    let odd = 0;
    let k = 0;
    for (; k + 1 < d; k += 2, at += 2) {
      const p = x[start + k]! - y[at]!;
      const q = x[start + k + 1]! - y[at + 1]!;
      even += p * p;
      odd += q * q;
    }
    if (k < d) {
      const p = x[start + k]! - y[at++]!;
      even += p * p;
    }
    cost[i * m + j] = even + odd;
  }
}
