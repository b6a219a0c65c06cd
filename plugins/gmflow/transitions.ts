import {
  add,
  div,
  exp,
  expandDims,
  expandLike,
  log,
  maximum,
  mul,
  type Operand,
  sqrt,
  square,
  sub,
  type Tensor,
} from "../../core/mod.ts";
import { type Mixture, tilt } from "./mixture.ts";

/** Smallest noise level, variance and divisor of the authors' code. */
const SMALLEST = 1e-6;

/** A number as it is, one value per row with the rank of `like`. */
function rowwise(value: Operand, like: Tensor): Operand {
  return typeof value === "number" ? value : expandLike(value, like);
}

function times(a: Operand, b: Operand): Operand {
  return typeof a === "number" && typeof b === "number" ? a * b : mul(a, b);
}

function over(a: Operand, b: Operand): Operand {
  return typeof a === "number" && typeof b === "number" ? a / b : div(a, b);
}

function minus(a: Operand, b: Operand): Operand {
  return typeof a === "number" && typeof b === "number" ? a - b : sub(a, b);
}

function squared(a: Operand): Operand {
  return typeof a === "number" ? a * a : square(a);
}

function atLeast(a: Operand, low: number): Operand {
  return typeof a === "number" ? Math.max(a, low) : maximum(a, low);
}

function logOf(a: Operand): Operand {
  return typeof a === "number" ? Math.log(a) : log(a);
}

/**
 * The mixture of clean cells that a mixture of velocities stands for: x0 = x - sigma u.
 *
 * @param velocity Mixture of velocities u = noise - data.
 * @param x State at noise level sigma, `[B, D]`.
 * @param sigma Noise level in [0, 1], a number or `[B]`.
 * @returns Mixture of x0.
 */
export function velocityToEnd({ means, logStd, logWeights }: Mixture, x: Tensor, sigma: Operand): Mixture {
  return {
    means: sub(expandDims(x, 1), mul(means, rowwise(sigma, means))),
    logStd: add(logStd, logOf(atLeast(sigma, SMALLEST))),
    logWeights,
  };
}

/**
 * The reverse of {@linkcode velocityToEnd}; sigma must not be 0.
 *
 * @param end Mixture of x0.
 * @param x State at noise level sigma, `[B, D]`.
 * @param sigma Noise level in (0, 1], a number or `[B]`.
 * @returns Mixture of velocities.
 */
export function endToVelocity({ means, logStd, logWeights }: Mixture, x: Tensor, sigma: Operand): Mixture {
  const level = atLeast(sigma, SMALLEST);
  return {
    means: div(sub(expandDims(x, 1), means), rowwise(level, means)),
    logStd: sub(logStd, logOf(level)),
    logWeights,
  };
}

/**
 * Add noise from a lower to a higher level, as the diffusion would.
 *
 * @param x State at `low`, `[B, D]`.
 * @param low Noise level, a number or `[B]`.
 * @param high Noise level of at least `low`.
 * @param noise Standard normal noise, `[B, D]`.
 * @returns State at `high`.
 */
export function forwardTransition(x: Tensor, low: Operand, high: Operand, noise: Tensor): Tensor {
  const keep = over(minus(1, high), minus(1, low));
  const variance = minus(squared(high), squared(times(keep, low)));
  const spread = typeof variance === "number" ? Math.sqrt(Math.max(variance, 0)) : sqrt(maximum(variance, 0));
  return add(mul(x, rowwise(keep, x)), mul(noise, rowwise(spread, noise)));
}

/** Weights of state, end state and noise in a reverse transition: x_low = c1 x_high + c2 x0 + sqrt(c3) noise. */
export interface ReverseWeights {
  /** Of the state at the higher level. */
  readonly c1: Operand;
  /** Of the clean cell. */
  readonly c2: Operand;
  /** Variance of the noise. */
  readonly c3: Operand;
}

/**
 * Weights of the reverse transition between two noise levels (Chen et al. 2025, equation 6).
 *
 * @param low Lower noise level, a number or `[B]`.
 * @param high Higher noise level.
 * @returns The weights.
 */
export function reverseWeights(low: Operand, high: Operand): ReverseWeights {
  const level = over(low, atLeast(high, SMALLEST));
  const keep = over(minus(1, high), atLeast(minus(1, low), SMALLEST));
  const beta = minus(1, squared(times(level, keep)));
  return { c1: times(squared(level), keep), c2: times(beta, minus(1, low)), c3: times(beta, squared(low)) };
}

