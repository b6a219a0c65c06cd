import { requireFiniteCosts } from "./finite_costs.ts";

/** Residual problem: what rows still hold, columns still lack, and what flows so far, in whole units. */
interface Flow {
  readonly cost: Float64Array;
  readonly rows: number;
  readonly columns: number;
  readonly flow: Float64Array;
  readonly lack: Float64Array;
  readonly rowPrice: Float64Array;
  readonly columnPrice: Float64Array;
}

interface Search {
  readonly rowDistance: Float64Array;
  readonly distance: Float64Array;
  readonly fromRow: Int32Array;
  readonly fromColumn: Int32Array;
  readonly settled: Uint8Array;
}

/**
 * Exact optimal transport between two sets of uniform mass that may differ in size.
 *
 * Successive shortest augmenting paths with prices (Edmonds and Karp 1972) on whole units of mass. For equal sizes
 * {@linkcode assignment} finds the same optimum faster.
 *
 * @example Usage
 * ```ts
 * import { transport } from "@morphogen/morphogen";
 *
 * const plan = transport(Float64Array.of(0, 1, 4, 1, 0, 1), 2, 3);
 * const total = plan.reduce((sum, mass) => sum + mass, 0);
 * if (Math.abs(total - 1) > 1e-12 || Math.abs(plan[0]! - 1 / 3) > 1e-12) throw new Error(String(plan));
 * ```
 *
 * @param cost Finite costs, row-major `[rows, columns]`.
 * @param rows Number of rows, each of mass 1 / rows.
 * @param columns Number of columns, each of mass 1 / columns.
 * @returns Mass moved from each row to each column, row-major `[rows, columns]`, summing to 1.
 * @throws {RangeError} If sizes disagree or a cost is not finite.
 */
export function transport(cost: Float64Array, rows: number, columns: number): Float64Array {
  if (cost.length !== rows * columns || cost.length === 0) {
    throw new RangeError(`Cannot move mass from ${rows} rows to ${columns} columns: cost holds ${cost.length} values`);
  }
  requireFiniteCosts(cost, "move mass");
  const unit = greatestCommonDivisor(rows, columns);
  const state: Flow = {
    cost,
    rows,
    columns,
    flow: new Float64Array(cost.length),
    lack: new Float64Array(columns).fill(rows / unit),
    rowPrice: new Float64Array(rows),
    columnPrice: new Float64Array(columns),
  };
  for (let i = 0; i < rows; i++) {
    let least = Infinity;
    for (let j = 0; j < columns; j++) least = Math.min(least, cost[i * columns + j]!);
    state.rowPrice[i] = least;
  }
  const search: Search = {
    rowDistance: new Float64Array(rows),
    distance: new Float64Array(columns),
    fromRow: new Int32Array(columns),
    fromColumn: new Int32Array(rows),
    settled: new Uint8Array(columns),
  };
  for (let row = 0; row < rows; row++) {
    for (let held = columns / unit; held > 0;) held -= push(state, row, held, findPath(state, row, search), search);
  }
  const units = rows * (columns / unit);
  return state.flow.map((value) => value / units);
}

/** Shortest path of reduced cost from a row to a column that lacks mass; updates the prices and names that column. */
function findPath(state: Flow, start: number, search: Search): number {
  const { rows, columns, flow, lack, rowPrice, columnPrice } = state;
  const { rowDistance, distance, fromColumn, settled } = search;
  rowDistance.fill(Infinity);
  distance.fill(Infinity);
  settled.fill(0);
  rowDistance[start] = 0;
  relaxFrom(state, start, search);
  for (;;) {
    let column = -1;
    let level = Infinity;
    for (let j = 0; j < columns; j++) {
      if (settled[j] === 0 && distance[j]! < level) {
        level = distance[j]!;
        column = j;
      }
    }
    settled[column] = 1;
    if (lack[column]! > 0) {
      for (let i = 0; i < rows; i++) if (rowDistance[i]! < level) rowPrice[i]! += level - rowDistance[i]!;
      for (let j = 0; j < columns; j++) if (distance[j]! < level) columnPrice[j]! -= level - distance[j]!;
      return column;
    }
    for (let i = 0; i < rows; i++) {
      if (flow[i * columns + column]! > 0 && rowDistance[i] === Infinity) {
        rowDistance[i] = level;
        fromColumn[i] = column;
        relaxFrom(state, i, search);
      }
    }
  }
}

function relaxFrom({ cost, columns, rowPrice, columnPrice }: Flow, row: number, search: Search): void {
  const { rowDistance, distance, fromRow, settled } = search;
  const offset = rowDistance[row]! - rowPrice[row]!;
  for (let j = 0, at = row * columns; j < columns; j++, at++) {
    const h = Math.max(cost[at]! - columnPrice[j]! + offset, rowDistance[row]!);
    if (settled[j] === 0 && h < distance[j]!) {
      distance[j] = h;
      fromRow[j] = row;
    }
  }
}

/** Send as much as the path allows from `start` to `end`; returns the amount. */
function push({ columns, flow, lack }: Flow, start: number, held: number, end: number, search: Search): number {
  const { fromRow, fromColumn } = search;
  let amount = Math.min(held, lack[end]!);
  for (let row = fromRow[end]!; row !== start; row = fromRow[fromColumn[row]!]!) {
    amount = Math.min(amount, flow[row * columns + fromColumn[row]!]!);
  }
  lack[end]! -= amount;
  for (let column = end;;) {
    const row = fromRow[column]!;
    flow[row * columns + column]! += amount;
    if (row === start) return amount;
    column = fromColumn[row]!;
    flow[row * columns + column]! -= amount;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
