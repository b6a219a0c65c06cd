import type { HostArray, NumericArray } from "../host_array.ts";
import { type KdTree, kdTree, leavesWithin } from "./kd_tree.ts";
import { requireFinite, toMatrix } from "./matrix.ts";

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
  const leaves = new Int32Array(tree.start.length);
  const counts = new Int32Array(source.rows);
  // Rounding of the square must not hide a leaf; the exact test is on the points.
  const reach = radius * radius * (1 + 1e-12);
  for (let i = 0; i < source.rows; i++) {
    const at = i * source.columns;
    const found = leavesWithin(tree, tree.data, at, reach, leaves);
    let count = 0;
    for (let leaf = 0; leaf < found; leaf++) count += countInLeaf(tree, leaves[leaf]!, at, radius);
    counts[tree.row[i]!] = count;
  }
  return counts;
}

function countInLeaf({ data, start, end, columns: d }: KdTree, node: number, at: number, radius: number): number {
  let count = 0;
  for (let i = start[node]!; i < end[node]!; i++) {
    let sum = 0;
    for (let k = 0, from = i * d; k < d; k++) {
      const difference = data[at + k]! - data[from + k]!;
      sum += difference * difference;
    }
    if (Math.sqrt(sum) < radius) count++;
  }
  return count;
}
