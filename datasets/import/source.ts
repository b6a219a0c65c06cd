import type { DataFrame, HostArray, Matrix, NumericArray, Uns } from "../../core/mod.ts";
import type { NumberType } from "../../core/io/zarr_array_document.ts";

/** A matrix that is read a block of rows at a time. */
export interface RowSource {
  /** File and place in it, for messages. */
  readonly name: string;
  /** What blocks are; a matrix compressed by column comes as rows, too. */
  readonly kind: "dense" | "csr";
  /** Rows, then columns. */
  readonly shape: readonly number[];
  /** Type that stores the values unchanged. */
  readonly type: NumberType;
  /** Stored values of a sparse matrix, if they are counted. */
  readonly values?: number;
  /** How the source itself holds the matrix, for people. */
  readonly stored: string;
  /**
   * Read rows to the end.
   *
   * @param from First row.
   * @returns Blocks of consecutive rows, `[block, columns]`, each of a few MiB.
   * @throws {DataError} If the source is damaged.
   */
  blocks(from: number): AsyncIterable<Matrix>;
}

/** A table of cells from a file of any format: annotations in memory, matrices as they are asked for. */
export interface ImportSource extends Disposable {
  /** Name of the format. */
  readonly format: string;
  /** Path or address. */
  readonly location: string;
  /** Cells or spots. */
  readonly obs: DataFrame;
  /** Genes or other features. */
  readonly var: DataFrame;
  /** Main matrix. */
  readonly X?: RowSource;
  /** Matrices of the shape of `X`. */
  readonly layers: Readonly<Record<string, RowSource>>;
  /** Matrices between cells. */
  readonly obsp: Readonly<Record<string, RowSource>>;
  /** Arrays with one row per cell, `spatial` among them. */
  readonly obsm: Readonly<Record<string, HostArray<NumericArray>>>;
  /** Arrays with one row per feature. */
  readonly varm: Readonly<Record<string, HostArray<NumericArray>>>;
  /** Unstructured metadata. */
  readonly uns: { readonly [key: string]: Uns };
  /** What was left out or changed, one sentence each. */
  readonly notes: readonly string[];
}

/** What the user chose to read. */
export interface SourceOptions {
  /** Layer that becomes `X`. */
  readonly layer?: string;
  /** Whether `raw` becomes `X`, with its own features. */
  readonly raw?: boolean;
  /** Columns that hold coordinates: x, y and perhaps z. */
  readonly coordinates?: readonly string[];
  /** Table of a SpatialData store that holds several. */
  readonly table?: string;
  /** Genome of a 10x file that holds several. */
  readonly genome?: string;
}

/** A source that holds nothing but what is given. */
export function tableSource(
  parts:
    & Pick<ImportSource, "format" | "location" | "obs" | "var">
    & Partial<Omit<ImportSource, "format" | "location" | "obs" | "var" | typeof Symbol.dispose>>,
  close: () => void = () => {},
): ImportSource {
  const empty = { layers: {}, obsp: {}, obsm: {}, varm: {}, uns: {}, notes: [] };
  return Object.freeze({ ...empty, ...parts, [Symbol.dispose]: close });
}

/** Values that a block of rows holds about: a few MiB. */
export const BLOCK_VALUES: number = 2 ** 19;

/**
 * The stored type of numbers of a source.
 *
 * @param dtype Type as Zarr v3 calls it.
 * @returns The type that keeps them: float16 becomes float32, unsigned integers of 64 bits become signed ones.
 */
export function numberTypeOf(dtype: string): NumberType {
  if (dtype === "float16") return "float32";
  return dtype === "uint64" ? "int64" : dtype as NumberType;
}
