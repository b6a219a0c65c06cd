import type { Column, Uns } from "../../core/mod.ts";
import { columnLength } from "../../core/io/column_encoding.ts";
import type { ImportSource, RowSource } from "./source.ts";

/** What a source holds, as JSON. */
export interface SourceInfo {
  /** Name of the format. */
  readonly format: string;
  /** Path or address. */
  readonly path: string;
  /** Number of cells. */
  readonly cells: number;
  /** Number of features. */
  readonly features: number;
  /** How `X` is stored; null if there is none. */
  readonly X: string | null;
  /** Columns of `obs` with what they hold. */
  readonly obs: Readonly<Record<string, string>>;
  /** Columns of `var` with what they hold. */
  readonly var: Readonly<Record<string, string>>;
  /** How each layer is stored. */
  readonly layers: Readonly<Record<string, string>>;
  /** Shapes of the arrays with one row per cell. */
  readonly obsm: Readonly<Record<string, string>>;
  /** Shapes of the arrays with one row per feature. */
  readonly varm: Readonly<Record<string, string>>;
  /** How each matrix between cells is stored. */
  readonly obsp: Readonly<Record<string, string>>;
  /** What `uns` holds. */
  readonly uns: Readonly<Record<string, string>>;
  /** What is left out or changed. */
  readonly notes: readonly string[];
}

function typeOf(values: object): string {
  return values.constructor.name.replace("Array", "").toLowerCase();
}

function shown(values: readonly string[]): string {
  const few = values.slice(0, 5).map((value) => value.length > 24 ? `${value.slice(0, 23)}…` : value);
  return few.join(", ") + (values.length > 5 ? ", …" : "");
}

function describeColumn(column: Column): string {
  if (!("kind" in column)) {
    if (ArrayBuffer.isView(column)) return typeOf(column);
    return typeof column[0] === "boolean" ? "boolean" : "text";
  }
  if (column.kind === "categorical") return `${column.categories.length} categories: ${shown(column.categories)}`;
  const missing = column.missing.reduce((sum, gone) => sum + gone, 0);
  const type = ArrayBuffer.isView(column.values) ? typeOf(column.values) : "boolean";
  return `${type}, ${missing} of ${columnLength(column)} missing`;
}

function describeUns(value: Uns): string {
  if (value === null) return "null";
  if (typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `${value.length} texts`;
  if ("data" in value && ArrayBuffer.isView(value.data)) {
    return `array [${(value.shape as readonly number[]).join(", ")}]`;
  }
  return `{${Object.keys(value).slice(0, 8).join(", ")}}`;
}

function each<T>(
  record: Readonly<Record<string, T>>,
  describe: (value: T) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, describe(value)]));
}

/**
 * Describe a source; no matrix is read.
 *
 * @param source The source.
 * @returns Its description.
 */
export function describeSource(source: ImportSource): SourceInfo {
  const matrix = ({ stored, shape }: RowSource): string => `[${shape.join(", ")}] ${stored}`;
  const array = ({ shape, data }: { readonly shape: readonly number[]; readonly data: object }): string =>
    `[${shape.join(", ")}] ${typeOf(data)}`;
  return {
    format: source.format,
    path: source.location,
    cells: source.obs.index.length,
    features: source.var.index.length,
    X: source.X === undefined ? null : matrix(source.X),
    obs: each(source.obs.columns, describeColumn),
    var: each(source.var.columns, describeColumn),
    layers: each(source.layers, matrix),
    obsm: each(source.obsm, array),
    varm: each(source.varm, array),
    obsp: each(source.obsp, matrix),
    uns: each(source.uns, describeUns),
    notes: source.notes,
  };
}

/**
 * Write a description for people.
 *
 * @param info The description.
 * @returns Lines of text.
 */
export function formatInfo(info: SourceInfo): string {
  const lines = [`${info.path}: ${info.format}, ${info.cells} cells x ${info.features} features`];
  lines.push(`X       ${info.X ?? "none"}`);
  for (const name of ["obs", "var", "layers", "obsm", "varm", "obsp", "uns"] as const) {
    for (const [i, [key, text]] of Object.entries(info[name]).entries()) {
      lines.push(`${(i === 0 ? name : "").padEnd(8)}${key}: ${text}`);
    }
  }
  return [...lines, ...info.notes].join("\n");
}
