import { DataError } from "../core/mod.ts";
import { readBytes } from "./read_bytes.ts";

/**
 * Read a table of comma-separated values without quotes; unpacks names that end in `.gz`.
 *
 * @param location Path or http(s) address.
 * @returns Text of each column by name, in file order; an empty text is a missing value.
 * @throws {DataError} If the file is absent or damaged, or a row has another number of fields than the header.
 */
export async function readCsv(location: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const lines = new TextDecoder().decode(await readBytes(location)).split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const names = (lines[0] ?? "").split(",");
  const columns: string[][] = names.map(() => []);
  for (let row = 1; row < lines.length; row++) {
    const fields = lines[row]!.split(",");
    if (fields.length !== names.length) {
      throw new DataError(
        `Cannot read ${location}: line ${row + 1} has ${fields.length} fields where the header has ${names.length}`,
      );
    }
    for (let i = 0; i < fields.length; i++) columns[i]!.push(fields[i]!);
  }
  return new Map(names.map((name, i) => [name, columns[i]!]));
}

/**
 * Take a column as text.
 *
 * @param table What {@linkcode readCsv} returned.
 * @param name Column.
 * @returns Text per row.
 * @throws {DataError} If there is no such column; the message lists those there are.
 */
export function textColumn(table: ReadonlyMap<string, readonly string[]>, name: string): readonly string[] {
  const column = table.get(name);
  if (column !== undefined) return column;
  throw new DataError(`Cannot find column "${name}": the table has ${[...table.keys()].join(", ")}`);
}

/**
 * Take a column as numbers.
 *
 * @param table What {@linkcode readCsv} returned.
 * @param name Column.
 * @returns Number per row, NaN where the field is empty.
 * @throws {DataError} If there is no such column, or a field is no number.
 */
export function numberColumn(table: ReadonlyMap<string, readonly string[]>, name: string): Float64Array {
  return Float64Array.from(textColumn(table, name), (text, row) => {
    if (text === "") return NaN;
    const value = Number(text);
    if (Number.isNaN(value)) throw new DataError(`Cannot read column "${name}": row ${row + 1} holds "${text}"`);
    return value;
  });
}
