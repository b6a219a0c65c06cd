import { requireFiniteCosts } from "./finite_costs.ts";
import { type CouplingKernels, layOut, strideOf } from "./vector.ts";

/** Lanes in which the kernels report. */
const LANES = 4;
const BYTES = 8;

/** Largest cost: sums and differences of a few thousand of them still fit in float64. */
const LARGEST = 1e300;

/** Bids per row in each pass of the row reduction. */
const BIDS = 2;

/** Duals and matching while the problem is solved; `columnOf` is -1 for a row and `rowOf` for a column without partner. */
interface Matching {
  readonly kernels: CouplingKernels;
  /** Costs, row-major `[rows, stride]`. */
  readonly cost: Float64Array;
  readonly rows: number;
  readonly columns: number;
  readonly stride: number;
  readonly columnOf: Int32Array;
  readonly rowOf: Int32Array;
  /** Column prices; zero on every free column of a wide problem. */
  readonly price: Float64Array;
  /** Prices as the kernels see them: -Infinity where there is no column, or none to look at. */
  readonly shown: Float64Array;
  /** Length of the shortest path to each column that is looked at, else Infinity. */
  readonly distance: Float64Array;
  /** Last row on that path. */
  readonly from: Float64Array;
  /** Per lane: what the kernels found. */
  readonly found: Float64Array;
}

/**
 * Exact linear assignment: give each row its own column so that the summed cost is smallest.
 *
 * Column reduction (of square problems), augmenting row reduction and shortest augmenting paths (Jonker and Volgenant
 * 1987); O(rows^2 * columns).
 *
 * @example Usage
 * ```ts
 * import { assignment } from "@morphogen/morphogen";
 *
 * const columns = assignment(Float64Array.of(4, 1, 3, 2, 0, 5), 2, 3);
 * if (columns.join() !== "1,0" && columns.join() !== "2,1") throw new Error(columns.join());
 * ```
 *
 * @param cost Costs up to 1e300 in magnitude, row-major `[rows, columns]`.
 * @param rows Number of rows, at most `columns`.
 * @param columns Number of columns.
 * @returns Column of each row.
 * @throws {RangeError} If there are more rows than columns, sizes disagree, a cost is too large or not a number, or the
 * costs take more than 4 GiB (23,000 rows and columns).
 */
export function assignment(cost: Float64Array, rows: number, columns: number): Int32Array {
  if (cost.length !== rows * columns) {
    throw new RangeError(`Cannot assign ${rows} rows to ${columns} columns: cost holds ${cost.length} values`);
  }
  if (rows > columns) {
    throw new RangeError(`Cannot assign ${rows} rows to ${columns} columns: transpose so that rows <= columns`);
  }
  requireFiniteCosts(cost, "assign rows", LARGEST);
  const state = start(cost, rows, columns);
  if (rows === columns) reduceColumns(state);
  if (columns > 1) {
    for (let pass = 0; pass < 2; pass++) reduceRows(state);
  }
  const free = new Set(state.rowOf.keys().filter((column) => state.rowOf[column] === -1));
  for (let row = 0; row < rows; row++) if (state.columnOf[row] === -1) free.delete(augment(state, row, free));
  return state.columnOf;
}

function start(given: Float64Array, rows: number, columns: number): Matching {
  const stride = strideOf(columns);
  const lengths = [rows * stride, stride, stride, stride, 3 * LANES];
  const { kernels, arrays } = layOut(`Cannot assign ${rows} rows to ${columns} columns`, lengths);
  const [cost, shown, distance, from, found] = arrays as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  if (stride === columns) cost.set(given);
  else {
    cost.fill(0);
    for (let row = 0; row < rows; row++) {
      cost.set(given.subarray(row * columns, (row + 1) * columns), row * stride);
    }
  }
  shown.fill(-Infinity);
  shown.fill(0, 0, columns);
  return {
    kernels,
    cost,
    rows,
    columns,
    stride,
    columnOf: new Int32Array(rows).fill(-1),
    rowOf: new Int32Array(columns).fill(-1),
    price: new Float64Array(columns),
    shown,
    distance,
    from,
    found,
  };
}

/** Lower each column by its smallest cost and give it the row of that cost, if that is still free. */
function reduceColumns({ cost, rows, columns, stride, columnOf, rowOf, price, shown }: Matching): void {
  const cheapest = new Int32Array(columns);
  price.set(cost.subarray(0, columns));
  for (let row = 1; row < rows; row++) {
    for (let j = 0, at = row * stride; j < columns; j++, at++) {
      if (cost[at]! >= price[j]!) continue;
      price[j] = cost[at]!;
      cheapest[j] = row;
    }
  }
  for (let j = columns - 1; j >= 0; j--) {
    shown[j] = price[j]!;
    const row = cheapest[j]!;
    if (columnOf[row] !== -1) continue;
    columnOf[row] = j;
    rowOf[j] = row;
  }
}

