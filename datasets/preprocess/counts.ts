import { DataError } from "../../core/mod.ts";
import { eachValue, valueError } from "./passes.ts";
import type { RowBlocks } from "./rows.ts";
import type { StreamTable } from "./stream_table.ts";

/**
 * Find the counts of a table: a layer, or `X` as it was before it was normalized.
 *
 * @param table The table.
 * @param layer Layer that holds them; empty for none.
 * @returns Their rows.
 * @throws {DataError} If there is no such layer.
 */
export function countsOf(table: StreamTable, layer: string): RowBlocks {
  if (layer === "") return table.counts ?? table.X;
  const found = Object.hasOwn(table.layers, layer) ? table.layers[layer] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(table.layers).join(", ") || "no layers";
  throw new DataError(`Cannot find counts in layer "${layer}": the table has ${known}`);
}

/**
 * Refuse values that are no counts.
 *
 * @param table The table, for names.
 * @param counts The values.
 * @param action What cannot be done with them.
 * @throws {DataError} If a value is negative or not whole; names its cell and gene.
 */
export async function requireCounts(table: StreamTable, counts: RowBlocks, action: string): Promise<void> {
  await eachValue(counts, (row, column, value) => {
    if (Number.isInteger(value) && value >= 0) return;
    throw valueError(
      action,
      table,
      { row, column, value },
      "whole counts: give the raw ones, or a layer that has them",
    );
  });
}
