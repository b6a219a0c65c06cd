import type { HostArray, NumericArray } from "../host_array.ts";
import { toMatrix } from "./matrix.ts";

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
  const { rows, columns } = toMatrix(x);
  if (!(Number.isInteger(count) && count >= 1 && count <= columns)) {
    throw new RangeError(`Cannot keep ${count} of ${columns} genes: expected 1 to ${columns}`);
  }
  if (rows < 2) throw new RangeError(`Cannot compute the variance of genes over ${rows} cells: expected at least 2`);
  const score = normalizedDispersion(x);
  const order = Array.from({ length: columns }, (_, gene) => gene);
  order.sort((a, b) => score[b]! === score[a]! ? a - b : score[b]! - score[a]!);
  return Int32Array.from(order.slice(0, count)).sort();
}

/**
 * Normalized dispersion of each gene, the score of {@linkcode highlyVariable}.
 *
 * @param x Log-normalized expression, shape `[N, G]`, N >= 2.
 * @returns z-score of each gene, `[G]`; -Infinity for a gene that does not vary.
 */
export function normalizedDispersion(x: HostArray<NumericArray>): Float64Array {
  const { mean, logDispersion } = geneMoments(x);
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

/** ln(1 + mean) and ln(variance / mean) of expm1(x) for each gene; the latter is NaN where the variance is 0. */
function geneMoments(x: HostArray<NumericArray>): { mean: Float64Array; logDispersion: Float64Array } {
  const { data, rows, columns } = toMatrix(x);
  const mean = new Float64Array(columns);
  const variance = new Float64Array(columns);
  for (let at = 0, i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, at++) mean[j]! += Math.expm1(data[at]!) / rows;
  }
  for (let at = 0, i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, at++) variance[j]! += (Math.expm1(data[at]!) - mean[j]!) ** 2 / (rows - 1);
  }
  // Rounding of the mean leaves a constant gene a variance of about 1e-31 of its square.
  const logDispersion = variance.map((value, j) => value > 1e-24 * mean[j]! ** 2 ? Math.log(value / mean[j]!) : NaN);
  return { mean: mean.map((value) => Math.log1p(value)), logDispersion };
}
