import type { AnnData } from "./anndata.ts";

interface Shaped {
  readonly shape: readonly number[];
}

/** Axes beyond the expected ones are free. */
function mismatch(element: string, { shape }: Shaped, expected: readonly number[]): string | undefined {
  if (expected.every((length, axis) => shape[axis] === length)) return undefined;
  return `"${element}" has shape [${shape.join(", ")}], expected [${expected.join(", ")}${
    expected.length < 2 ? ", …" : ""
  }]`;
}

/**
 * Check that the elements of a table have as many rows and columns as `obs` and `var` have names.
 *
 * @param table The table.
 * @returns What is wrong with the first element that does not fit, as a clause; undefined if all fit.
 */
export function shapeProblem(table: AnnData): string | undefined {
  const [rows, columns] = [table.obs.index.length, table.var.index.length];
  const groups: readonly (readonly [string, Readonly<Record<string, Shaped>>, readonly number[]])[] = [
    ["layers/", table.layers, [rows, columns]],
    ["obsm/", table.obsm, [rows]],
    ["varm/", table.varm, [columns]],
    ["obsp/", table.obsp, [rows, rows]],
  ];
  const elements = groups.flatMap(([prefix, group, expected]) =>
    Object.entries(group).map(([name, value]) => mismatch(`${prefix}${name}`, value, expected))
  );
  const main = table.X === undefined ? undefined : mismatch("X", table.X, [rows, columns]);
  return [main, ...elements].find((problem) => problem !== undefined);
}
