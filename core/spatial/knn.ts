import type { HostArray, NumericArray } from "../host_array.ts";
import { candidates, offer, take } from "./candidates.ts";
import { kdTree, leafSearch, readPoint } from "./kd_tree.ts";
import { readRow, requireFinite, requireSameColumns, toMatrix } from "./matrix.ts";

/** Neighbours of each query, nearest first. */
export interface Neighbours {
  /** Row of each neighbour, row-major `[M, k]`; equal distances are in order of the row. */
  readonly index: Int32Array;
  /** Euclidean distance of each neighbour in the unit of the points, row-major `[M, k]`. */
  readonly distance: Float64Array;
}

/** Above this dimension boxes exclude so little that one leaf with all points is faster. */
const TREE_DIMENSIONS = 8;

/**
 * Find the k nearest points of each query, exactly: differences in float64, ties to the smaller row.
 *
 * @example Usage
 * ```ts
 * import { hostArray, kNearest } from "@morphogen/morphogen";
 *
 * const points = hostArray(Float32Array.of(0, 0, 1, 0, 5, 0), [3, 2]);
 * const { index, distance } = kNearest(points, points, 2);
 * if (index.join() !== "0,1,1,0,2,1" || distance[5] !== 4) throw new Error(index.join());
 * ```
 *
 * @param points Points to search, shape `[N, D]`, any D.
 * @param queries Points to search for, shape `[M, D]`.
 * @param k Neighbours per query, at most N.
 * @returns Rows and distances, `[M, k]`.
 * @throws {RangeError} If `k` is not a whole number from 1 to N.
 * @throws {TypeError} If the dimensions differ.
 * @throws {DataError} If a coordinate is not finite.
 */
export function kNearest(points: HostArray<NumericArray>, queries: HostArray<NumericArray>, k: number): Neighbours {
  const source = toMatrix(points);
  const wanted = toMatrix(queries);
  requireSameColumns(source, wanted, "find nearest points");
  requireFinite(source, "find nearest points");
  requireFinite(wanted, "find nearest points");
  if (!(Number.isInteger(k) && k >= 1 && k <= source.rows)) {
    throw new RangeError(`Cannot find ${k} nearest of ${source.rows} points: expected 1 to ${source.rows}`);
  }
  const tree = kdTree(source, source.columns > TREE_DIMENSIONS ? source.rows : undefined);
  const index = new Int32Array(wanted.rows * k);
  const distance = new Float64Array(wanted.rows * k);
  const kept = candidates(k);
  const point = new Float64Array(wanted.columns);
  const search = leafSearch(tree, (start, count, squared) => offer(kept, squared, count, tree.row, start));
  // Points search for themselves in tree order: each finds in cache what the one before it read.
  const among = wanted.data === source.data;
  for (let i = 0; i < wanted.rows; i++) {
    if (among) readPoint(tree, i, point);
    else readRow(wanted, i, point);
    search(point, Infinity);
    take(kept, index, distance, k * (among ? tree.row[i]! : i));
  }
  return { index, distance };
}

/**
 * Find the nearest point of each query.
 *
 * @param points Points to search, shape `[N, D]`, N >= 1.
 * @param queries Points to search for, shape `[M, D]`.
 * @returns Row and distance of the nearest point, `[M]`; equal distances give the smaller row.
 * @throws {RangeError} If there are no points.
 * @throws {TypeError} If the dimensions differ.
 * @throws {DataError} If a coordinate is not finite.
 */
export function nearest(points: HostArray<NumericArray>, queries: HostArray<NumericArray>): Neighbours {
  return kNearest(points, queries, 1);
}
