import { DataError } from "../errors.ts";
import type { Column, DataFrame } from "./anndata.ts";
import { encoding, required } from "./anndata_encoding.ts";
import { columnTexts, readColumn, writeColumn } from "./column_encoding.ts";
import type { ZarrGroup, ZarrNode } from "./zarr.ts";
import type { ZarrArray } from "./zarr_array.ts";
import type { ZarrGroupWriter } from "./zarr_writer.ts";

/** Name of the member that holds the row names, unless the attributes say otherwise. */
const INDEX = "_index";

/** Where AnnData 0.7 keeps the categories of all columns. */
const LEGACY_CATEGORIES = "__categories";

/**
 * Read a table with row names.
 *
 * @param node The table: a group of columns, or one array of records as AnnData before 0.7 wrote.
 * @returns The table.
 * @throws {DataError} If a column is missing, not readable, or of another length than the row names.
 */
export async function readDataFrame(node: ZarrNode): Promise<DataFrame> {
  if (node.kind === "array") return await readRecords(node);
  const indexName = typeof node.attributes[INDEX] === "string" ? node.attributes[INDEX] : INDEX;
  const index = await columnTexts(node, await required(node, indexName));
  const columns: [string, Column][] = [];
  for (const name of await columnNames(node, indexName)) {
    const member = await required(node, name);
    const column = await readColumn(node, member);
    const rows = columnLength(column);
    if (rows !== index.length) {
      throw new DataError(
        `Cannot read ${node.name}: column "${name}" has ${rows} rows but there are ${index.length} names`,
      );
    }
    columns.push([name, column]);
  }
  return { index, columns: Object.fromEntries(columns) };
}

async function columnNames(group: ZarrGroup, indexName: string): Promise<readonly string[]> {
  const order = group.attributes["column-order"];
  if (Array.isArray(order)) return order.map(String);
  return (await group.members()).filter((name) => name !== indexName && name !== LEGACY_CATEGORIES);
}

async function readRecords(array: ZarrArray): Promise<DataFrame> {
  const [names, ...columns] = Object.entries(await array.records(0, array.shape[0] ?? 0));
  const index = Array.from<string | number, string>(names?.[1] ?? [], String);
  return { index, columns: Object.fromEntries(columns) };
}

/**
 * Number of rows of a column.
 *
 * @param column The column.
 * @returns The number.
 */
export function columnLength(column: Column): number {
  if (!("kind" in column)) return column.length;
  return column.kind === "categorical" ? column.codes.length : column.values.length;
}

/**
 * Write a table with row names in the encoding of AnnData 0.8.
 *
 * @param parent Group to write into.
 * @param name Name of the table.
 * @param table The table.
 * @throws {TypeError} If a column has another length than the row names.
 * @throws {RangeError} If a column has a reserved name.
 */
export async function writeDataFrame(parent: ZarrGroupWriter, name: string, table: DataFrame): Promise<void> {
  const columns = Object.entries(table.columns);
  const order = columns.map(([column]) => column);
  const group = await parent.group(name, { ...encoding("dataframe"), _index: INDEX, "column-order": order });
  await group.texts(INDEX, table.index, encoding("string-array"));
  for (const [columnName, column] of columns) {
    const rows = columnLength(column);
    if (rows !== table.index.length) {
      const expected = `expected ${table.index.length}, one per row name`;
      throw new TypeError(`Cannot write column "${columnName}" of "${name}": it has ${rows} rows, ${expected}`);
    }
    await writeColumn(group, columnName, column);
  }
}
