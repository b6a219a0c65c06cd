import { add, clip, div, exp, log, mul, softplus, square, sub, type Tensor } from "../../core/mod.ts";

/** Stirling's series is taken this far above the argument, where it is accurate. */
const SHIFT = 8;
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);
/** Keeps logarithms of small means and dispersions finite. */
const EPSILON = 1e-8;
/** Largest logarithm of a dispersion: beyond it float32 cannot tell θ ln(θ / (θ + μ)) from noise. */
const LARGEST = 8;

/** First three corrections of Stirling's series. */
function corrections(x: Tensor): Tensor {
  const inverse = div(1, x);
  const squares = square(inverse);
  return mul(inverse, add(1 / 12, mul(squares, add(-1 / 360, mul(squares, 1 / 1260)))));
}

/** x (x + 1) (x + 2) (x + 3). */
function fourFactors(x: Tensor): Tensor {
  return mul(mul(x, add(x, 1)), mul(add(x, 2), add(x, 3)));
}

/**
 * Logarithm of the gamma function by Stirling's series at x + 8, from operations that have gradients.
 *
 * @param x Positive values below 1e9, any shape.
 * @returns ln Γ(x).
 */
export function logGamma(x: Tensor): Tensor {
  const far = add(x, SHIFT);
  const stirling = add(sub(mul(sub(far, 0.5), log(far)), far), add(corrections(far), HALF_LOG_TWO_PI));
  return sub(stirling, add(log(fourFactors(x)), log(fourFactors(add(x, 4)))));
}

/**
 * ln Γ(x + y) - ln Γ(x) without the cancellation of two large numbers.
 *
 * @param x Positive values.
 * @param y Values of at least 0, same shape.
 * @returns The difference.
 */
export function logGammaRise(x: Tensor, y: Tensor): Tensor {
  const low = add(x, SHIFT);
  const high = add(low, y);
  const stirling = add(
    sub(add(mul(sub(high, 0.5), log(div(high, low))), mul(y, log(low))), y),
    sub(corrections(high), corrections(low)),
  );
  const ratio = (from: number): Tensor => {
    const start = add(x, from);
    return log(div(fourFactors(add(start, y)), fourFactors(start)));
  };
  return sub(stirling, add(ratio(0), ratio(4)));
}

/** Parameters of the distribution of counts, one per count. */
export interface CountLaw {
  /** Mean μ of the negative binomial. */
  readonly mean: Tensor;
  /** Dispersion θ; the variance is μ + μ²/θ. */
  readonly dispersion: Tensor;
  /** Logit of the probability that a count is zero for another reason. */
  readonly zeroLogits: Tensor;
}

/** θ ln(θ / (θ + μ)), the logarithm of the probability of zero, and the logarithm of θ + μ. */
function zeroTerm(mean: Tensor, dispersion: Tensor): { readonly zero: Tensor; readonly both: Tensor } {
  const both = log(add(add(dispersion, mean), EPSILON));
  return { zero: mul(dispersion, sub(log(add(dispersion, EPSILON)), both)), both };
}

/** Logarithm of the probability of counts above that of zero. */
function positiveTerm(counts: Tensor, mean: Tensor, dispersion: Tensor, both: Tensor): Tensor {
  const placed = mul(counts, sub(log(add(mean, EPSILON)), both));
  return add(placed, sub(logGammaRise(dispersion, counts), logGamma(add(counts, 1))));
}

/**
 * Negative log-likelihood of counts under negative binomials.
 *
 * @param counts Whole numbers, any shape.
 * @param law Mean and dispersion, same shape.
 * @returns One number per count, in nats.
 */
export function negativeBinomialLoss(
  counts: Tensor,
  { mean, dispersion }: Pick<CountLaw, "mean" | "dispersion">,
): Tensor {
  const { zero, both } = zeroTerm(mean, dispersion);
  return mul(add(zero, positiveTerm(counts, mean, dispersion, both)), -1);
}

/**
 * Negative log-likelihood of counts under zero-inflated negative binomials.
 *
 * @param counts Whole numbers, any shape.
 * @param law Mean, dispersion and zero logits, same shape.
 * @returns One number per count, in nats.
 */
export function zeroInflatedLoss(counts: Tensor, { mean, dispersion, zeroLogits }: CountLaw): Tensor {
  const { zero, both } = zeroTerm(mean, dispersion);
  // Both cases divide by 1 + exp(-π); what is left of zero is 1 + exp(-π + zero), of others exp(-π) NB.
  const shared = softplus(mul(zeroLogits, -1));
  const atZero = sub(zero, zeroLogits);
  const none = sub(shared, softplus(atZero));
  const some = sub(shared, add(atZero, positiveTerm(counts, mean, dispersion, both)));
  const positive = clip(counts, 0, 1);
  return add(mul(positive, some), mul(sub(1, positive), none));
}

/**
 * Dispersion from a network's output.
 *
 * @param logits Any values.
 * @returns exp of the logits, cut to [-8, 8]: the released 15 leaves float32 nothing but rounding of the likelihood.
 */
export function dispersionOf(logits: Tensor): Tensor {
  return exp(clip(logits, -LARGEST, LARGEST));
}