/**
 * Noise variance of a reverse step from the mean of x0 instead of a sample of it: the larger choice of Ho et al. 2020, which
 * is exact for data of unit variance. The smaller one is `c3` of {@linkcode reverseWeights}.
 *
 * @param low Lower noise level.
 * @param high Higher noise level.
 * @returns Variance at `low`.
 */
export function diffusionVariance(low: number, high: number): number {
  const keep = (1 - high) / (1 - low);
  const norm = (level: number): number => (1 - level) ** 2 + level ** 2;
  return (high ** 2 - (keep * low) ** 2) * norm(low) / norm(high);
}

/** log(exp(a) + exp(b)), entry by entry. */
function logAddExp(a: Tensor, b: Operand): Tensor {
  const top = maximum(a, b);
  return add(top, log(add(exp(sub(a, top)), exp(sub(b, top)))));
}

/**
 * The law of the state at a lower noise level, given the state at a higher one and the mixture of clean cells there.
 *
 * @param end Mixture of x0 predicted at the higher level.
 * @param x State there, `[B, D]`.
 * @param low Lower noise level, a number or `[B]`.
 * @param high Higher noise level.
 * @returns Mixture of the state at `low`.
 */
export function reverseTransition(end: Mixture, x: Tensor, low: Operand, high: Operand): Mixture {
  const { c1, c2, c3 } = reverseWeights(low, high);
  const { means, logStd, logWeights } = end;
  const fixed = mul(x, rowwise(c1, x));
  return {
    means: add(expandDims(fixed, 1), mul(means, rowwise(c2, means))),
    logStd: mul(
      logAddExp(mul(add(logStd, logOf(atLeast(c2, SMALLEST))), 2), logOf(atLeast(c3, SMALLEST))),
      0.5,
    ),
    logWeights,
  };
}

/** Precision and linear parameter by which one state of a trajectory speaks against another, see {@linkcode rebase}. */
export interface Evidence {
  /** (alpha / sigma)^2 there, minus the same here. */
  readonly delta: Operand;
  /** alpha x / sigma^2 there, minus the same here, `[B, D]`. */
  readonly eta: Tensor;
}

/** A state and its noise level. */
export interface TrajectoryPoint {
  /** State, `[B, D]`. */
  readonly x: Tensor;
  /** Noise level in (0, 1], a number or `[B]`. */
  readonly sigma: Operand;
}

/**
 * What a second point of a trajectory says about the clean cell beyond a first one.
 *
 * @param from Where a mixture of x0 was predicted.
 * @param to Where it is wanted.
 * @returns Natural parameters of the Gaussian ratio.
 */
export function evidence(from: TrajectoryPoint, to: TrajectoryPoint): Evidence {
  const level = ({ sigma }: TrajectoryPoint): Operand => atLeast(sigma, SMALLEST);
  const precision = (point: TrajectoryPoint): Operand => squared(over(minus(1, point.sigma), level(point)));
  const pull = (point: TrajectoryPoint): Tensor =>
    mul(point.x, rowwise(over(minus(1, point.sigma), squared(level(point))), point.x));
  return { delta: minus(precision(to), precision(from)), eta: sub(pull(to), pull(from)) };
}

/**
 * The mixture of x0 seen from another point of the same trajectory, without the network (Chen et al. 2025, GM-ODE).
 *
 * @param end Mixture of x0 predicted at `from`.
 * @param from Where it was predicted.
 * @param to Where it is wanted.
 * @returns Mixture of x0 at `to`; `end` itself if both are one point.
 */
export function rebase(end: Mixture, from: TrajectoryPoint, to: TrajectoryPoint): Mixture {
  const { eta, delta } = evidence(from, to);
  return tilt(end, eta, delta);
}

/**
 * Noise levels of a grid of steps: 1 - i / steps, moved towards noise by a shift above 1.
 *
 * @param steps Number of steps.
 * @param shift Factor h of h s / (1 + (h - 1) s); 1 leaves the levels alone.
 * @returns Levels from 1 to 0, one more than steps.
 */
export function noiseLevels(steps: number, shift = 1): number[] {
  return Array.from({ length: steps + 1 }, (_, i) => shifted(1 - i / steps, shift));
}

/**
 * Move a noise level towards noise.
 *
 * @param level Level in [0, 1].
 * @param shift Factor h; 1 leaves it alone.
 * @returns h s / (1 + (h - 1) s).
 */
export function shifted(level: number, shift: number): number {
  return (shift * level) / (1 + (shift - 1) * level);
}
