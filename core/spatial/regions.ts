import type { HostRng } from "../rng/mod.ts";

/**
 * How many centres each region contributes to a total.
 *
 * @param total Centres wanted per section.
 * @param regions Number of regions.
 * @returns `total / regions` rounded down, at least 1; the sample then has `regions` times as many rows.
 */
export function shareOfRegion(total: number, regions: number): number {
  return Math.max(1, Math.floor(total / regions));
}

/**
 * Draw the same number of rows from each region: without replacement, with it only where the region is too small.
 *
 * @example Usage
 * ```ts
 * import { rng, sampleRegions } from "@morphogen/morphogen";
 *
 * const rows = sampleRegions(Int32Array.of(0, 0, 0, 1), 2, 2, rng(1).host);
 * if (rows.length !== 4 || rows[0] === rows[1] || rows[2] !== 3 || rows[3] !== 3) throw new Error(rows.join());
 * ```
 *
 * @param assignment Region of each row, 0 .. k - 1, for example from {@linkcode kMeans}.
 * @param k Number of regions.
 * @param perRegion Rows to draw from each.
 * @param rng Stream for this draw.
 * @returns Rows, `[k * perRegion]`, region by region.
 * @throws {RangeError} If a region has no rows.
 */
export function sampleRegions(assignment: Int32Array, k: number, perRegion: number, rng: HostRng): Int32Array {
  const ends = new Int32Array(k + 1);
  for (const region of assignment) ends[region + 1]!++;
  for (let region = 0; region < k; region++) {
    if (ends[region + 1] === 0) throw new RangeError(`Cannot draw from region ${region} of ${k}: it has no rows`);
    ends[region + 1]! += ends[region]!;
  }
  const rows = new Int32Array(assignment.length);
  const next = ends.slice();
  for (let row = 0; row < assignment.length; row++) rows[next[assignment[row]!]!++] = row;
  const uniforms = rng.uniform(k * perRegion);
  const drawn = new Int32Array(k * perRegion);
  for (let region = 0; region < k; region++) {
    const start = ends[region]!;
    const size = ends[region + 1]! - start;
    const fixed = size < perRegion ? 0 : 1;
    for (let draw = 0; draw < perRegion; draw++) {
      // Drawn rows move to the front, where later draws without replacement do not look.
      const skip = fixed * draw;
      const at = start + skip + Math.floor(uniforms[region * perRegion + draw]! * (size - skip));
      drawn[region * perRegion + draw] = rows[at]!;
      if (fixed === 0) continue;
      const swap = rows[start + skip]!;
      rows[start + skip] = rows[at]!;
      rows[at] = swap;
    }
  }
  return drawn;
}
