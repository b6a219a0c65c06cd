import { DataError } from "../../core/mod.ts";

/**
 * Find each cell in another table.
 *
 * @param path File of the other table, for the message.
 * @param names Names in the other table.
 * @param wanted Names of the cells.
 * @returns Row of the other table per cell.
 * @throws {DataError} If a name is there twice or a cell is not there.
 */
export function rowsByName(path: string, names: readonly string[], wanted: readonly string[]): Int32Array {
  const rowOf = new Map<string, number>();
  for (const [row, name] of names.entries()) {
    if (rowOf.has(name)) {
      throw new DataError(`Cannot use "${path}": "${name}" is in rows ${rowOf.get(name)} and ${row}`);
    }
    rowOf.set(name, row);
  }
  return Int32Array.from(wanted, (name, cell) => {
    const row = rowOf.get(name);
    if (row !== undefined) return row;
    const missing = wanted.filter((other) => !rowOf.has(other)).length;
    throw new DataError(
      `Cannot use "${path}": it lacks cell ${cell} ("${name}") and ${missing - 1} others of ${wanted.length}`,
    );
  });
}
