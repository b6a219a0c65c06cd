import { expandLike } from "../parts.ts";
import { abs, div, maximum, mean, mul, square, sum, type Tensor } from "../tensor/mod.ts";

/** Loss of every entry of an error tensor; same shape in and out. */
export type ElementLoss = (error: Tensor) => Tensor;

/**
 * Reduce the entries of one part to a scalar.
 *
 * @param entries Losses, shape `[B, ...]`.
 * @param mask 1 for real entries, 0 for padding; its shape is a prefix of that of `entries`; absent means all real.
 * @param weight Factor of each row, shape `[B]`; absent means 1.
 * @returns Scalar, shape `[]`.
 */
export type Reduction = (entries: Tensor, mask?: Tensor, weight?: Tensor) => Tensor;

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
 * @returns Scalar, shape `[]`.
 */
export function elementMean(entries: Tensor, mask?: Tensor, weight?: Tensor): Tensor {
  if (mask === undefined) return mean(weighted(entries, mask, weight));
  const perMaskEntry = entries.size / mask.size;
  return div(sum(weighted(entries, mask, weight)), maximum(mul(sum(mask), perMaskEntry), 1));
}

/**
 * Sum over the real entries of a row, mean over rows: the expectation of a set's log-likelihood.
 *
 * @param entries Losses, shape `[B, ...]`.
 * @param mask 1 for real entries, a prefix of the shape.
 * @param weight Factor of each row, `[B]`.
 * @returns Scalar, shape `[]`.
 */
export function rowSum(entries: Tensor, mask?: Tensor, weight?: Tensor): Tensor {
  return div(sum(weighted(entries, mask, weight)), entries.shape[0]!);
}
