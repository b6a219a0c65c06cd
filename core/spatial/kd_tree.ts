import type { Matrix } from "./matrix.ts";

/** Points in leaves of nearby ones; every node knows the exact bounding box of its points. */
export interface KdTree {
  /** Coordinates in tree order, row-major `[N, D]`. */
  readonly data: Float64Array;
  /** Row of each point in the array the tree was built from. */
  readonly row: Int32Array;
  /** Dimension D. */
  readonly columns: number;
  /** First point of each node; nodes are in depth-first order, so the left child of `k` is `k + 1`. */
  readonly start: Int32Array;
  /** One past the last point of each node. */
  readonly end: Int32Array;
  /** Right child of each node, 0 for a leaf. */
  readonly right: Int32Array;
  /** Boxes, `[nodes, 2 D]`: smallest coordinates, then largest. */
  readonly box: Float64Array;
}

/**
 * Build a k-d tree by splitting the widest side of each box at the median.
 *
 * @param points Finite coordinates, `[N, D]`.
 * @param leaf Most points in a leaf; N makes one leaf of all, which is brute force.
 * @returns The tree; O(N log N) also for lattices and repeated points.
 */
export function kdTree(points: Matrix, leaf = 12): KdTree {
  const { rows, columns: d } = points;
  const row = Int32Array.from({ length: rows }, (_, i) => i);
  const nodes: { start: number; end: number; right: number }[] = [];
  const box: number[] = [];
  const build = (start: number, end: number): void => {
    const node = { start, end, right: 0 };
    nodes.push(node);
    const axis = addBox(points, row, start, end, box);
    if (end - start <= leaf) return;
    const middle = (start + end) >> 1;
    partition(points.data, row, d, axis, start, end, middle);
    build(start, middle);
    node.right = nodes.length;
    build(middle, end);
  };
  if (rows > 0) build(0, rows);
  const data = new Float64Array(rows * d);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < d; k++) data[i * d + k] = points.data[row[i]! * d + k]!;
  }
  return Object.freeze({
    data,
    row,
    columns: d,
    start: Int32Array.from(nodes, (node) => node.start),
    end: Int32Array.from(nodes, (node) => node.end),
    right: Int32Array.from(nodes, (node) => node.right),
    box: Float64Array.from(box),
  });
}

/**
 * Squared distance from a point to the nearest place of a node's box; 0 inside.
 *
 * Rounding keeps the order: it never exceeds the squared distance computed to a point of the node.
 *
 * @param tree The tree.
 * @param node Node index.
 * @param queries Coordinates, row-major.
 * @param at Offset of the point in `queries`.
 * @returns Squared distance.
 */
export function boxDistance(tree: KdTree, node: number, queries: Float64Array, at: number): number {
  const { box, columns } = tree;
  const low = node * 2 * columns;
  let sum = 0;
  for (let k = 0; k < columns; k++) {
    const q = queries[at + k]!;
    const below = box[low + k]! - q;
    const above = q - box[low + columns + k]!;
    if (below > 0) sum += below * below;
    else if (above > 0) sum += above * above;
  }
  return sum;
}

/**
 * List the leaves whose boxes come within a radius of a point.
 *
 * @param tree The tree.
 * @param queries Coordinates, row-major.
 * @param at Offset of the point in `queries`.
 * @param squaredRadius Square of the radius; boxes at exactly this distance are listed.
 * @param out Receives the nodes; as long as `tree.start`.
 * @returns How many leaves were listed.
 */
export function leavesWithin(
  tree: KdTree,
  queries: Float64Array,
  at: number,
  squaredRadius: number,
  out: Int32Array,
): number {
  const { right } = tree;
  let listed = 0;
  const walk = (node: number): void => {
    if (boxDistance(tree, node, queries, at) > squaredRadius) return;
    if (right[node] === 0) {
      out[listed++] = node;
      return;
    }
    walk(node + 1);
    walk(right[node]!);
  };
  if (tree.start.length > 0) walk(0);
  return listed;
}

/** Append the box of a range of points; returns its widest axis. */
function addBox(points: Matrix, row: Int32Array, start: number, end: number, box: number[]): number {
  const { data, columns: d } = points;
  const base = box.length;
  let axis = 0;
  for (let k = 0; k < d; k++) {
    let low = Infinity;
    let high = -Infinity;
    for (let i = start; i < end; i++) {
      const value = data[row[i]! * d + k]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    box[base + k] = low;
    box[base + d + k] = high;
    if (high - low > box[base + d + axis]! - box[base + axis]!) axis = k;
  }
  return axis;
}

/** Reorder rows [start, end) so that those before `middle` are not larger along the axis than those after (quickselect). */
function partition(
  data: Float64Array,
  row: Int32Array,
  d: number,
  axis: number,
  start: number,
  end: number,
  middle: number,
): void {
  let low = start;
  let high = end - 1;
  while (low < high) {
    const pivot = data[row[(low + high) >> 1]! * d + axis]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (data[row[i]! * d + axis]! < pivot) i++;
      while (data[row[j]! * d + axis]! > pivot) j--;
      if (i > j) break;
      const swap = row[i]!;
      row[i++] = row[j]!;
      row[j--] = swap;
    }
    if (middle <= j) high = j;
    else if (middle >= i) low = i;
    else return;
  }
}
