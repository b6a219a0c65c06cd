import {
  add,
  clip,
  concat,
  div,
  exp,
  expandDims,
  expandLike,
  log,
  logSumExp,
  matMul,
  maximum,
  mul,
  type Operand,
  reshape,
  square,
  squaredDistance,
  sub,
  sum,
  type Tensor,
  tensor,
  zeros,
} from "../../core/mod.ts";

/** A Gaussian mixture per row, whose components are isotropic and share one standard deviation. */
export type Mixture = {
  /** Means of the components, `[B, K, D]`. */
  readonly means: Tensor;
  /** Log standard deviation of all components, `[B]`. */
  readonly logStd: Tensor;
  /** Normalised log-weights, `[B, K]`. */
  readonly logWeights: Tensor;
};

/** Mean and variance of an isotropic Gaussian per row. */
export interface Moments {
  /** Mean, `[B, D]`. */
  readonly mean: Tensor;
  /** Variance of a coordinate, averaged over coordinates, `[B]`. */
  readonly variance: Tensor;
}

/** Smallest divisor of the authors' code. */
const SMALLEST = 1e-6;

/**
 * Normalise logits over the components.
 *
 * @param logits Unnormalised log-weights, `[B, K]`.
 * @returns Log-weights whose exponentials sum to 1.
 */
export function logSoftmax(logits: Tensor): Tensor {
  return sub(logits, expandLike(logSumExp(logits), logits));
}

/**
 * Mean of a mixture.
 *
 * @param mixture The mixture.
 * @returns `[B, D]`.
 */
export function mixtureMean({ means, logWeights }: Omit<Mixture, "logStd">): Tensor {
  return sum(mul(means, expandDims(exp(logWeights), 2)), 1);
}

/**
 * The isotropic Gaussian with a mixture's mean and mean variance.
 *
 * @param mixture The mixture.
 * @returns Its moments.
 */
export function mixtureMoments(mixture: Mixture): Moments {
  const { means, logStd, logWeights } = mixture;
  const mean = mixtureMean(mixture);
  const between = sum(mul(squaredDistance(means, mean), exp(logWeights)), 1);
  return { mean, variance: add(exp(mul(logStd, 2)), div(between, means.shape[2]!)) };
}

/**
 * Sharpen (power above 1) or flatten a mixture: weights to a power, and the spread by its root.
 *
 * @param mixture The mixture.
 * @param power Inverse temperature, above 0.
 * @returns The mixture at that temperature; itself at 1.
 */
export function temper(mixture: Mixture, power: number): Mixture {
  if (power === 1) return mixture;
  return {
    means: mixture.means,
    logStd: sub(mixture.logStd, Math.log(power) / 2),
    logWeights: logSoftmax(mul(mixture.logWeights, power)),
  };
}

/** 1 + variance * delta, kept away from 0, `[B]`. */
function shrinkage(logStd: Tensor, delta: Operand): { readonly variance: Tensor; readonly shrink: Tensor } {
  const variance = exp(mul(logStd, 2));
  return { variance, shrink: maximum(add(mul(variance, delta), 1), SMALLEST) };
}

/**
 * Multiply a mixture by exp(eta x - delta x^2 / 2), a Gaussian in natural parameters whose precision may be negative.
 *
 * With eta and delta both 0 nothing changes, also where an explicit ratio of two Gaussians would divide 0 by 0.
 *
 * @param mixture The mixture.
 * @param eta Linear parameter, `[B, D]`.
 * @param delta Precision, a number or `[B]`.
 * @returns The normalised product.
 */
export function tilt(mixture: Mixture, eta: Tensor, delta: Operand): Mixture {
  const { means, logStd, logWeights } = mixture;
  const { variance, shrink } = shrinkage(logStd, delta);
  const moved = add(means, expandDims(mul(expandLike(variance, eta), eta), 1));
  return {
    means: div(moved, expandLike(shrink, means)),
    logStd: sub(logStd, mul(log(shrink), 0.5)),
    logWeights: logSoftmax(add(logWeights, tiltOfLogits(means, eta, delta, shrink))),
  };
}

/** What the tilt adds to the logits, `[B, K]`: mean (eta - delta mean / 2) / shrink. */
function tiltOfLogits(means: Tensor, eta: Tensor, delta: Operand, shrink: Tensor): Tensor {
  const spread = typeof delta === "number" ? delta : expandLike(delta, means);
  const pull = sub(expandDims(eta, 1), mul(means, typeof spread === "number" ? spread / 2 : mul(spread, 0.5)));
  const logits = sum(mul(means, pull), 2);
  return div(logits, expandLike(shrink, logits));
}

