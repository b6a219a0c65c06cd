/** Duals and matching while the problem is solved; `columnOf` is -1 for a row and `rowOf` for a column without partner. */
interface Matching {
  readonly cost: Float64Array;
  readonly rows: number;
  readonly columns: number;
  readonly columnOf: Int32Array;
  readonly rowOf: Int32Array;
  /** Column prices; never positive, and zero on every free column of a wide problem. */
  readonly price: Float64Array;
}

/**
 * Exact linear assignment: give each row its own column so that the summed cost is smallest.
 *
 * Augmenting row reduction followed by shortest augmenting paths (Jonker and Volgenant 1987); O(rows^2 * columns).
 *
 * @example Usage
 * ```ts
 * import { assignment } from "@morphogen/morphogen";
 *
 * const columns = assignment(Float64Array.of(4, 1, 3, 2, 0, 5), 2, 3);
 * if (columns.join() !== "1,0" && columns.join() !== "2,1") throw new Error(columns.join());
 * ```
 *
 * @param cost Finite costs, row-major `[rows, columns]`.
 * @param rows Number of rows, at most `columns`.
 * @param columns Number of columns.
 * @returns Column of each row.
 * @throws {RangeError} If there are more rows than columns, sizes disagree, or a cost is not finite.
 */
export function assignment(cost: Float64Array, rows: number, columns: number): Int32Array {
  if (cost.length !== rows * columns) {
    throw new RangeError(`Cannot assign ${rows} rows to ${columns} columns: cost holds ${cost.length} values`);
  }
  if (rows > columns) {
    throw new RangeError(`Cannot assign ${rows} rows to ${columns} columns: transpose so that rows <= columns`);
  }
  const bad = cost.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new RangeError(`Cannot assign rows: cost ${bad} is ${cost[bad]}, expected finite numbers`);
  const columnOf = new Int32Array(rows).fill(-1);
  const rowOf = new Int32Array(columns).fill(-1);
  const state: Matching = { cost, rows, columns, columnOf, rowOf, price: new Float64Array(columns) };
  if (columns > 1) {
    for (let pass = 0; pass < 2; pass++) reduceRows(state);
  }
  const search = { distance: new Float64Array(columns), from: new Int32Array(columns), order: new Int32Array(columns) };
  for (let row = 0; row < rows; row++) if (columnOf[row] === -1) augment(state, row, search);
  return columnOf;
}

/** Let each free row bid for its cheapest column, up to what makes it as dear as the second cheapest. */
function reduceRows({ cost, rows, columns, columnOf, rowOf, price }: Matching): void {
  const queue: number[] = [];
  for (let row = rows - 1; row >= 0; row--) if (columnOf[row] === -1) queue.push(row);
  // Rows in near-ties can outbid each other in ever smaller steps; paths settle what is left.
  for (let bids = 8 * rows; queue.length > 0 && bids > 0; bids--) {
    const row = queue.pop()!;
    let best = Infinity;
    let second = Infinity;
    let column = -1;
    let other = -1;
    for (let j = 0, at = row * columns; j < columns; j++, at++) {
      const reduced = cost[at]! - price[j]!;
      if (reduced >= second) continue;
      if (reduced < best) {
        second = best;
        other = column;
        best = reduced;
        column = j;
      } else {
        second = reduced;
        other = j;
      }
    }
    const lowered = price[column]! - (second - best);
    const strict = lowered < price[column]!;
    if (strict) price[column] = lowered;
    else if (rowOf[column] !== -1 && rowOf[other] === -1) column = other;
    const previous = rowOf[column]!;
    columnOf[row] = column;
    rowOf[column] = row;
    if (previous === -1) continue;
    columnOf[previous] = -1;
    if (strict) queue.push(previous);
  }
}

interface Search {
  readonly distance: Float64Array;
  readonly from: Int32Array;
  /** Columns: settled first, then those at the current distance, then the rest. */
  readonly order: Int32Array;
}

/** Dijkstra from a free row to the nearest free column over reduced costs, then flip the path. */
function augment({ cost, columns, columnOf, rowOf, price }: Matching, row: number, search: Search): void {
  const { distance, from, order } = search;
  for (let j = 0, at = row * columns; j < columns; j++, at++) {
    distance[j] = cost[at]! - price[j]!;
    from[j] = row;
    order[j] = j;
  }
  let low = 0;
  let high = 0;
  let settled = 0;
  let level = 0;
  let end = -1;
  while (end === -1) {
    if (low === high) {
      settled = low;
      level = Infinity;
      for (let k = low; k < columns; k++) {
        const j = order[k]!;
        const h = distance[j]!;
        if (h > level) continue;
        if (h < level) {
          high = low;
          level = h;
        }
        order[k] = order[high]!;
        order[high++] = j;
      }
      for (let k = low; k < high && end === -1; k++) if (rowOf[order[k]!] === -1) end = order[k]!;
    }
    while (end === -1 && low < high) {
      const via = order[low++]!;
      const i = rowOf[via]!;
      const base = i * columns;
      const offset = cost[base + via]! - price[via]! - level;
      for (let k = high; k < columns; k++) {
        const j = order[k]!;
        const h = cost[base + j]! - price[j]! - offset;
        if (h >= distance[j]!) continue;
        distance[j] = h;
        from[j] = i;
        if (h > level) continue;
        if (rowOf[j] === -1) {
          end = j;
          break;
        }
        order[k] = order[high]!;
        order[high++] = j;
      }
    }
  }
  for (let k = 0; k < settled; k++) price[order[k]!]! += distance[order[k]!]! - level;
  for (let column = end, i = -1; i !== row;) {
    i = from[column]!;
    rowOf[column] = i;
    const next = columnOf[i]!;
    columnOf[i] = column;
    column = next;
  }
}
