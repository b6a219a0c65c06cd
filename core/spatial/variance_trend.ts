import { DataError } from "../errors.ts";
import type { Matrix } from "../io/anndata.ts";
import { type ColumnMoments, sampleVariance } from "./column_moments.ts";
import { loess } from "./loess.ts";
import { median } from "./median.ts";
import { byScore, requireCount } from "./score_order.ts";
import { byRows } from "./sparse.ts";

/** What counts of a gene are expected to be, given its mean. */
export interface VarianceTrend {
  /** Moments of the counts. */
  readonly moments: ColumnMoments;
  /** Standard deviation that the mean lets expect, `[G]`; 1 for a gene that does not vary. */
  readonly std: Float64Array;
  /** Counts above this are cut to it: mean + std * sqrt(N), `[G]`. */
  readonly ceiling: Float64Array;
}

/**
 * Learn how the variance of counts depends on their mean (Stuart et al. 2019, the rule called "seurat_v3"): LOESS of
 * log10(variance) over log10(mean) of the genes that vary.
 *
 * @param moments Moments of raw counts over at least 2 rows.
 * @param span Share of the genes that a place of the curve looks at.
 * @returns Expected spread and where counts are cut.
 * @throws {RangeError} If there are fewer than 2 rows, or too few genes for the span.
 * @throws {DataError} If too many genes have the same mean.
 */
export function varianceTrend(moments: ColumnMoments, span: number = 0.3): VarianceTrend {
  const { rows, mean } = moments;
  const variance = sampleVariance(moments);
  const varying = Int32Array.from(mean.keys()).filter((gene) => variance[gene]! > 0);
  const log = (values: Float64Array): Float64Array => Float64Array.from(varying, (gene) => Math.log10(values[gene]!));
  const std = new Float64Array(mean.length).fill(1);
  if (varying.length > 0) {
    const fitted = loess(log(mean), log(variance), span);
    varying.forEach((gene, at) => std[gene] = Math.sqrt(10 ** fitted[at]!));
  }
  return Object.freeze({ moments, std, ceiling: std.map((value, j) => value * Math.sqrt(rows) + mean[j]!) });
}

/** Standardized variances that grow block by block. */
export interface StandardizedVariance {
  /**
   * Take in a block of rows of those that the trend was learned from.
   *
   * @param block Counts `[n, G]`, dense or sparse.
   * @param rows Which of them to take; absent means all.
   */
  add(block: Matrix, rows?: ArrayLike<number>): void;
  /**
   * Read the result once all rows were taken in.
   *
   * @returns Variance of (count - mean) / std after cutting, `[G]`.
   */
  variance(): Float64Array;
}

/**
 * Variance of counts that are standardized by the trend and cut at sqrt(N), the score of the rule "seurat_v3"; a second
 * pass over the rows.
 *
 * @param trend What the first pass led to.
 * @returns An accumulator without rows.
 */
export function standardizedVariance({ moments, std, ceiling }: VarianceTrend): StandardizedVariance {
  const { rows: total, mean } = moments;
  const columns = mean.length;
  const sum = new Float64Array(columns);
  const squares = new Float64Array(columns);
  const take = (column: number, count: number): void => {
    const value = Math.min(count, ceiling[column]!);
    sum[column]! += value;
    squares[column]! += value * value;
  };
  return Object.freeze({
    add: (block: Matrix, rows?: ArrayLike<number>): void => {
      const count = rows?.length ?? block.shape[0]!;
      const sparse = "kind" in block ? byRows(block) : undefined;
      for (let i = 0; i < count; i++) {
        const row = rows?.[i] ?? i;
        if (sparse === undefined) {
          for (let j = 0, at = row * columns; j < columns; j++, at++) take(j, block.data[at]!);
        } else {
          const end = sparse.indptr[row + 1]!;
          for (let at = sparse.indptr[row]!; at < end; at++) take(sparse.indices[at]!, sparse.data[at]!);
        }
      }
    },
    variance: (): Float64Array =>
      mean.map((centre, j) =>
        (total * centre ** 2 + squares[j]! - 2 * sum[j]! * centre) / ((total - 1) * std[j]! ** 2)
      ),
  });
}

/**
 * Choose genes by standardized variance within each batch (section, patient): those of the smallest median rank among the
 * batches in which they are among the `count` first, then those that are so in more batches, as scanpy does.
 *
 * @param variances Standardized variance of each gene, `[G]`, of each batch; one batch for none.
 * @param count Genes to keep, at most G.
 * @returns Columns of the genes in increasing order; equal ones prefer the smaller column.
 * @throws {RangeError} If `count` is not a whole number from 1 to G.
 * @throws {DataError} If there is no batch.
 */
export function lowestMedianRank(variances: readonly Float64Array[], count: number): Int32Array {
  const first = variances[0];
  if (first === undefined) throw new DataError("Cannot choose genes by variance: there are no batches, expected one");
  requireCount(count, first.length);
  const ranks: number[][] = Array.from(first, () => []);
  for (const variance of variances) {
    byScore(variance).subarray(0, count).forEach((gene, rank) => ranks[gene]!.push(rank));
  }
  const middle = Float64Array.from(ranks, (list) => list.length === 0 ? Infinity : median(list));
  const order = Array.from(ranks.keys()).sort((a, b) => {
    if (middle[a] !== middle[b]) return middle[a]! - middle[b]!;
    return ranks[b]!.length - ranks[a]!.length || a - b;
  });
  return Int32Array.from(order.slice(0, count)).sort();
}
