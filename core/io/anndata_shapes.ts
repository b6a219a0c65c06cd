import type { AnnData } from "./anndata.ts";

interface Shaped {
  readonly shape: readonly number[];
}

/** Lengths that the first axes of each group's members must have, for so many rows and columns. */
const EXPECTED: Readonly<Record<string, (rows: number, columns: number) => readonly number[]>> = {
  X: (rows, columns) => [rows, columns],
  layers: (rows, columns) => [rows, columns],
  obsm: (rows) => [rows],
  varm: (_, columns) => [columns],
  obsp: (rows) => [rows, rows],
  varp: (_, columns) => [columns, columns],
  raw: (rows) => [rows],
};

/**
 * Check that an element has as many rows and columns as `obs` and `var` have names.
 *
 * @param path `"X"`, or group and name, for example `"obsm/spatial"`.
 * @param element The element; axes beyond the expected ones are free.
 * @param table Number of row names of `obs` and `var`.
 * @returns What is wrong, as a clause; undefined if it fits.
 */
export function shapeMismatch(
  path: string,
  { shape }: Shaped,
  table: { readonly rows: number; readonly columns: number },
): string | undefined {
  const expected = EXPECTED[path.split("/")[0]!]?.(table.rows, table.columns) ?? [];
  if (expected.every((length, axis) => shape[axis] === length)) return undefined;
  const wanted = `${expected.join(", ")}${expected.length < 2 ? ", …" : ""}`;
  return `"${path}" has shape [${shape.join(", ")}], expected [${wanted}]`;
}

/**
 * Check that the elements of a table have as many rows and columns as `obs` and `var` have names.
 *
 * @param table The table.
 * @returns What is wrong with the first element that does not fit, as a clause; undefined if all fit.
 */
export function shapeProblem(table: AnnData): string | undefined {
  const lengths = { rows: table.obs.index.length, columns: table.var.index.length };
  const elements = (["layers", "obsm", "varm", "obsp"] as const).flatMap((group) =>
    Object.entries<Shaped>(table[group]).map(([name, value]) => [`${group}/${name}`, value] as const)
  );
  const main = table.X === undefined ? [] : [["X", table.X] as const];
  return [...main, ...elements].map(([path, value]) => shapeMismatch(path, value, lengths))
    .find((problem) => problem !== undefined);
}
