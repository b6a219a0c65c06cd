import { distances } from "../coupling/cost.ts";
import type { HostArray, NumericArray } from "../host_array.ts";

function meanDistance(a: HostArray<NumericArray>, b: HostArray<NumericArray>, pairs: number): number {
  return distances(a, b).reduce((sum, distance) => sum + distance, 0) / pairs;
}

/**
 * Energy distance between the distributions that two samples come from (Székely and Rizzo 2013): twice the mean distance
 * between the sets minus the mean distances within each.
 *
 * Pairs of a point with itself are left out, so that the expectation does not depend on the size of the samples and is 0
 * for equal distributions; single values may be slightly negative. The exact Wasserstein distance of samples has no such
 * property: in more than a few dimensions it rewards sets that are too narrow.
 *
 * @example Usage
 * ```ts
 * import { energyDistance, hostArray } from "@morphogen/morphogen";
 *
 * const a = hostArray(Float32Array.of(0, 1), [2, 1]);
 * const b = hostArray(Float32Array.of(3, 4), [2, 1]);
 * if (energyDistance(a, b) !== 4) throw new Error("2 x 3 between, 1 within each");
 * ```
 *
 * @param a First points, `[N, D]`, at least 2.
 * @param b Second points, `[M, D]`, at least 2.
 * @returns The distance, in the unit of the points.
 * @throws {TypeError} If the dimensions differ.
 * @throws {RangeError} If a set has fewer than 2 points.
 */
export function energyDistance(a: HostArray<NumericArray>, b: HostArray<NumericArray>): number {
  const [n, m] = [a.shape[0]!, b.shape[0]!];
  if (n < 2 || m < 2) throw new RangeError(`Cannot compare ${n} with ${m} points: expected at least two of each`);
  return 2 * meanDistance(a, b, n * m) - meanDistance(a, a, n * (n - 1)) - meanDistance(b, b, m * (m - 1));
}
