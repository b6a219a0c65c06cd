import { type AnnData, type Column, DataError } from "../core/mod.ts";

/** A column as categories. */
export interface Categories {
  /** Index into `names` per row, -1 where the value is missing. */
  readonly codes: Int32Array;
  /** Names that occur, sorted: numbers by value, texts by code unit. */
  readonly names: readonly string[];
}

/** Text of each row; undefined where it is missing. */
function texts(column: Column): readonly (string | undefined)[] {
  if (ArrayBuffer.isView(column)) {
    // A float32 holds about seven digits: 3.4, not 3.4000000953674316.
    const short = column instanceof Float32Array;
    const text = (value: number): string => short ? String(Number(value.toPrecision(7))) : String(value);
    return Array.from(column, (value) => Number.isNaN(value) ? undefined : text(value));
  }
  if (!("kind" in column)) return column.map((value: string | boolean) => value === "" ? undefined : String(value));
  if (column.kind === "nullable") {
    return Array.from(column.missing, (gone, i) => gone === 1 ? undefined : String(column.values[i]));
  }
  return Array.from(column.codes, (code) => code < 0 ? undefined : column.categories[code]);
}

/** Sort numbers by value, and texts that are no numbers by code unit. */
function byValue(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a < b ? -1 : Number(a > b);
}

/**
 * Read a column of `obs` as categories.
 *
 * @param table The table.
 * @param column Name of the column.
 * @param purpose What the column is for, with the configuration key that names it.
 * @returns Categories that occur; unused ones are left out.
 * @throws {DataError} If there is no such column; the message lists those there are.
 */
export function categoriesOf(table: AnnData, column: string, purpose: string): Categories {
  const found = Object.hasOwn(table.obs.columns, column) ? table.obs.columns[column] : undefined;
  if (found === undefined) {
    const known = Object.keys(table.obs.columns).join(", ") || "no columns";
    throw new DataError(`Cannot find the ${purpose} in obs column "${column}": obs has ${known}`);
  }
  const values = texts(found);
  const names = [...new Set(values)].filter((value) => value !== undefined).sort(byValue);
  const code = new Map(names.map((name, i) => [name, i]));
  return { codes: Int32Array.from(values, (value) => value === undefined ? -1 : code.get(value)!), names };
}
