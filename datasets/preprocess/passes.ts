import { type ColumnMoments, gatherMoments } from "../../core/spatial/column_moments.ts";
import { DataError } from "../../core/mod.ts";
import type { RowBlocks } from "./rows.ts";
import type { StreamTable } from "./stream_table.ts";

/**
 * Rows of a block that may be fitted on.
 *
 * @param table The table.
 * @param start First row of the block.
 * @param count Rows of the block.
 * @returns Positions in the block; undefined if all may.
 */
export function trainingRows({ train }: StreamTable, start: number, count: number): readonly number[] | undefined {
  if (train === undefined) return undefined;
  return Array.from({ length: count }, (_, i) => i).filter((i) => train[start + i] === 1);
}

/**
 * Tell how many rows may be fitted on.
 *
 * @param table The table.
 * @returns The number.
 */
export function trainingCount({ train, obs }: StreamTable): number {
  return train === undefined ? obs.index.length : train.reduce((sum, one) => sum + one, 0);
}

/**
 * Mean and variance of the columns over the rows that may be fitted on.
 *
 * @param table The table.
 * @param source Rows of the table.
 * @returns The moments.
 */
export async function trainingMoments(table: StreamTable, source: RowBlocks): Promise<ColumnMoments> {
  const gathered = gatherMoments(source.columns);
  for await (const { start, rows } of source.blocks()) gathered.add(rows, trainingRows(table, start, rows.shape[0]!));
  return gathered.moments();
}

/**
 * Look at each value of a stream that is stored, row by row; zeros of sparse rows are left out.
 *
 * @param source The rows.
 * @param look Receives row, column and value.
 */
export async function eachValue(
  source: RowBlocks,
  look: (row: number, column: number, value: number) => void,
): Promise<void> {
  for await (const { start, rows } of source.blocks()) {
    const count = rows.shape[0]!;
    for (let row = 0; row < count; row++) {
      const [from, to] = "kind" in rows
        ? [rows.indptr[row]!, rows.indptr[row + 1]!]
        : [row * source.columns, (row + 1) * source.columns];
      for (let at = from; at < to; at++) {
        look(start + row, "kind" in rows ? rows.indices[at]! : at - from, rows.data[at]!);
      }
    }
  }
}

/**
 * Build the error for a value that cannot be a count.
 *
 * @param action What cannot be done.
 * @param table The table.
 * @param place Row, column and value.
 * @param expected What was expected.
 * @returns An error that names cell, gene and value.
 */
export function valueError(
  action: string,
  table: StreamTable,
  place: { readonly row: number; readonly column: number; readonly value: number },
  expected: string,
): DataError {
  const [cell, gene] = [table.obs.index[place.row], table.var.index[place.column]];
  return new DataError(`Cannot ${action}: cell "${cell}" has ${place.value} of gene "${gene}", expected ${expected}`);
}
