import {
  add,
  clip,
  div,
  expandLike,
  maximum,
  mean,
  minimum,
  mul,
  ones,
  reshape,
  sqrt,
  square,
  sub,
  type Tensor,
} from "../../core/mod.ts";
import { type Mixture, type Moments, tilt } from "./mixture.ts";

/** Smallest power, variance and divisor of the authors' code. */
const SMALLEST = 1e-6;

/**
 * Mean over the rows of an item, given to each of them: the pixels of an image share one variance. With one row an item it
 * is the value itself.
 *
 * @param values One value per row, `[B]`, items one after the other.
 * @param rows Rows of an item.
 * @returns `[B]`.
 */
export function meanOverItem(values: Tensor, rows: number): Tensor {
  if (rows === 1) return values;
  const items = mean(reshape(values, [values.size / rows, rows]), 1, true);
  return reshape(mul(items, ones([1, rows])), [values.size]);
}

/** Mean square over the coordinates, then the rows of an item, `[B]`. */
export function power(vectors: Tensor, rows: number): Tensor {
  return meanOverItem(mean(square(vectors), 1), rows);
}

/** How strongly, and in which directions, a condition is overstated. */
export interface GuidanceOptions {
  /** Scale g in [0, 1): the share of the standard deviation by which the mean moves; 0 is plain sampling. */
  readonly scale: number;
  /** Share of the bias along the conditional mean that is taken out; 1 in the paper. @default {1} */
  readonly orthogonal?: number;
  /** Rows that share a variance, see {@linkcode meanOverItem}. @default {1} */
  readonly itemRows?: number;
}

/**
 * The move of the mean under probabilistic guidance (Chen et al. 2025, section 3.3).
 *
 * @param given Moments of x0 under the condition, variance averaged over the item.
 * @param none Mean of x0 without it, `[B, D]`.
 * @param options Scale and directions.
 * @returns Bias to add to the conditional mean, `[B, D]`.
 */
export function guidanceBias({ mean: given, variance }: Moments, none: Tensor, options: GuidanceOptions): Tensor {
  const { scale, orthogonal = 1, itemRows = 1 } = options;
  const whole = sub(given, none);
  const along = meanOverItem(mean(mul(whole, given), 1), itemRows);
  const share = mul(div(along, maximum(power(given, itemRows), SMALLEST)), orthogonal);
  const bias = orthogonal === 0 ? whole : sub(whole, mul(expandLike(share, given), given));
  const stretch = mul(sqrt(div(variance, maximum(power(bias, itemRows), SMALLEST))), scale);
  return mul(bias, expandLike(stretch, bias));
}

/**
 * Multiply a mixture by the ratio of two Gaussians, so that its own moments move from one to the other.
 *
 * In natural parameters: where nothing moves, nothing changes, while a ratio formed explicitly with a clamped divisor pulls
 * towards the origin once the variance is small.
 *
 * @param mixture The mixture.
 * @param from Its moments.
 * @param to Where they shall move.
 * @returns The product.
 */
export function moveMoments(mixture: Mixture, from: Moments, to: Moments): Mixture {
  const by = ({ variance }: Moments, vector: Tensor): Tensor => div(vector, expandLike(variance, vector));
  const one = ones(from.variance.shape);
  return tilt(mixture, sub(by(to, to.mean), by(from, from.mean)), sub(div(one, to.variance), div(one, from.variance)));
}

/**
 * Guided moments: the mean moves by the bias, the variance shrinks by 1 - g^2.
 *
 * @param given Conditional moments.
 * @param bias Of {@linkcode guidanceBias}.
 * @param scale Scale g.
 * @returns The moments.
 */
export function guidedMoments({ mean: given, variance }: Moments, bias: Tensor, scale: number): Moments {
  return { mean: add(given, bias), variance: mul(variance, 1 - scale * scale) };
}

/**
 * Moments moved by a bias that may not be longer than the standard deviation; what the bias explains leaves the variance.
 *
 * @param base Moments to move.
 * @param bias Bias, `[B, D]`.
 * @param itemRows Rows that share a variance.
 * @returns The moments.
 */
export function biasedMoments({ mean: base, variance }: Moments, bias: Tensor, itemRows: number): Moments {
  const spent = power(bias, itemRows);
  const fit = sqrt(minimum(div(variance, maximum(spent, SMALLEST)), 1));
  const left = clip(sub(1, div(spent, maximum(variance, SMALLEST))), SMALLEST, 1);
  return { mean: add(base, mul(bias, expandLike(fit, bias))), variance: mul(variance, left) };
}
