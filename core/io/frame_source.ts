import { DataError } from "../errors.ts";
import type { Column, DataFrame } from "./anndata.ts";
import { required } from "./anndata_encoding.ts";
import { columnLength, columnTexts, readColumn } from "./column_encoding.ts";
import type { ZarrGroup, ZarrNode } from "./zarr.ts";
import type { ZarrArray } from "./zarr_array.ts";

/** Name of the member that holds the row names, unless the attributes say otherwise. */
export const INDEX = "_index";

/** Where AnnData 0.7 keeps the categories of all columns. */
const LEGACY_CATEGORIES = "__categories";

/** A table in a store, of which only metadata is in memory until columns are read. */
export interface FrameSource {
  /** Store and path, for messages. */
  readonly name: string;
  /** Number of rows. */
  readonly rows: number;
  /** Names of the columns, in order. */
  readonly columns: readonly string[];
  /**
   * Read the row names.
   *
   * @returns One name per row.
   * @throws {DataError} If they cannot be read.
   */
  index(): Promise<readonly string[]>;
  /**
   * Read one column.
   *
   * @param name Its name.
   * @returns The column.
   * @throws {DataError} If there is no such column, it cannot be read, or it is of another length than the row names.
   */
  column(name: string): Promise<Column>;
  /**
   * Read the row names and all columns.
   *
   * @returns The table in memory.
   * @throws {DataError} If a column is missing, not readable, or of another length than the row names.
   */
  all(): Promise<DataFrame>;
}

/**
 * Open a table of a store; only metadata is read.
 *
 * @param node The table: a group of columns, or one array of records as AnnData before 0.7 wrote.
 * @returns The table.
 * @throws {DataError} If it has no row names.
 */
export async function openFrame(node: ZarrNode): Promise<FrameSource> {
  if (node.kind === "array") return await openRecords(node);
  const indexName = typeof node.attributes[INDEX] === "string" ? node.attributes[INDEX] : INDEX;
  const index = await required(node, indexName);
  const rows = await lengthOf(node, index);
  const columns = await columnNames(node, indexName);
  const column = async (name: string): Promise<Column> => {
    requireColumn(node.name, columns, name);
    const found = await readColumn(node, await required(node, name));
    const length = columnLength(found);
    if (length === rows) return found;
    throw new DataError(`Cannot read ${node.name}: column "${name}" has ${length} rows but there are ${rows} names`);
  };
  const names = (): Promise<readonly string[]> => columnTexts(node, index);
  const all = async (): Promise<DataFrame> => {
    const pairs: [string, Column][] = [];
    for (const name of columns) pairs.push([name, await column(name)]);
    return { index: await names(), columns: Object.fromEntries(pairs) };
  };
  return Object.freeze({ name: node.name, rows, columns, index: names, column, all });
}

function requireColumn(table: string, columns: readonly string[], name: string): void {
  if (columns.includes(name)) return;
  throw new DataError(`Cannot read column "${name}" of ${table}: it has ${columns.join(", ") || "no columns"}`);
}

/** Rows of a column, from metadata: of the values themselves, or of the part that has one entry per row. */
async function lengthOf(parent: ZarrGroup, node: ZarrNode): Promise<number> {
  if (node.kind === "array") return node.shape[0] ?? 0;
  for (const part of ["codes", "values"]) {
    const member = await node.member(part);
    if (member?.kind === "array") return member.shape[0] ?? 0;
  }
  return columnLength(await readColumn(parent, node));
}

async function columnNames(group: ZarrGroup, indexName: string): Promise<readonly string[]> {
  const order = group.attributes["column-order"];
  if (Array.isArray(order)) return order.map(String);
  return (await group.members()).filter((name) => name !== indexName && name !== LEGACY_CATEGORIES);
}

async function openRecords(array: ZarrArray): Promise<FrameSource> {
  const rows = array.shape[0] ?? 0;
  const columns = Object.keys(await array.records(0, 0)).slice(1);
  const all = async (): Promise<DataFrame> => {
    const [names, ...rest] = Object.entries(await array.records(0, rows));
    return { index: Array.from<string | number, string>(names?.[1] ?? [], String), columns: Object.fromEntries(rest) };
  };
  const column = async (name: string): Promise<Column> => {
    requireColumn(array.name, columns, name);
    return (await all()).columns[name]!;
  };
  return Object.freeze({ name: array.name, rows, columns, index: async () => (await all()).index, column, all });
}
