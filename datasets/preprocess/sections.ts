import { DataError, type HostArray, type NumericArray } from "../../core/mod.ts";
import { categoriesOf } from "../columns.ts";
import { coordinatesOf } from "../coordinates.ts";
import type { StreamTable } from "./stream_table.ts";

/** Cells that lie in one frame. */
export interface SectionRows {
  /** Name; empty if the table is one section. */
  readonly name: string;
  /** Its rows, rising. */
  readonly rows: Int32Array;
}

/**
 * Find the sections of a table.
 *
 * @param table The table.
 * @param column Column of `obs` with the section; empty if all cells are one section.
 * @returns Sections sorted by name; each has at least one row.
 * @throws {DataError} If there is no such column, or a cell has no section.
 */
export function sectionsOf(table: StreamTable, column: string): readonly SectionRows[] {
  const cells = table.obs.index.length;
  if (column === "") return [{ name: "", rows: Int32Array.from({ length: cells }, (_, row) => row) }];
  const { X: _X, layers: _layers, ...rest } = table;
  const { codes, names } = categoriesOf({ ...rest, layers: {} }, column, "sections");
  const lost = codes.findIndex((code) => code < 0);
  if (lost >= 0) {
    throw new DataError(`Cannot tell sections apart: cell "${table.obs.index[lost]}" has none in obs "${column}"`);
  }
  const rows: number[][] = names.map(() => []);
  codes.forEach((code, row) => rows[code]!.push(row));
  return names.map((name, i) => ({ name, rows: Int32Array.from(rows[i]!) }));
}

/**
 * Take the coordinates of a table.
 *
 * @param table The table.
 * @param key Entry of `obsm`.
 * @returns Coordinates `[N, D]`.
 * @throws {DataError} If there are none, or one is not finite.
 */
export function finiteCoordinates(table: StreamTable, key: string): HostArray<NumericArray> {
  const { X: _X, layers: _layers, ...rest } = table;
  const found = coordinatesOf({ ...rest, layers: {} }, key);
  const bad = found.data.findIndex((value: number) => !Number.isFinite(value));
  if (bad < 0) return found;
  const cell = table.obs.index[Math.floor(bad / found.shape[1]!)];
  throw new DataError(
    `Cannot use obsm "${key}": cell "${cell}" has coordinate ${found.data[bad]}, expected finite ones`,
  );
}
