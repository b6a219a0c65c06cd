import { type AnnData, type Categorical, DataError, type HostArray, hostArray, type Uns } from "../../core/mod.ts";
import { numberColumn, readCsv } from "../csv.ts";
import { SOURCES } from "./sources.ts";

/** Text of each column by name. */
export type Table = ReadonlyMap<string, readonly string[]>;

/** Makes the table of one data set from the folder of all sources. */
export type MakeTable = (folder: string) => Promise<AnnData>;

/**
 * Turn texts into categories, sorted by code unit.
 *
 * @param values Text per row.
 * @returns The column.
 */
export function categorical(values: readonly string[]): Categorical {
  const categories = [...new Set(values)].sort();
  const code = new Map(categories.map((name, i) => [name, i]));
  return {
    kind: "categorical",
    codes: Int32Array.from(values, (value) => code.get(value)!),
    categories,
    ordered: false,
  };
}

/**
 * Take columns of numbers as a matrix.
 *
 * @param table The table, N rows.
 * @param names Columns C.
 * @returns Values `[N, C]`.
 * @throws {DataError} If there is no such column, or a field is no number.
 */
export function columns(table: Table, names: readonly string[]): HostArray {
  const values = names.map((name) => numberColumn(table, name));
  const rows = values[0]!.length;
  const data = new Float32Array(rows * names.length);
  values.forEach((column, j) => column.forEach((value, i) => data[i * names.length + j] = value));
  return hostArray(data, [rows, names.length]);
}

async function checkedPath(folder: string, set: string, file: string): Promise<string> {
  const path = `${folder}/${set}/${file}`;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(path)));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const expected = SOURCES[set]![file];
  if (hex !== expected) throw new DataError(`Cannot use ${path}: its SHA-256 is ${hex}, expected ${expected}`);
  return path;
}

/**
 * Read a table that a store is made from.
 *
 * @param folder Folder with one folder of files per data set.
 * @param set Data set.
 * @param file File name.
 * @returns The table.
 * @throws {DataError} If the file is not the one that the store is made from.
 */
export async function readChecked(folder: string, set: string, file: string): Promise<Table> {
  return await readCsv(await checkedPath(folder, set, file));
}

/** Magic text, version 1.0 and the length of the header. */
const NPY_PREFIX_BYTES = 10;

/**
 * Read a packed NumPy array of bytes that a store is made from.
 *
 * @param folder Folder with one folder of files per data set.
 * @param set Data set.
 * @param file File name, ending in `.npy.gz`; version 1.0, uint8, C order.
 * @returns The array.
 * @throws {DataError} If the file is not the one that the store is made from, or holds another type.
 */
export async function readCheckedBytes(folder: string, set: string, file: string): Promise<HostArray<Uint8Array>> {
  const path = await checkedPath(folder, set, file);
  const stream = (await Deno.open(path)).readable.pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const start = NPY_PREFIX_BYTES + new DataView(bytes.buffer).getUint16(NPY_PREFIX_BYTES - 2, true);
  const header = new TextDecoder().decode(bytes.subarray(NPY_PREFIX_BYTES, start));
  const shape = /'descr': '\|u1', 'fortran_order': False, 'shape': \(([\d, ]+)\)/.exec(header)?.[1];
  if (shape === undefined) throw new DataError(`Cannot use ${path}: its header is ${header.trim()}, expected uint8`);
  return hostArray(bytes.subarray(start), shape.split(",").filter((part) => part.trim() !== "").map(Number));
}

/**
 * Name the files that a store is made from.
 *
 * @param set Data set.
 * @returns Names and SHA-256 sums, for `uns`.
 */
export function unsOfSources(set: string): Uns {
  return { file: Object.keys(SOURCES[set]!), sha256: Object.values(SOURCES[set]!) };
}
