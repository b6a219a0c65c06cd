import type { DataFrame } from "./anndata.ts";
import { encoding } from "./anndata_encoding.ts";
import { columnLength, writeColumn } from "./column_encoding.ts";
import { INDEX, openFrame } from "./frame_source.ts";
import type { ZarrNode } from "./zarr.ts";
import type { ZarrGroupWriter } from "./zarr_writer.ts";

/**
 * Read a table with row names.
 *
 * @param node The table: a group of columns, or one array of records as AnnData before 0.7 wrote.
 * @returns The table.
 * @throws {DataError} If a column is missing, not readable, or of another length than the row names.
 */
export async function readDataFrame(node: ZarrNode): Promise<DataFrame> {
  return await (await openFrame(node)).all();
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
