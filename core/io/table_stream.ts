import type { Rng } from "../rng/mod.ts";
import type { AnnData } from "./anndata.ts";

/** Which rows of a stream are made, and from what. */
export interface StreamBlock {
  /** Number of the first of them. */
  readonly first: number;
  /** How many; as many as a block has, except in the last one. */
  readonly rows: number;
  /** Stream of this block alone. */
  readonly rng: Rng;
}

/**
 * A table of any length that is made a block of rows at a time. A block is a function of its stream and its place alone, so
 * that blocks may be made in any order, by any process, and again.
 */
export interface TableStream {
  /** The table without rows: types of columns and matrices, and what all rows have in common. */
  readonly empty: AnnData;
  /** Rows of a block. */
  readonly blockRows: number;
  /** Rows that belong together, as the cells of a niche: tables hold whole groups, and so do blocks. */
  readonly groupRows: number;
  /**
   * Make one block.
   *
   * @param block Which rows.
   * @returns These rows, in the form of `empty`.
   */
  make(block: StreamBlock): Promise<AnnData>;
}

/** Rows of a block at most and at least, and the size of its features that rows are chosen for. */
const [MOST, LEAST, BLOCK_BYTES] = [2 ** 14, 2 ** 8, 2 ** 20];

/**
 * Choose the rows of a block: about 1 MiB of features, in whole groups.
 *
 * @param features Numbers per row.
 * @param groupRows Rows that belong together.
 * @returns The rows.
 */
export function streamBlockRows(features: number, groupRows = 1): number {
  const fitting = Math.min(MOST, Math.max(LEAST, Math.floor(BLOCK_BYTES / (4 * Math.max(1, features)))));
  return Math.max(1, Math.floor(fitting / groupRows)) * groupRows;
}

/**
 * Names of generated rows.
 *
 * @param first Number of the first.
 * @param rows How many.
 * @returns `generated_<number>`.
 */
export function generatedNames(first: number, rows: number): readonly string[] {
  return Array.from({ length: rows }, (_, i) => `generated_${first + i}`);
}
