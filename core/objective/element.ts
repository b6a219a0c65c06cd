import { expandLike } from "../parts.ts";
import { abs, div, maximum, mean, mul, type Operand, square, sum, type Tensor } from "../tensor/mod.ts";

/** Loss of every entry of an error tensor; same shape in and out. */
export type ElementLoss = (error: Tensor) => Tensor;

/** A scalar with the number that its sum was divided by. */
export interface Reduced {
  /** Scalar, shape `[]`. */
  readonly value: Tensor;
  /** The number; a scalar tensor, shape `[]`, where it depends on a mask. See `Loss.divisor`. */
  readonly divisor: Operand;
}

/**
 * Reduce the entries of one part to a scalar.
 *
 * @param entries Losses, shape `[B, ...]`.
 * @param mask 1 for real entries, 0 for padding; its shape is a prefix of that of `entries`; absent means all real.
 * @param weight Factor of each row, shape `[B]`; absent means 1.
 * @returns Scalar, and what its sum was divided by.
 */
export type Reduction = (entries: Tensor, mask?: Tensor, weight?: Tensor) => Reduced;

/**
 * Squared error: the negative log-likelihood of a Gaussian up to constants.
 *
 * @param error Prediction minus truth.
 * @returns Squares, same shape.
 */
export function squared(error: Tensor): Tensor {
  return square(error);
}

/**
 * Half the squared error: a Gaussian of unit variance.
 *
 * @param error Prediction minus truth.
 * @returns Half the squares, same shape.
 */
export function halfSquared(error: Tensor): Tensor {
  return mul(square(error), 0.5);
}

/**
 * Absolute error: the negative log-likelihood of a Laplace distribution up to constants.
 *
 * @param error Prediction minus truth.
 * @returns Absolute values, same shape.
 */
export function absolute(error: Tensor): Tensor {
  return abs(error);
}

function weighted(entries: Tensor, mask: Tensor | undefined, weight: Tensor | undefined): Tensor {
  const real = mask === undefined ? entries : mul(entries, expandLike(mask, entries));
  return weight === undefined ? real : mul(real, expandLike(weight, entries));
}

/**
 * Mean over every real entry (row, point and dimension); weights scale rows without entering the divisor.
 *
 * @param entries Losses, shape `[B, ...]`.
 * @param mask 1 for real entries, a prefix of the shape.
 * @param weight Factor of each row, `[B]`.
 * @returns Mean and number of real entries.
 */
export function elementMean(entries: Tensor, mask?: Tensor, weight?: Tensor): Reduced {
  if (mask === undefined) return { value: mean(weighted(entries, mask, weight)), divisor: entries.size };
  const perMaskEntry = entries.size / mask.size;
  const divisor = mul(sum(mask), perMaskEntry);
  return { value: div(sum(weighted(entries, mask, weight)), maximum(divisor, 1)), divisor };
}

/**
 * Sum over the real entries of a row, mean over rows: the expectation of a set's log-likelihood.
 *
 * @param entries Losses, shape `[B, ...]`.
 * @param mask 1 for real entries, a prefix of the shape.
 * @param weight Factor of each row, `[B]`.
 * @returns Mean over rows and their number.
 */
export function rowSum(entries: Tensor, mask?: Tensor, weight?: Tensor): Reduced {
  const divisor = entries.shape[0]!;
  return { value: div(sum(weighted(entries, mask, weight)), divisor), divisor };
}
