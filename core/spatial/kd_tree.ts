import { type Axes, axesOf, fillSquared } from "./axes.ts";
import type { Matrix } from "./matrix.ts";

/** Points in leaves of nearby ones, halved again and again by a plane across the widest side. */
export interface KdTree {
  /** Coordinates in tree order, one array per dimension. */
  readonly axes: Axes;
  /** Row of each point in the array the tree was built from. */
  readonly row: Int32Array;
  /** First point of each node; nodes are in depth-first order, so the left child of `k` is `k + 1`. */
  readonly start: Int32Array;
  /** One past the last point of each node. */
  readonly end: Int32Array;
  /** Right child of each node, 0 for a leaf. */
  readonly right: Int32Array;
  /** Dimension that splits each inner node. */
  readonly axis: Int32Array;
  /** Where it splits: no point on the left lies above it, none on the right below. */
  readonly split: Float64Array;
}

/** Most points in a leaf unless told otherwise. */
const LEAF = 12;

/** Points whose distances are computed at a time; they stay in the processor's first cache. */
const STRETCH = 256;

/** More than the depth of any tree: its points would not fit in memory. */
const DEEPEST = 64;

/**
 * Build a k-d tree by splitting the widest side of each node's points at the median.
 *
 * @param points Finite coordinates, `[N, D]`.
 * @param leaf Most points in a leaf; N makes one leaf of all, which is brute force.
 * @returns The tree; O(N log N) also for lattices and repeated points.
 */
export function kdTree(points: Matrix, leaf: number = LEAF): KdTree {
  const { rows, columns } = points;
  const most = columns === 0 ? rows : leaf;
  const axes = axesOf(points);
  const row = Int32Array.from({ length: rows }, (_, i) => i);
  const nodes = rows > 0 ? countNodes(rows, most) : 0;
  const [start, end] = [new Int32Array(nodes), new Int32Array(nodes)];
  const [right, axis] = [new Int32Array(nodes), new Int32Array(nodes)];
  const split = new Float64Array(nodes);
  let made = 0;
  const build = (from: number, to: number): void => {
    const node = made++;
    start[node] = from;
    end[node] = to;
    if (to - from <= most) return;
    const middle = (from + to) >> 1;
    const widest = widestAxis(axes, from, to);
    partition(axes, axes[widest]!, row, from, to, middle);
    axis[node] = widest;
    split[node] = axes[widest]![middle]!;
    build(from, middle);
    right[node] = made;
    build(middle, to);
  };
  if (rows > 0) build(0, rows);
  return Object.freeze({ axes, row, start, end, right, axis, split });
}

/**
 * Copy the coordinates of one point.
 *
 * @param tree The tree.
 * @param at Place of the point in tree order.
 * @param out Receives its coordinates, `[D]`.
 */
export function readPoint({ axes }: KdTree, at: number, out: Float64Array): void {
  for (let k = 0; k < axes.length; k++) out[k] = axes[k]![at]!;
}

/**
 * Receives points of a leaf: the first one, how many, and their squared distances.
 *
 * @returns The squared distance to search from then on, at most the one before.
 */
export type Scan = (start: number, count: number, squared: Float64Array) => number;

/**
 * Make a search of a tree: it scans the points of the leaves that come within a distance, the nearer side first.
 *
 * The squared distance to a node's cell is kept up along one axis per step (Arya and Mount 1993); those to points are
 * summed in the order of the dimensions.
 *
 * @param tree The tree.
 * @param scan Receives the points.
 * @returns The search around a point (`[D]`) up to a squared distance; leaves at exactly that distance are scanned.
 */
export function leafSearch(tree: KdTree, scan: Scan): (point: Float64Array, squaredRadius: number) => void {
  const { axes, start, end, right, axis, split } = tree;
  const squared = new Float64Array(STRETCH);
  // Numbers that change live in arrays: as variables or arguments each would be a new object.
  const beyond = new Float64Array(axes.length);
  const gaps = new Float64Array(DEEPEST);
  const bound = new Float64Array(1);
  let point: Float64Array = beyond;
  const visit = (node: number, depth: number): void => {
    const other = right[node]!;
    if (other === 0) {
      for (let from = start[node]!; from < end[node]!; from += STRETCH) {
        const count = Math.min(STRETCH, end[node]! - from);
        fillSquared(axes, point, from, count, squared);
        bound[0] = scan(from, count, squared);
      }
      return;
    }
    const along = axis[node]!;
    const offset = point[along]! - split[node]!;
    gaps[depth + 1] = gaps[depth]!;
    visit(offset < 0 ? node + 1 : other, depth + 1);
    const before = beyond[along]!;
    const after = offset * offset;
    // Rounding must not hide a cell at exactly the distance: a point in it may tie.
    const farther = (gaps[depth]! - before + after) * (1 - 1e-12);
    if (farther > bound[0]!) return;
    beyond[along] = after;
    gaps[depth + 1] = farther;
    visit(offset < 0 ? other : node + 1, depth + 1);
    beyond[along] = before;
  };
  return (query, squaredRadius) => {
    if (start.length === 0) return;
    point = query;
    bound[0] = squaredRadius;
    beyond.fill(0);
    visit(0, 0);
  };
}

function countNodes(points: number, leaf: number): number {
  if (points <= leaf) return 1;
  return 1 + countNodes(points >> 1, leaf) + countNodes(points - (points >> 1), leaf);
}

/** Dimension in which a range of points extends farthest; the first of equals. */
function widestAxis(axes: Axes, from: number, to: number): number {
  let widest = 0;
  let width = -1;
  for (let k = 0; k < axes.length; k++) {
    const values = axes[k]!;
    let low = Infinity;
    let high = -Infinity;
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (high - low <= width) continue;
    width = high - low;
    widest = k;
  }
  return widest;
}

/** Reorder points [from, to) so that `values` before `middle` are not larger than those after (quickselect). */
function partition(
  axes: Axes,
  values: Float64Array,
  row: Int32Array,
  from: number,
  to: number,
  middle: number,
): void {
  let low = from;
  let high = to - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      if (i < j) swap(axes, row, i, j);
      i++;
      j--;
    }
    if (middle <= j) high = j;
    else if (middle >= i) low = i;
    else return;
  }
}

function swap(axes: Axes, row: Int32Array, i: number, j: number): void {
  const other = row[i]!;
  row[i] = row[j]!;
  row[j] = other;
  for (let k = 0; k < axes.length; k++) {
    const values = axes[k]!;
    const value = values[i]!;
    values[i] = values[j]!;
    values[j] = value;
  }
}
