import type { HostArray, NumericArray } from "../host_array.ts";
import { nearest } from "../spatial/knn.ts";

/**
 * Probability that a generated point maps to each real cell: the cell's share of the points it is nearest to.
 *
 * @example Usage
 * ```ts
 * import { hostArray, mappingProbability } from "@morphogen/morphogen";
 *
 * const real = hostArray(Float32Array.of(0, 1), [2, 1]);
 * const share = mappingProbability(hostArray(Float32Array.of(0.1, 0.2, 0.3, 0.9), [4, 1]), real);
 * if (share.join() !== "0.75,0.25") throw new Error(share.join());
 * ```
 *
 * @param generated Generated coordinates, often of repeated generations, shape `[M, D]`, M >= 1.
 * @param real Coordinates of real cells, shape `[N, D]`, N >= 1.
 * @returns Probability of each real cell, `[N]`, summing to 1.
 * @throws {RangeError} If there are no generated points or no real cells.
 */
export function mappingProbability(generated: HostArray<NumericArray>, real: HostArray<NumericArray>): Float64Array {
  const { index } = nearest(real, generated);
  if (index.length === 0) throw new RangeError("Cannot compute mapping probabilities of 0 generated points");
  const share = new Float64Array(real.shape[0]!);
  for (const cell of index) share[cell]! += 1 / index.length;
  return share;
}
