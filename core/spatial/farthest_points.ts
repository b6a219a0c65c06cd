import type { HostArray, NumericArray } from "../host_array.ts";
import { requireFinite, toMatrix } from "./matrix.ts";

/**
 * Choose cells that spread evenly over a section of any dimension: each one is farthest from those chosen before.
 *
 * Starts with the cell nearest to the mean position, so the choice is deterministic; use it for niche centres where
 * {@linkcode gridCentres} does not apply (three dimensions). O(N * count * D) (Gonzalez 1985).
 *
 * @example Usage
 * ```ts
 * import { farthestPoints, hostArray } from "@morphogen/morphogen";
 *
 * const line = hostArray(Float32Array.of(0, 1, 2, 3, 9), [5, 1]);
 * if (farthestPoints(line, 3).join() !== "3,4,0") throw new Error("unexpected choice");
 * ```
 *
 * @param points Cell coordinates, shape `[N, D]`.
 * @param count Cells to choose, at most N.
 * @returns Cells in the order of choice; equal distances give the smaller row.
 * @throws {RangeError} If `count` is not a whole number from 1 to N.
 * @throws {DataError} If a coordinate is not finite.
 */
export function farthestPoints(points: HostArray<NumericArray>, count: number): Int32Array {
  const matrix = toMatrix(points);
  const { data, rows, columns } = matrix;
  requireFinite(matrix, "choose centres");
  if (!(Number.isInteger(count) && count >= 1 && count <= rows)) {
    throw new RangeError(`Cannot choose ${count} of ${rows} cells as centres: expected 1 to ${rows}`);
  }
  const mean = new Float64Array(columns);
  for (let at = 0; at < data.length; at++) mean[at % columns]! += data[at]! / rows;
  const gap = new Float64Array(rows).fill(Infinity);
  shrinkGaps(gap, data, mean, 0);
  const chosen = new Int32Array(count);
  chosen[0] = extreme(gap, -1);
  gap.fill(Infinity);
  for (let k = 1; k < count; k++) {
    shrinkGaps(gap, data, data, chosen[k - 1]! * columns);
    // A chosen cell stays out also when other cells lie at the same place.
    gap[chosen[k - 1]!] = -1;
    chosen[k] = extreme(gap, 1);
  }
  return chosen;
}

/** Lower each gap to the squared distance from the point at `from[at]`. */
function shrinkGaps(gap: Float64Array, data: Float64Array, from: Float64Array, at: number): void {
  const columns = data.length / gap.length;
  for (let i = 0; i < gap.length; i++) {
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += (data[i * columns + k]! - from[at + k]!) ** 2;
    if (sum < gap[i]!) gap[i] = sum;
  }
}

/** First position of the largest (`sign` 1) or smallest (`sign` -1) value. */
function extreme(values: Float64Array, sign: 1 | -1): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (sign * values[i]! > sign * values[best]!) best = i;
  return best;
}
