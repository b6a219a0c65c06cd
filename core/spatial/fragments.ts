import type { HostArray, NumericArray } from "../host_array.ts";
import { kNearest } from "./knn.ts";

/** What {@linkcode dropFragments} measures by. */
export interface FragmentOptions {
  /**
   * Longest gap inside the tissue, in medians of the nearest-neighbour distance.
   *
   * @default {10}
   */
  readonly gap?: number;
  /**
   * Smallest piece to keep, as a share of the largest piece.
   *
   * @default {0.02}
   */
  readonly share?: number;
}

/** Median distance to the nearest other point that does not coincide; 0 if all points coincide. */
function medianSpacing(points: HostArray<NumericArray>): number {
  if (points.shape[0]! < 2) return 0;
  const { distance } = kNearest(points, points, 2);
  const apart = distance.filter((value, i) => i % 2 === 1 && value > 0).sort();
  return apart[apart.length >> 1] ?? 0;
}

/** Number of each point's connected piece, for points linked where they lie within `reach` of each other. */
function pieces(points: HostArray<NumericArray>, reach: number): Int32Array {
  const [rows, dims, data] = [points.shape[0]!, points.shape[1]!, points.data];
  const parent = Int32Array.from({ length: rows }, (_, i) => i);
  const find = (i: number): number => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]!]!;
    return i;
  };
  // Bins whose diagonal is the reach: all points of a bin belong together.
  const side = reach / Math.sqrt(dims);
  const bins = new Map<string, number[]>();
  for (let i = 0; i < rows; i++) {
    const key = Array.from({ length: dims }, (_, d) => Math.floor(data[i * dims + d]! / side)).join();
    const bin = bins.get(key);
    if (bin === undefined) bins.set(key, [i]);
    else {
      bin.push(i);
      parent[i] = bin[0]!;
    }
  }
  const linked = (a: number, b: number): boolean => {
    let square = 0;
    for (let d = 0; d < dims; d++) square += (data[a * dims + d]! - data[b * dims + d]!) ** 2;
    return square <= reach * reach;
  };
  const span = Math.ceil(Math.sqrt(dims));
  let offsets: number[][] = [[]];
  for (let d = 0; d < dims; d++) {
    offsets = offsets.flatMap((head) => Array.from({ length: 2 * span + 1 }, (_, i) => [...head, i - span]));
  }
  for (const [key, bin] of bins) {
    const at = key.split(",").map(Number);
    for (const offset of offsets) {
      const other = bins.get(at.map((value, d) => value + offset[d]!).join());
      if (other === undefined || find(other[0]!) === find(bin[0]!)) continue;
      if (bin.some((a) => other.some((b) => linked(a, b)))) parent[find(other[0]!)] = find(bin[0]!);
    }
  }
  return parent.map((_, i) => find(i));
}

/**
 * Find the tissue: link points that lie close together and leave out the small pieces that are linked to nothing.
 *
 * @example Usage
 * ```ts
 * import { dropFragments, hostArray } from "@morphogen/morphogen";
 *
 * const row = Array.from({ length: 100 }, (_, i) => [i, 0]).flat();
 * const kept = dropFragments(hostArray(Float32Array.of(...row, 500, 0), [101, 2]));
 * if (kept.length !== 100) throw new Error("the stray point was kept");
 * ```
 *
 * @param points Coordinates `[N, D]`, any unit.
 * @param options Longest gap and smallest piece.
 * @returns Rows to keep, ascending; all of them if the tissue is in one piece.
 * @throws {TypeError} If points are not a matrix.
 */
export function dropFragments(points: HostArray<NumericArray>, options: FragmentOptions = {}): Int32Array {
  if (points.shape.length !== 2) {
    throw new TypeError(`Cannot find fragments in points of shape [${points.shape}]: expected [N, D]`);
  }
  const { gap = 10, share = 0.02 } = options;
  const all = Int32Array.from({ length: points.shape[0]! }, (_, i) => i);
  const reach = gap * medianSpacing(points);
  if (!(reach > 0)) return all;
  const piece = pieces(points, reach);
  const size = new Int32Array(piece.length);
  for (const root of piece) size[root]!++;
  const least = share * size.reduce((a, b) => Math.max(a, b), 0);
  return all.filter((row) => size[piece[row]!]! >= least);
}
