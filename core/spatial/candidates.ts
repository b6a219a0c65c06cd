/** The k nearest points so far; of equally distant ones the smaller row is nearer. */
export interface Candidates {
  /** Squared distances: in rising order if k is small, else a heap with the farthest on top once all places are taken. */
  readonly squared: Float64Array;
  /** Row of each candidate. */
  readonly row: Int32Array;
  /** Number of places taken. */
  size: number;
}

/** Up to so many candidates are kept in order, which measures faster than a heap. */
const FEW = 96;

/**
 * Make room for candidates.
 *
 * @param k How many to keep, at least 1.
 * @returns Candidates, all places free.
 */
export function candidates(k: number): Candidates {
  return { squared: new Float64Array(k), row: new Int32Array(k), size: 0 };
}

/**
 * Keep those points that are among the nearest so far.
 *
 * @param kept The candidates.
 * @param squared Squared distances of the points.
 * @param count Number of points.
 * @param rows Rows of all points.
 * @param start Where in `rows` the points begin.
 * @returns Squared distance of the farthest candidate now; Infinity while places are free.
 */
export function offer(
  kept: Candidates,
  squared: Float64Array,
  count: number,
  rows: Int32Array,
  start: number,
): number {
  const { squared: best, row } = kept;
  const k = row.length;
  const free = Math.min(count, k - kept.size);
  for (let i = 0; i < free; i++) {
    best[kept.size] = squared[i]!;
    row[kept.size++] = rows[start + i]!;
  }
  if (kept.size < k) return Infinity;
  if (free > 0) {
    if (k <= FEW) sortInserting(best, row);
    else makeHeap(best, row);
  }
  const last = k <= FEW ? k - 1 : 0;
  let farthest = best[last]!;
  for (let i = free; i < count; i++) {
    const value = squared[i]!;
    if (value > farthest) continue;
    const id = rows[start + i]!;
    if (value === farthest && id > row[last]!) continue;
    if (k <= FEW) insert(best, row, last, value, id);
    else sink(best, row, 0, k, value, id);
    farthest = best[last]!;
  }
  return farthest;
}

/**
 * Write the candidates, nearest first, and free their places.
 *
 * @param kept The candidates, no place free.
 * @param index Receives the rows.
 * @param distance Receives the distances.
 * @param at Place of the nearest.
 */
export function take(kept: Candidates, index: Int32Array, distance: Float64Array, at: number): void {
  const { squared, row } = kept;
  if (row.length > FEW) sortHeap(squared, row);
  for (let i = 0; i < row.length; i++) {
    index[at + i] = row[i]!;
    distance[at + i] = Math.sqrt(squared[i]!);
  }
  kept.size = 0;
}

/** Put a candidate in its place among the first `last` + 1; what was at `last` is overwritten. */
function insert(squared: Float64Array, row: Int32Array, last: number, value: number, id: number): void {
  let at = last;
  while (at > 0 && (squared[at - 1]! > value || (squared[at - 1] === value && row[at - 1]! > id))) {
    squared[at] = squared[at - 1]!;
    row[at] = row[at - 1]!;
    at--;
  }
  squared[at] = value;
  row[at] = id;
}

function sortInserting(squared: Float64Array, row: Int32Array): void {
  for (let i = 1; i < row.length; i++) insert(squared, row, i, squared[i]!, row[i]!);
}

function makeHeap(squared: Float64Array, row: Int32Array): void {
  for (let top = (row.length >> 1) - 1; top >= 0; top--) {
    sink(squared, row, top, row.length, squared[top]!, row[top]!);
  }
}

function sortHeap(squared: Float64Array, row: Int32Array): void {
  for (let end = row.length - 1; end > 0; end--) {
    const [value, id] = [squared[0]!, row[0]!];
    sink(squared, row, 0, end, squared[end]!, row[end]!);
    squared[end] = value;
    row[end] = id;
  }
}

/** Put a candidate where the one at `top` of a heap of `size` was, or below. */
function sink(
  squared: Float64Array,
  row: Int32Array,
  top: number,
  size: number,
  value: number,
  id: number,
): void {
  let at = top;
  for (let child = 2 * at + 1; child < size; child = 2 * at + 1) {
    const right = child + 1;
    if (right < size && nearer(squared[child]!, row[child]!, squared[right]!, row[right]!)) child = right;
    if (!nearer(value, id, squared[child]!, row[child]!)) break;
    squared[at] = squared[child]!;
    row[at] = row[child]!;
    at = child;
  }
  squared[at] = value;
  row[at] = id;
}

function nearer(squared: number, row: number, thanSquared: number, thanRow: number): boolean {
  return squared < thanSquared || (squared === thanSquared && row < thanRow);
}
