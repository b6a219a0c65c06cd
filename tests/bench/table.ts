import { formatNumber } from "../../core/mod.ts";
import type { Line } from "./line.ts";

type Column = readonly [title: string, width: number, cell: (line: Line) => string];

function count(value: number | null | undefined): string {
  return value ? formatNumber(value) : "-";
}

const COLUMNS: readonly Column[] = [
  ["ms per step", 11, ({ ms_per_step }) => formatNumber(ms_per_step, 4)],
  ["quartiles", 15, ({ ms_p25, ms_p75 }) => `${formatNumber(ms_p25)} to ${formatNumber(ms_p75)}`],
  ["steps", 5, ({ steps }) => String(steps)],
  ["GFLOP/s", 8, ({ gflops_per_s }) => count(gflops_per_s)],
  ["flops per step", 14, ({ flops_per_step }) => count(flops_per_step)],
  ["params", 8, ({ params }) => count(params)],
  ["own cpu", 7, ({ own_cpu }) => own_cpu.toFixed(2)],
  ["threads", 7, ({ threads }) => count(threads)],
  ["where", 7, ({ where }) => where],
];

/** A table that is printed row by row as measurements come in. */
export interface GrowingTable {
  /** Names of the columns. */
  readonly heading: string;
  /** One measurement. */
  row(line: Line): string;
}

/**
 * Lay out a table.
 *
 * @param names Benches that will come.
 * @returns How to write its lines.
 */
export function growingTable(names: readonly string[]): GrowingTable {
  const first = Math.max(...names.map(({ length }) => length));
  const join = (name: string, cells: readonly string[]): string =>
    [name.padEnd(first), ...cells.map((cell, i) => cell.padStart(COLUMNS[i]![1]))].join("  ");
  return {
    heading: join("bench", COLUMNS.map(([title]) => title)),
    row: (line) => join(line.bench, COLUMNS.map(([, , cell]) => cell(line))),
  };
}
