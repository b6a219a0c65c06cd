import { hypergeometricTail } from "./hypergeometric.ts";

/** Counts of two properties: rows by the first, columns by the second, those that have it first. */
export type TwoByTwo = readonly [
  both: readonly [both: number, firstOnly: number],
  neither: readonly [secondOnly: number, neither: number],
];

/** What the exact test gives. */
export interface FisherExact {
  /** Odds of the second property among those with the first, over the odds among the others; NaN if a row or column is empty. */
  readonly odds: number;
  /** Probability of at least so many with both, if the properties have nothing to do with each other. */
  readonly p: number;
}

/**
 * The one-sided exact test of Fisher (1922): do two properties go together more often than by chance?
 *
 * @example Usage
 * ```ts
 * import { fisherExact } from "@morphogen/morphogen";
 *
 * const { odds, p } = fisherExact([[3, 1], [1, 3]]);
 * if (odds !== 9 || Math.abs(p - 17 / 70) > 1e-12) throw new Error("the tea of the lady");
 * ```
 *
 * @param table Counts.
 * @returns Odds ratio and probability.
 * @throws {RangeError} If a count is negative or no whole number.
 */
export function fisherExact([[both, firstOnly], [secondOnly, neither]]: TwoByTwo): FisherExact {
  const counts = [both, firstOnly, secondOnly, neither];
  if (!counts.every((count) => Number.isInteger(count) && count >= 0)) {
    throw new RangeError(`Cannot test a table of ${counts.join(", ")}: expected whole numbers, none below 0`);
  }
  const p = hypergeometricTail({
    population: both + firstOnly + secondOnly + neither,
    marked: both + secondOnly,
    drawn: both + firstOnly,
    overlap: both,
  });
  return { odds: both * neither / (firstOnly * secondOnly), p };
}
