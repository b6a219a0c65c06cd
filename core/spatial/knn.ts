import type { HostArray, NumericArray } from "../host_array.ts";
import { boxDistance, type KdTree, kdTree } from "./kd_tree.ts";
import { addEntry, type Heap, removeWorst, replaceWorst } from "./heap.ts";
import { requireFinite, requireSameColumns, toMatrix } from "./matrix.ts";

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
  const heap: Heap = { squared: new Float64Array(k), row: new Int32Array(k), size: 0 };
  const stack: Stack = { node: new Int32Array(128), squared: new Float64Array(128) };
  for (let query = 0; query < wanted.rows; query++) {
    search(tree, wanted.data, query * wanted.columns, heap, stack);
    for (let at = query * k + k - 1; heap.size > 0; at--) {
      index[at] = heap.row[0]!;
      distance[at] = Math.sqrt(heap.squared[0]!);
      removeWorst(heap);
    }
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

interface Stack {
  readonly node: Int32Array;
  readonly squared: Float64Array;
}

function search(tree: KdTree, queries: Float64Array, at: number, heap: Heap, stack: Stack): void {
  const { right } = tree;
  const k = heap.row.length;
  let height = 1;
  stack.node[0] = 0;
  stack.squared[0] = 0;
  while (height > 0) {
    let node = stack.node[--height]!;
    // A box at exactly the worst distance may hold a smaller row.
    if (heap.size === k && stack.squared[height]! > heap.squared[0]!) continue;
    while (right[node]! > 0) {
      const left = boxDistance(tree, node + 1, queries, at);
      const other = boxDistance(tree, right[node]!, queries, at);
      stack.node[height] = left <= other ? right[node]! : node + 1;
      stack.squared[height++] = Math.max(left, other);
      node = left <= other ? node + 1 : right[node]!;
    }
    scanLeaf(tree, node, queries, at, heap);
  }
}

function scanLeaf(tree: KdTree, node: number, queries: Float64Array, at: number, heap: Heap): void {
  const { data, row, columns: d } = tree;
  const k = heap.row.length;
  const end = tree.end[node]!;
  for (let i = tree.start[node]!; i < end; i++) {
    let sum = 0;
    for (let j = 0, from = i * d; j < d; j++) {
      const difference = queries[at + j]! - data[from + j]!;
      sum += difference * difference;
    }
    if (heap.size < k) addEntry(heap, sum, row[i]!);
    else if (sum < heap.squared[0]! || (sum === heap.squared[0]! && row[i]! < heap.row[0]!)) {
      replaceWorst(heap, sum, row[i]!);
    }
  }
}
