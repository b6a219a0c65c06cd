import { DataError } from "../errors.ts";
import type { HostArray, NumericArray } from "../host_array.ts";
import { kNearest } from "./knn.ts";
import { requireFinite, toMatrix } from "./matrix.ts";
import { countWithin } from "./radius.ts";

/** The niches of all cells of one section. */
export interface Niches {
  /** Cells per niche. */
  readonly size: number;
  /** Cells of each niche, row-major `[N, size]`: the centre first, then nearest first. */
  readonly members: Int32Array;
}

/**
 * The most frequent count; of several equally frequent ones the smallest.
 *
 * @param counts Whole numbers >= 0, at least one.
 * @returns The mode.
 * @throws {RangeError} If there are no counts.
 */
export function modalCount(counts: ArrayLike<number>): number {
  if (counts.length === 0) throw new RangeError("Cannot take the most frequent of zero counts");
  const frequency = new Map<number, number>();
  for (let i = 0; i < counts.length; i++) frequency.set(counts[i]!, (frequency.get(counts[i]!) ?? 0) + 1);
  let mode = Infinity;
  let most = 0;
  for (const [count, times] of frequency) {
    if (times > most || (times === most && count < mode)) {
      mode = count;
      most = times;
    }
  }
  return mode;
}

/**
 * For each cell of a section the cells of its niche: itself first, then the nearest others.
 *
 * @param points Cell coordinates, shape `[N, D]`.
 * @param size Cells per niche, at most N.
 * @returns Members, row-major `[N, size]`; equal distances are in order of the row.
 * @throws {DataError} If the section has fewer cells than `size`, or coordinates that are not finite or all equal.
 */
export function nicheMembers(points: HostArray<NumericArray>, size: number): Int32Array {
  requireSpread(points);
  const cells = points.shape[0]!;
  if (size > cells) throw new DataError(`Cannot form niches of ${size} cells: the section has ${cells} cells`);
  const members = kNearest(points, points, size).index;
  for (let cell = 0; cell < cells; cell++) {
    // Cells at one place tie at distance 0, and the centre need not be the smallest row among them.
    const niche = members.subarray(cell * size, (cell + 1) * size);
    const at = niche.indexOf(cell);
    niche.copyWithin(1, 0, at < 0 ? size - 1 : at);
    niche[0] = cell;
  }
  return members;
}

/**
 * Niches of a section: the radius sets their size, which is then the same for all cells.
 *
 * The size is the most frequent number of cells strictly within the radius (the cell itself included), so a niche is
 * that many nearest cells, also at the border of the tissue.
 *
 * @example Usage
 * ```ts
 * import { hostArray, niches } from "@morphogen/morphogen";
 *
 * const line = hostArray(Float32Array.of(0, 0, 1, 0, 2, 0, 3, 0, 4, 0), [5, 2]);
 * const { size, members } = niches(line, 1.5);
 * if (size !== 3 || members.subarray(0, 3).join() !== "0,1,2") throw new Error(members.join());
 * ```
 *
 * @param points Cell coordinates, shape `[N, D]`.
 * @param radius Radius in the unit of the coordinates.
 * @returns Niche size and members.
 * @throws {DataError} If there are no cells, or coordinates are not finite or all equal.
 * @throws {RangeError} If the radius is not positive.
 */
export function niches(points: HostArray<NumericArray>, radius: number): Niches {
  requireSpread(points);
  const size = modalCount(countWithin(points, radius));
  return { size, members: nicheMembers(points, size) };
}

function requireSpread(points: HostArray<NumericArray>): void {
  const matrix = toMatrix(points);
  const { data, rows, columns } = matrix;
  if (rows === 0) throw new DataError("Cannot form niches: the section has 0 cells");
  requireFinite(matrix, "form niches");
  if (rows > 1 && data.every((value, at) => value === data[at % columns])) {
    throw new DataError(`Cannot form niches: all ${rows} cells have the coordinates ${data.subarray(0, columns)}`);
  }
}
