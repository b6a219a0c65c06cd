import { errorsByColumn, type HostArray, type NumericArray, pearsonByColumn } from "../../core/mod.ts";

/** Scores of each gene over the spots that were predicted. */
export interface GeneScores {
  /** Pearson correlation, `[G]`; NaN where prediction or truth is constant. */
  readonly pearson: Float64Array;
  /** Mean squared error, `[G]`. */
  readonly squared: Float64Array;
  /** Share of explained variance, `[G]`. */
  readonly explained: Float64Array;
}

/**
 * Score predictions gene by gene.
 *
 * @param predicted Predictions `[N, G]`.
 * @param truth Measured values, same shape.
 * @returns Scores by gene.
 * @throws {TypeError} If the shapes differ.
 */
export function geneScores(predicted: HostArray<NumericArray>, truth: HostArray<NumericArray>): GeneScores {
  return { pearson: pearsonByColumn(predicted, truth), ...errorsByColumn(predicted, truth) };
}

/** Mean over the finite values, and how many were not. */
export interface FiniteMean {
  /** The mean; NaN if no value is finite. */
  readonly mean: number;
  /** Standard deviation of the finite values themselves (not of a sample of a larger set). */
  readonly deviation: number;
  /** Values that were left out. */
  readonly missing: number;
}

/**
 * Average what can be averaged: genes without variation have no correlation.
 *
 * @param values Values, some perhaps NaN.
 * @returns Mean, deviation and number of missing values.
 */
export function finiteMean(values: ArrayLike<number>): FiniteMean {
  const finite = Array.from(values).filter(Number.isFinite);
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
  const variance = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / finite.length;
  return { mean, deviation: Math.sqrt(variance), missing: values.length - finite.length };
}

/**
 * Quantile with linear interpolation between the values.
 *
 * @param values At least one value.
 * @param share From 0 to 1.
 * @returns The quantile.
 */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (place - low) * (sorted[high]! - sorted[low]!);
}

/** Shares of the quartiles. */
export const QUARTILES = [0.25, 0.5, 0.75] as const;

/**
 * Pearson correlation of each gene over the spots of a slide, averaged over genes.
 *
 * @param predicted Predictions `[N, G]`.
 * @param truth Measured values, same shape.
 * @returns The mean over genes that vary; 0 if none does.
 * @throws {TypeError} If the shapes differ.
 */
export function slidePearson(predicted: HostArray<NumericArray>, truth: HostArray<NumericArray>): number {
  const { mean } = finiteMean(pearsonByColumn(predicted, truth));
  return Number.isFinite(mean) ? mean : 0;
}
