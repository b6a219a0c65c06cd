import type { HostArray, NumericArray } from "../host_array.ts";
import { type ColumnMoments, momentsOf, sampleVariance } from "./column_moments.ts";
import { byScore, requireCount } from "./score_order.ts";

/** Equal-width bins of the mean in which dispersions are compared. */
const BINS = 20;

/**
 * Choose highly variable genes by normalized dispersion (Satija et al. 2015, the rule called "seurat").
 *
 * Dispersion = sample variance / mean of expm1(x); its logarithm is z-scored among genes of similar mean (20 equal-width
 * bins of ln(1 + mean)). A gene alone in its bin gets 1, equal dispersions get 0, and genes that do not vary come last.
 *
 * @example Usage
 * ```ts
 * import { highlyVariable, hostArray } from "@morphogen/morphogen";
 *
 * const x = hostArray(Float32Array.of(0, 1, 2, 1, 0, 1.1, 2, 1), [2, 4]);
 * if (highlyVariable(x, 1).join() !== "1") throw new Error("unexpected genes");
 * ```
 *
 * @param x Log-normalized expression, shape `[N, G]`, N >= 2.
 * @param count Genes to keep, at most G.
 * @returns Columns of the genes in increasing order; equal scores prefer the smaller column.
 * @throws {RangeError} If `count` is not a whole number from 1 to G, or there are fewer than 2 rows.
 */
export function highlyVariable(x: HostArray<NumericArray>, count: number): Int32Array {
  const score = normalizedDispersion(x);
  requireCount(count, score.length);
  return byScore(score).slice(0, count).sort();
}

/**
 * Normalized dispersion of each gene, the score of {@linkcode highlyVariable}.
 *
 * @param x Log-normalized expression, shape `[N, G]`, N >= 2.
 * @returns z-score of each gene, `[G]`; -Infinity for a gene that does not vary.
 * @throws {RangeError} If there are fewer than 2 rows.
 */
export function normalizedDispersion(x: HostArray<NumericArray>): Float64Array {
  const data = new Float64Array(x.data.length);
  for (let at = 0; at < data.length; at++) data[at] = Math.expm1(x.data[at]!);
  return dispersionScore(momentsOf({ data, shape: x.shape }));
}

/**
 * Normalized dispersion of each gene from its moments, for rows that are not in memory together.
 *
 * @param moments Moments of expm1(x), that is of normalized counts, over at least 2 rows.
 * @returns z-score of each gene, `[G]`; -Infinity for a gene that does not vary.
 * @throws {RangeError} If there are fewer than 2 rows.
 */
export function dispersionScore(moments: ColumnMoments): Float64Array {
  const variance = sampleVariance(moments);
  const mean = moments.mean.map((value) => Math.log1p(value));
  const logDispersion = variance.map((value, j) => value > 0 ? Math.log(value / moments.mean[j]!) : NaN);
  let low = Infinity;
  let high = -Infinity;
  for (const value of mean) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  // Bins are open on the left and closed on the right; the smallest mean belongs to the first.
  const binOf = (gene: number): number =>
    Math.min(BINS - 1, Math.max(0, Math.ceil((mean[gene]! - low) / (high - low) * BINS) - 1)) || 0;
  const size = new Float64Array(BINS);
  const centre = new Float64Array(BINS);
  const spread = new Float64Array(BINS);
  const varying = Int32Array.from(mean.keys()).filter((gene) => !Number.isNaN(logDispersion[gene]!));
  for (const gene of varying) {
    size[binOf(gene)]!++;
    centre[binOf(gene)]! += logDispersion[gene]!;
  }
  for (let bin = 0; bin < BINS; bin++) centre[bin]! /= size[bin]!;
  for (const gene of varying) spread[binOf(gene)]! += (logDispersion[gene]! - centre[binOf(gene)]!) ** 2;
  const score = new Float64Array(mean.length).fill(-Infinity);
  for (const gene of varying) {
    const bin = binOf(gene);
    const std = Math.sqrt(spread[bin]! / (size[bin]! - 1));
    if (size[bin] === 1) score[gene] = 1;
    else score[gene] = std > 0 ? (logDispersion[gene]! - centre[bin]!) / std : 0;
  }
  return score;
}

/**
 * Choose genes that vary within several batches (sections, patients), by the dispersion in each: those that are among the
 * `count` most variable of the most batches, and of these the ones with the highest mean score, as scanpy does.
 *
 * Unlike there, a gene that does not vary in a batch never counts as variable in it.
 *
 * @param batches Moments of expm1(x) of each batch, each of at least 2 rows.
 * @param count Genes to keep, at most G.
 * @returns Columns of the genes in increasing order; equal ones prefer the smaller column.
 * @throws {RangeError} If `count` is not a whole number from 1 to G, or a batch has fewer than 2 rows.
 */
export function highlyVariableOfBatches(batches: readonly ColumnMoments[], count: number): Int32Array {
  const genes = batches[0]?.mean.length ?? 0;
  requireCount(count, genes);
  const times = new Int32Array(genes);
  const sum = new Float64Array(genes);
  const scored = new Int32Array(genes);
  for (const { rows, mean, squares } of batches) {
    // Genes that a batch lacks stay out of its bins and score 0; constant ones have no score.
    const seen = Int32Array.from(mean.keys()).filter((gene) => mean[gene]! > 0);
    const pick = (values: Float64Array): Float64Array => Float64Array.from(seen, (gene) => values[gene]!);
    const score = dispersionScore({ rows, mean: pick(mean), squares: pick(squares) });
    const varying = score.filter((value) => value > -Infinity).sort();
    const least = varying[Math.max(0, varying.length - count)] ?? Infinity;
    for (let gene = 0; gene < genes; gene++) if (!(mean[gene]! > 0)) scored[gene]!++;
    seen.forEach((gene, at) => {
      if (score[at] === -Infinity) return;
      scored[gene]!++;
      sum[gene]! += score[at]!;
      if (score[at]! >= least) times[gene]!++;
    });
  }
  const average = sum.map((value, gene) => scored[gene] === 0 ? -Infinity : value / scored[gene]!);
  const order = Array.from(times.keys()).sort((a, b) => {
    if (times[a] !== times[b]) return times[b]! - times[a]!;
    return average[a] === average[b] ? a - b : average[b]! - average[a]!;
  });
  return Int32Array.from(order.slice(0, count)).sort();
}
