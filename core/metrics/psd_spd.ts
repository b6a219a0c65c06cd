import type { HostArray, NumericArray } from "../host_array.ts";
import { nearest } from "../spatial/knn.ts";

/** Distances of a set of points to their nearest counterparts. */
export interface DistanceSummary {
  /** Number of points. */
  readonly count: number;
  /** Mean distance, in the unit of the coordinates. */
  readonly mean: number;
  /** Mean squared distance. */
  readonly meanSquared: number;
  /** Largest distance. */
  readonly max: number;
}

/**
 * Point-to-shape distance of one item: from each generated point to the nearest real cell.
 *
 * NicheFlow (arXiv 2511.00977) tabulates 100 x the mean over items of `mean`.
 *
 * @example Usage
 * ```ts
 * import { hostArray, pointToShape } from "@morphogen/morphogen";
 *
 * const real = hostArray(Float32Array.of(0, 0, 1, 0), [2, 2]);
 * const { mean, max } = pointToShape(hostArray(Float32Array.of(0, 0, 1, 2), [2, 2]), real);
 * if (mean !== 1 || max !== 2) throw new Error(`${mean} ${max}`);
 * ```
 *
 * @param generated Generated coordinates of the item, shape `[M, D]`, M >= 1.
 * @param real Coordinates of all real cells of the section, shape `[N, D]`.
 * @returns Summary over the generated points.
 */
export function pointToShape(generated: HostArray<NumericArray>, real: HostArray<NumericArray>): DistanceSummary {
  return summarize(nearest(real, generated).distance);
}

/**
 * Shape-to-point distance of one section: from each real cell to the nearest generated point.
 *
 * Falls with the number of generated points: compare methods at equal budgets.
 *
 * @param generated Coordinates generated for the section over all its items, shape `[M, D]`, M >= 1.
 * @param real Coordinates of all real cells of the section, shape `[N, D]`.
 * @returns Summary over the real cells.
 */
export function shapeToPoint(generated: HostArray<NumericArray>, real: HostArray<NumericArray>): DistanceSummary {
  return summarize(nearest(generated, real).distance);
}

/**
 * Pool summaries as if all their points had been in one set.
 *
 * @param summaries At least one.
 * @returns The summary of all points.
 * @throws {RangeError} If there are no summaries.
 */
export function poolDistances(summaries: readonly DistanceSummary[]): DistanceSummary {
  if (summaries.length === 0) throw new RangeError("Cannot pool the distances of zero items");
  let count = 0;
  let sum = 0;
  let squares = 0;
  let max = 0;
  for (const item of summaries) {
    count += item.count;
    sum += item.count * item.mean;
    squares += item.count * item.meanSquared;
    max = Math.max(max, item.max);
  }
  return { count, mean: sum / count, meanSquared: squares / count, max };
}

function summarize(distance: Float64Array): DistanceSummary {
  let sum = 0;
  let squares = 0;
  let max = 0;
  for (const value of distance) {
    sum += value;
    squares += value * value;
    max = Math.max(max, value);
  }
  return { count: distance.length, mean: sum / distance.length, meanSquared: squares / distance.length, max };
}
