import type { RowSource } from "../data.ts";
import { DataError } from "../errors.ts";
import type { Matrix } from "./anndata.ts";
import { encodingOf } from "./anndata_encoding.ts";
import { denseSource } from "./dense_source.ts";
import { openFrame } from "./frame_source.ts";
import { sparseKind } from "./sparse_matrix.ts";
import { openSparse } from "./sparse_source.ts";
import { tableSource } from "./table_source.ts";
import type { ZarrNode } from "./zarr.ts";

/** Consecutive rows of a matrix. */
export interface RowBlock {
  /** First row. */
  readonly start: number;
  /** The rows: dense, or compressed by row where the matrix is sparse. */
  readonly rows: Matrix;
}

/**
 * A matrix in a store, of which only metadata is in memory until rows are read.
 *
 * Chunks that were decoded last stay at hand for {@linkcode MatrixSource.read} and {@linkcode MatrixSource.take}, up to
 * 32 MiB. A matrix that is compressed by column holds its rows all over the place: each call reads all of it, in slabs,
 * so that time is that of the whole matrix and memory that of the rows; store it by row to train on it.
 */
export interface MatrixSource extends RowSource {
  /** Store and path, for messages. */
  readonly name: string;
  /** How it is stored. */
  readonly kind: "dense" | "csr" | "csc";
  /** Stored type, for example `"float32"`. */
  readonly dtype: string;
  /**
   * Read the whole matrix.
   *
   * @returns The matrix as it is stored.
   * @throws {DataError} If the store is damaged.
   */
  all(): Promise<Matrix>;
  /**
   * Read consecutive rows.
   *
   * @param start First row.
   * @param stop Row after the last one.
   * @returns The rows: dense, or compressed by row where the matrix is sparse.
   * @throws {DataError} If the store is damaged.
   * @throws {RangeError} If the matrix has fewer rows.
   */
  rows(start: number, stop: number): Promise<Matrix>;
  /**
   * Read rows, each chunk once.
   *
   * @param index Rows in the order in which they are wanted, repeats allowed.
   * @returns The rows: dense, or compressed by row where the matrix is sparse.
   * @throws {DataError} If the store is damaged.
   * @throws {RangeError} If the matrix has fewer rows.
   */
  take(index: ArrayLike<number>): Promise<Matrix>;
  /**
   * Read all rows block by block, in order: dense ones by whole chunks where these fit.
   *
   * @param bytes Size that a block does not exceed, unless a single row does; absent means 8 MiB.
   * @returns The blocks.
   * @throws {DataError} If the store is damaged.
   */
  blocks(bytes?: number): AsyncGenerator<RowBlock>;
}

/**
 * Open a matrix of a store.
 *
 * @param node Array, group of a sparse matrix, or table of numbers.
 * @returns The matrix; no values are read.
 * @throws {DataError} If the node is none of these, or its parts do not fit together.
 */
export async function openMatrix(node: ZarrNode): Promise<MatrixSource> {
  if (node.kind === "array") return denseSource(node);
  if (encodingOf(node) === "dataframe") return tableSource(await openFrame(node));
  const kind = sparseKind(node);
  if (kind !== undefined) return await openSparse(node, kind);
  const problem = `its encoding "${encodingOf(node)}" is not known, expected an array, csr_matrix or csc_matrix`;
  throw new DataError(`Cannot read ${node.name} as a matrix: ${problem}`);
}
