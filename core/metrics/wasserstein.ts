import { assignment } from "../coupling/assignment.ts";
import { distances, squaredDistances } from "../coupling/cost.ts";
import { transport } from "../coupling/transport.ts";
import type { HostArray, NumericArray } from "../host_array.ts";

/**
 * Exact 1-Wasserstein distance between two point sets of uniform weight: the smallest mean Euclidean distance.
 *
 * Sets of equal size take O(N^3) time, others more; both hold the N x M cost. Draw subsamples of a few thousand rows
 * (and repeat) for larger sets: the distance between samples of one distribution is not 0 and falls with their size.
 * On a line `wassersteinLine` takes sets of any size.
 *
 * @example Usage
 * ```ts
 * import { hostArray, wasserstein1 } from "@morphogen/morphogen";
 *
 * const a = hostArray(Float32Array.of(0, 1), [2, 1]);
 * const b = hostArray(Float32Array.of(3, 2), [2, 1]);
 * if (wasserstein1(a, b) !== 2) throw new Error(String(wasserstein1(a, b)));
 * ```
 *
 * @param a First points, shape `[N, D]`.
 * @param b Second points, shape `[M, D]`.
 * @returns The distance, in the unit of the points.
 * @throws {TypeError} If the dimensions differ.
 * @throws {RangeError} If a set is empty or a value is not finite.
 */
export function wasserstein1(a: HostArray<NumericArray>, b: HostArray<NumericArray>): number {
  return transportCost(distances(a, b), a.shape[0]!, b.shape[0]!);
}

/**
 * Exact 2-Wasserstein distance between two point sets of uniform weight: the root of the smallest mean squared distance.
 *
 * Cost and caveats as in {@linkcode wasserstein1}.
 *
 * @param a First points, shape `[N, D]`.
 * @param b Second points, shape `[M, D]`.
 * @returns The distance, in the unit of the points.
 * @throws {TypeError} If the dimensions differ.
 * @throws {RangeError} If a set is empty or a value is not finite.
 */
export function wasserstein2(a: HostArray<NumericArray>, b: HostArray<NumericArray>): number {
  return Math.sqrt(transportCost(squaredDistances(a, b), a.shape[0]!, b.shape[0]!));
}

/** Smallest mean cost between uniform masses. */
function transportCost(cost: Float64Array, n: number, m: number): number {
  if (n === 0 || m === 0) throw new RangeError(`Cannot compare ${n} with ${m} points: expected at least one of each`);
  let sum = 0;
  if (n === m) {
    assignment(cost, n, m).forEach((column, row) => sum += cost[row * m + column]! / n);
  } else {
    transport(cost, n, m).forEach((mass, at) => sum += mass * cost[at]!);
  }
  return sum;
}
