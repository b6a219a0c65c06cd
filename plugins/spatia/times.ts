import { add, clip, div, exp, mul, type Tensor } from "../../core/mod.ts";

/** Mean and spread of the logarithm of the noise level. */
const [MEAN, SPREAD] = [-1.2, 1.2];
/** Earliest skewed time. */
const EARLIEST = 1e-4;

/**
 * Path times that lean towards the data (section 4.1): 1 / (1 + σ) with log-normal noise levels σ.
 *
 * @param normal Standard normal draws, `[B]`.
 * @returns Times in [1e-4, 1], `[B]`.
 */
export function skewedTimes(normal: Tensor): Tensor {
  const sigma = exp(add(mul(normal, SPREAD), MEAN));
  return clip(div(1, add(sigma, 1)), EARLIEST, 1);
}

/** Largest and least noise level of the grid, and the power that spaces them (Karras et al. 2022). */
const [LARGEST, LEAST, RHO] = [80, 0.002, 7];

/**
 * A grid of path times that is fine at both ends (section 4.6): 1 / (1 + σ) for falling noise levels, then 1.
 *
 * @param levels Noise levels, at least 2.
 * @returns Rising times, one more than levels; the first is not 0 but 1/81.
 */
export function edmGrid(levels: number): readonly number[] {
  const [from, to] = [LARGEST ** (1 / RHO), LEAST ** (1 / RHO)];
  const sigma = Array.from({ length: levels }, (_, i) => (from + i / (levels - 1) * (to - from)) ** RHO);
  return [...sigma.map((level) => 1 - level / (1 + level)), 1];
}
