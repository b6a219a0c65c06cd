import { div, mean, mul, square, sub, sum, type Tensor } from "../../core/mod.ts";

/**
 * Squared error of hidden image tokens (He et al. 2022): mean over the values of a token, then over those that were hidden.
 *
 * @param target True values, `[..., P, D]`.
 * @param prediction Predicted values, same shape.
 * @param hidden 1 for tokens that were hidden, `[..., P]`; at least one.
 * @returns The error, shape `[]`.
 */
export function maskedTokenError(target: Tensor, prediction: Tensor, hidden: Tensor): Tensor {
  const errors = mean(square(sub(target, prediction)), -1);
  return div(sum(mul(errors, hidden)), sum(hidden));
}
