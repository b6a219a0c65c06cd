import type { HostArray, NumericArray } from "../host_array.ts";

/** A column of categories; `codes` index `categories`, -1 where the value is missing. */
export interface Categorical {
  /** Discriminant. */
  readonly kind: "categorical";
  /** Index into `categories` per row, -1 for missing. */
  readonly codes: Int32Array;
  /** Category names in order. */
  readonly categories: readonly string[];
  /** Whether the order of the categories means something. */
  readonly ordered: boolean;
}

/** A column of numbers or truth values of which some are missing. */
export interface Nullable {
  /** Discriminant. */
  readonly kind: "nullable";
  /** Values; what stands at missing rows has no meaning. */
  readonly values: NumericArray | readonly boolean[];
  /** 1 where the value is missing. */
  readonly missing: Uint8Array;
}

/** One column of `obs` or `var`. */
export type Column = NumericArray | readonly boolean[] | readonly string[] | Categorical | Nullable;

/** A table whose rows have names. */
export interface DataFrame {
  /** Row names. */
  readonly index: readonly string[];
  /** Columns by name, in order. */
  readonly columns: Readonly<Record<string, Column>>;
}

/** A sparse matrix, compressed by row (`csr`) or by column (`csc`). */
export interface SparseMatrix {
  /** Which axis is compressed. */
  readonly kind: "csr" | "csc";
  /** Rows and columns. */
  readonly shape: readonly [number, number];
  /** Start of each compressed row or column in `data`; one more than their number. */
  readonly indptr: Int32Array | Float64Array;
  /** Position on the other axis of each value. */
  readonly indices: Int32Array;
  /** Values. */
  readonly data: NumericArray;
}

/** A matrix of AnnData. */
export type Matrix = HostArray<NumericArray> | SparseMatrix;

/** Unstructured metadata: what `uns` holds. */
export type Uns =
  | string
  | number
  | boolean
  | null
  | HostArray<NumericArray>
  | readonly string[]
  | { readonly [key: string]: Uns };

/** An AnnData table in memory: rows are cells or spots, columns genes or components. */
export interface AnnData {
  /** Row annotations. */
  readonly obs: DataFrame;
  /** Column annotations. */
  readonly var: DataFrame;
  /** Main matrix, `[obs, var]`. */
  readonly X?: Matrix;
  /** Matrices of the same shape as `X`. */
  readonly layers: Readonly<Record<string, Matrix>>;
  /** Arrays with one row per observation, for example `spatial`. */
  readonly obsm: Readonly<Record<string, HostArray<NumericArray>>>;
  /** Arrays with one row per variable. */
  readonly varm: Readonly<Record<string, HostArray<NumericArray>>>;
  /** Matrices between observations. */
  readonly obsp: Readonly<Record<string, Matrix>>;
  /** Unstructured metadata. */
  readonly uns: { readonly [key: string]: Uns };
}
