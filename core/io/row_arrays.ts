import type { HostArray, NumericArray } from "../host_array.ts";
import type { AnnData, Categorical, Column } from "./anndata.ts";
import { isTexts } from "./column_encoding.ts";
import { INDEX } from "./frame_source.ts";
import { type NumberType, storedTypeOf } from "./zarr_array_document.ts";

/** One array of an AnnData store that has a row for each observation. */
export interface RowArray {
  /** Where it is in the store. */
  readonly path: string;
  /** Stored type. */
  readonly type: NumberType | "text";
  /** Length of each axis after the first. */
  readonly tail: readonly number[];
  /** Its values, row-major. */
  readonly values: NumericArray | readonly string[];
}

/** pandas stores codes in the smallest integers that hold them. */
function codesOf({ codes, categories }: Categorical): NumericArray {
  if (categories.length < 2 ** 7) return new Int8Array(codes);
  return categories.length < 2 ** 15 ? new Int16Array(codes) : codes;
}

function numbers(path: string, values: NumericArray, tail: readonly number[] = []): RowArray {
  return { path, type: storedTypeOf(values), tail, values };
}

function matrix(path: string, value: HostArray<NumericArray> | { readonly kind: string }): RowArray {
  if (!("kind" in value)) return numbers(path, value.data, value.shape.slice(1));
  throw new TypeError(`Cannot write "${path}" in blocks: it is ${value.kind}, expected a dense matrix`);
}

function columnArray(path: string, column: Column): RowArray {
  if (ArrayBuffer.isView(column)) return numbers(path, column);
  if (!("kind" in column)) {
    if (isTexts(column)) return { path, type: "text", tail: [], values: column };
    return { path, type: "bool", tail: [], values: Uint8Array.from(column, Number) };
  }
  if (column.kind === "categorical") return numbers(`${path}/codes`, codesOf(column));
  throw new TypeError(`Cannot write "${path}" in blocks: it has missing values, expected numbers, texts or categories`);
}

/**
 * The arrays of a table that have one row per observation.
 *
 * @param table The table.
 * @returns The arrays: row names, columns, `X`, layers and `obsm`.
 * @throws {TypeError} If one of them is sparse, has missing values, or relates observations to each other.
 */
export function rowArrays({ obs, X, layers, obsm, obsp }: AnnData): readonly RowArray[] {
  const [pairs] = Object.keys(obsp);
  if (pairs !== undefined) throw new TypeError(`Cannot write "obsp/${pairs}" in blocks: it relates rows of all blocks`);
  return [
    { path: `obs/${INDEX}`, type: "text", tail: [], values: obs.index },
    ...Object.entries(obs.columns).map(([name, column]) => columnArray(`obs/${name}`, column)),
    ...X === undefined ? [] : [matrix("X", X)],
    ...Object.entries(layers).map(([name, value]) => matrix(`layers/${name}`, value)),
    ...Object.entries(obsm).map(([name, value]) => matrix(`obsm/${name}`, value)),
  ];
}
