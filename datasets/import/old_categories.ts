import type { Column, DataFrame, Uns } from "../../core/mod.ts";

type Dict = { readonly [key: string]: Uns };

const SUFFIX = "_categories";

function namesIn(value: Uns | undefined): readonly string[] | undefined {
  return Array.isArray(value) ? value : typeof value === "string" ? [value] : undefined;
}

/**
 * Join codes with their names, which AnnData before 0.7 kept in `uns` as `COLUMN_categories`.
 *
 * @param table Table whose columns may be codes.
 * @param uns Metadata that may hold names.
 * @returns The table with such columns as categoricals, and the metadata without their names.
 */
export function withOldCategories(table: DataFrame, uns: Dict): readonly [DataFrame, Dict] {
  const used = new Set<string>();
  const columns = Object.entries(table.columns).map(([name, column]): [string, Column] => {
    const key = name + SUFFIX;
    const names = Object.hasOwn(uns, key) ? namesIn(uns[key]) : undefined;
    if (
      names === undefined ||
      !(column instanceof Int8Array || column instanceof Int16Array || column instanceof Int32Array)
    ) {
      return [name, column];
    }
    const codes = Int32Array.from(column);
    if (codes.some((code) => code < -1 || code >= names.length)) return [name, column];
    used.add(key);
    return [name, { kind: "categorical", codes, categories: names, ordered: false }];
  });
  const rest = Object.entries(uns).filter(([key]) => !used.has(key));
  return [{ index: table.index, columns: Object.fromEntries(columns) }, Object.fromEntries(rest)];
}