/** Let each free row bid for its cheapest column, up to what makes it as dear as the second cheapest. */
function reduceRows(state: Matching): void {
  const { rows, columnOf, rowOf, price, shown } = state;
  const queue: number[] = [];
  for (let row = rows - 1; row >= 0; row--) if (columnOf[row] === -1) queue.push(row);
  // Rows in near-ties can outbid each other in ever smaller steps; paths settle what is left.
  for (let bids = BIDS * rows; queue.length > 0 && bids > 0; bids--) {
    const row = queue.pop()!;
    const { best, column, second } = twoCheapest(state, row);
    const lowered = price[column]! - (second - best);
    const strict = lowered < price[column]!;
    if (strict) shown[column] = price[column] = lowered;
    const taken = strict || rowOf[column] === -1 ? column : freeAtCost(state, row, second) ?? column;
    const previous = rowOf[taken]!;
    columnOf[row] = taken;
    rowOf[taken] = row;
    if (previous === -1) continue;
    columnOf[previous] = -1;
    if (strict) queue.push(previous);
  }
}

/** Smallest reduced cost of a row with its first column, and the second smallest. */
function twoCheapest(state: Matching, row: number): { best: number; column: number; second: number } {
  const { kernels, cost, stride, shown, found } = state;
  const begin = cost.byteOffset + BYTES * row * stride;
  kernels.bestTwo(begin, shown.byteOffset, begin + BYTES * stride, found.byteOffset);
  const lane = firstLane(found);
  let second = Infinity;
  for (let other = 0; other < LANES; other++) {
    if (other !== lane) second = Math.min(second, found[other]!);
    second = Math.min(second, found[2 * LANES + other]!);
  }
  return { best: found[lane]!, column: found[LANES + lane]!, second };
}

/** First free column of a row at the given reduced cost. */
function freeAtCost(
  { cost, columns, stride, rowOf, price }: Matching,
  row: number,
  reduced: number,
): number | undefined {
  for (let j = 0, at = row * stride; j < columns; j++, at++) {
    if (rowOf[j] === -1 && cost[at]! - price[j]! === reduced) return j;
  }
  return undefined;
}

/** Lane of the smallest value, of equals that with the smallest column. */
function firstLane(found: Float64Array): number {
  let lane = 0;
  for (let other = 1; other < LANES; other++) {
    if (found[other]! > found[lane]!) continue;
    if (found[other]! < found[lane]! || found[LANES + other]! < found[LANES + lane]!) lane = other;
  }
  return lane;
}

/** Dijkstra from a free row to the nearest free column over reduced costs, then flip the path; returns that column. */
function augment(state: Matching, row: number, free: ReadonlySet<number>): number {
  const { cost, stride, columnOf, rowOf, price, shown, distance, from, found } = state;
  const settled: number[] = [];
  const lengths: number[] = [];
  distance.fill(Infinity);
  let level = -Infinity;
  let end = -1;
  for (let via = row, offset = 0; end === -1;) {
    relaxFrom(state, via, offset);
    const lane = firstLane(found);
    const tied = found[lane]! <= level;
    level = Math.max(level, found[lane]!);
    const nearest = found[LANES + lane]!;
    if (rowOf[nearest] === -1) end = nearest;
    else if (tied) end = nearEnough(free, distance, level);
    if (end !== -1) break;
    settled.push(nearest);
    lengths.push(level);
    via = rowOf[nearest]!;
    offset = cost[via * stride + nearest]! - price[nearest]! - level;
    distance[nearest] = Infinity;
    shown[nearest] = -Infinity;
  }
  settled.forEach((column, k) => shown[column] = price[column]! += lengths[k]! - level);
  for (let column = end, i = -1; i !== row;) {
    i = from[column]!;
    rowOf[column] = i;
    const next = columnOf[i]!;
    columnOf[i] = column;
    column = next;
  }
  return end;
}

function relaxFrom(
  { kernels, cost, stride, shown, distance, from, found }: Matching,
  row: number,
  offset: number,
): void {
  const begin = cost.byteOffset + BYTES * row * stride;
  const end = begin + BYTES * stride;
  kernels.relax(
    begin,
    shown.byteOffset,
    distance.byteOffset,
    from.byteOffset,
    end,
    row,
    offset,
    found.byteOffset,
  );
}

/** A free column within a distance, -1 if there is none: reducing rows makes ties, and this ends the search in them. */
function nearEnough(free: ReadonlySet<number>, distance: Float64Array, level: number): number {
  for (const column of free) if (distance[column]! <= level) return column;
  return -1;
}
