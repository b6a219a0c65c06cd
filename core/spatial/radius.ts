import type { HostArray, NumericArray } from "../host_array.ts";
import { kdTree, leafSearch, readPoint } from "./kd_tree.ts";
import { type Matrix, readRow, requireFinite, requireSameColumns, toMatrix } from "./matrix.ts";

/**
 * Count for each point how many points, itself included, lie strictly nearer than a radius.
 *
 * @example Usage
 * ```ts
 * import { countWithin, hostArray } from "@morphogen/morphogen";
 *
 * const counts = countWithin(hostArray(Float32Array.of(0, 0, 1, 0, 2, 0), [3, 2]), 1.5);
 * if (counts.join() !== "2,3,2") throw new Error(counts.join());
 * ```
 *
 * @param points Coordinates, shape `[N, D]`.
 * @param radius Radius in the unit of the coordinates, > 0.
 * @returns Counts, `[N]`, each at least 1.
 * @throws {RangeError} If the radius is not positive.
 * @throws {DataError} If a coordinate is not finite.
 */
export function countWithin(points: HostArray<NumericArray>, radius: number): Int32Array {
  if (!(radius > 0)) throw new RangeError(`Cannot count neighbours: radius is ${radius}, expected a number > 0`);
  const source = toMatrix(points);
  requireFinite(source, "count neighbours");
  const tree = kdTree(source);
  const counts = new Int32Array(source.rows);
  const point = new Float64Array(source.columns);
  const reach = reachOf(radius);
  let found = 0;
  const search = leafSearch(tree, (_, count, squared) => {
    for (let i = 0; i < count; i++) if (Math.sqrt(squared[i]!) < radius) found++;
    return reach;
  });
  for (let i = 0; i < source.rows; i++) {
    found = 0;
    readPoint(tree, i, point);
    search(point, reach);
    counts[tree.row[i]!] = found;
  }
  return counts;
}

/** Neighbours of each query, of which some have more than others. */
export interface RadiusNeighbours {
  /** Where the neighbours of each query begin, `[M + 1]`; those of query `i` end where those of `i + 1` begin. */
  readonly start: Int32Array;
  /** Row of each neighbour; those of one query in rising order. */
  readonly index: Int32Array;
  /** Euclidean distance of each neighbour, in the unit of the points. */
  readonly distance: Float64Array;
}

/**
 * Find all points within a radius of each query, exactly: differences in float64, points at exactly the radius included.
 *
 * @example Usage
 * ```ts
 * import { hostArray, withinRadius } from "@morphogen/morphogen";
 *
 * const line = hostArray(Float32Array.of(0, 1, 3), [3, 1]);
 * const { start, index } = withinRadius(line, line, 2);
 * if (start.join() !== "0,2,5,7" || index.join() !== "0,1,0,1,2,1,2") throw new Error(index.join());
 * ```
 *
 * @param points Points to search, shape `[N, D]`.
 * @param queries Points to search around, shape `[M, D]`.
 * @param radius Radius in the unit of the coordinates, >= 0.
 * @returns Neighbours of all queries one after the other, as the rows of a compressed sparse matrix.
 * @throws {RangeError} If the radius is negative or not a number.
 * @throws {TypeError} If the dimensions differ.
 * @throws {DataError} If a coordinate is not finite.
 */
export function withinRadius(
  points: HostArray<NumericArray>,
  queries: HostArray<NumericArray>,
  radius: number,
): RadiusNeighbours {
  if (!(radius >= 0)) throw new RangeError(`Cannot find neighbours: radius is ${radius}, expected a number >= 0`);
  const source = toMatrix(points);
  const wanted = toMatrix(queries);
  requireSameColumns(source, wanted, "find neighbours");
  requireFinite(source, "find neighbours");
  requireFinite(wanted, "find neighbours");
  const tree = kdTree(source);
  const point = new Float64Array(wanted.columns);
  const reach = reachOf(radius);
  const near = new Int32Array(source.rows);
  let found = 0;
  const search = leafSearch(tree, (start, count, squared) => {
    for (let i = 0; i < count; i++) if (Math.sqrt(squared[i]!) <= radius) near[found++] = tree.row[start + i]!;
    return reach;
  });
  const start = new Int32Array(wanted.rows + 1);
  const lists: Int32Array[] = [];
  for (let query = 0; query < wanted.rows; query++) {
    found = 0;
    readRow(wanted, query, point);
    search(point, reach);
    lists.push(near.slice(0, found).sort());
    start[query + 1] = start[query]! + found;
  }
  const index = new Int32Array(start[wanted.rows]!);
  lists.forEach((list, query) => index.set(list, start[query]!));
  const distance = new Float64Array(index.length);
  for (let query = 0; query < wanted.rows; query++) {
    for (let at = start[query]!; at < start[query + 1]!; at++) {
      distance[at] = between(source, index[at]!, wanted, query);
    }
  }
  return Object.freeze({ start, index, distance });
}

/** Squared radius to search; rounding of the square must not hide a leaf, as the exact test is on the points. */
function reachOf(radius: number): number {
  return radius * radius * (1 + 1e-12);
}

function between(a: Matrix, i: number, b: Matrix, j: number): number {
  let sum = 0;
  for (let k = 0; k < a.columns; k++) {
    const difference = b.data[j * b.columns + k]! - a.data[i * a.columns + k]!;
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}