/**
 * Squared lengths of the means, for {@linkcode tiltedMean}.
 *
 * @param mixture The mixture.
 * @returns `[B, K]`.
 */
export function squaredMeans({ means }: Mixture): Tensor {
  return sum(square(means), 2);
}

/**
 * The mean of {@linkcode tilt} without making the means of its components, which takes a fraction of the time.
 *
 * @param mixture The mixture.
 * @param squares Squared lengths of its means.
 * @param eta Linear parameter, `[B, D]`.
 * @param delta Precision.
 * @returns `[B, D]`.
 */
export function tiltedMean(mixture: Mixture, squares: Tensor, eta: Tensor, delta: number): Tensor {
  const { means, logStd, logWeights } = mixture;
  const { variance, shrink } = shrinkage(logStd, delta);
  const along = sum(mul(means, expandDims(eta, 1)), 2);
  const logits = div(sub(along, mul(squares, delta / 2)), expandLike(shrink, along));
  const mean = mixtureMean({ means, logWeights: logSoftmax(add(logWeights, logits)) });
  return div(add(mean, mul(expandLike(variance, eta), eta)), expandLike(shrink, eta));
}

/** Upper triangle of ones without the last column, `[K, K - 1]`: sums of weights up to each component but the last. */
function cumulative(components: number): Tensor {
  const columns = components - 1;
  const entries = Float32Array.from({ length: components * columns }, (_, i) => {
    return Math.floor(i / columns) <= i % columns ? 1 : 0;
  });
  return tensor(entries, [components, columns]);
}

/** Turns a positive difference into 1 and a negative one into 0. */
const STEEP = 1e30;

/**
 * Choose one component per row with the probability of its weight; stays on the device.
 *
 * @param mixture The mixture.
 * @param uniform One uniform draw per row, `[B]` in [0, 1).
 * @returns One-hot, `[B, K]`.
 */
export function chooseComponent({ logWeights }: Pick<Mixture, "logWeights">, uniform: Tensor): Tensor {
  const [rows, components] = logWeights.shape as [number, number];
  const column = (value: number): Tensor => add(zeros([rows, 1]), value);
  if (components === 1) return column(1);
  const above = sub(matMul(exp(logWeights), cumulative(components)), expandDims(uniform, 1));
  // 1 from the component on whose share holds the draw.
  const reached = clip(mul(above, STEEP), 0, 1);
  return sub(concat([reached, column(1)], 1), concat([column(0), reached], 1));
}

/**
 * A point of a mixture from a chosen component and standard normal noise.
 *
 * @param mixture The mixture.
 * @param component One-hot, `[B, K]`.
 * @param noise Noise, `[B, D]`.
 * @returns Points, `[B, D]`.
 */
export function mixturePoint({ means, logStd }: Mixture, component: Tensor, noise: Tensor): Tensor {
  const centre = sum(mul(means, expandDims(component, 2)), 1);
  return add(centre, mul(expandLike(exp(logStd), noise), noise));
}

/** Largest inverse standard deviation of the authors' code. */
const SHARPEST = 1e4;

/**
 * Negative log-likelihood of vectors under mixtures, without D/2 log(2 pi).
 *
 * @param mixture The mixtures.
 * @param target Vectors, `[B, D]`.
 * @returns One value per row, `[B]`; it may be negative.
 */
export function mixtureNll({ means, logStd, logWeights }: Mixture, target: Tensor): Tensor {
  const inverse = mul(maximum(logStd, -Math.log(SHARPEST)), -2);
  const distance = mul(squaredDistance(means, target), expandLike(exp(inverse), logWeights));
  const density = sub(mul(distance, -0.5), mul(expandLike(logStd, logWeights), means.shape[2]!));
  return mul(logSumExp(add(logWeights, density)), -1);
}

/**
 * The same mixture with other rows beside each other, for read-outs and tests.
 *
 * @param means Means, flat, `[B, K * D]`.
 * @param components Number of components K.
 * @returns Means, `[B, K, D]`.
 */
export function splitMeans(means: Tensor, components: number): Tensor {
  const [rows, width] = means.shape as [number, number];
  return reshape(means, [rows, components, width / components]);
}
