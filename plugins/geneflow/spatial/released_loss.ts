import {
  abs,
  add,
  averagePool2d,
  conv2d,
  mean,
  mul,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from "../../../core/mod.ts";
import { greyImages, sobel } from "./sobel.ts";

/** Factors of reduction at which gradients are compared. */
const SCALES = [1, 2, 4] as const;
const EPSILON = 1e-8;
/** Side of the patches whose statistics are compared, and their distance. */
const [PATCH, STRIDE] = [16, 8];
const TEXTURE_WEIGHT = 0.5;
const VARIANCE_WEIGHT = 0.5;

/**
 * Length of the Sobel gradient.
 *
 * @param grey Grey images, `[B, H, W, 1]`.
 * @returns `[B, H, W, 1]`.
 */
export function gradientMagnitude(grey: Tensor): Tensor {
  return sqrt(add(sum(square(sobel(grey)), 3, true), EPSILON));
}

/** Mean of squares of pixels; rows and columns that do not fill one are left out. */
function pooled(images: Tensor, factor: number): Tensor {
  if (factor === 1) return images;
  const [, height, width] = images.shape as [number, number, number];
  const whole = (size: number): number => size - size % factor;
  return averagePool2d(slice(images, [0, 0, 0], [-1, whole(height), whole(width)]), factor);
}

/** Mean and unbiased variance of each channel over patches, `[B, n, m, C]` each. */
export interface PatchMoments {
  /** Means. */
  readonly mean: Tensor;
  /** Variances. */
  readonly variance: Tensor;
}

/**
 * Statistics of patches of 16 x 16 pixels at every eighth pixel.
 *
 * @param images Images, `[B, H, W, C]`, sides of at least 16.
 * @returns Mean and variance of each channel.
 */
export function patchMoments(images: Tensor): PatchMoments {
  const channels = images.shape[3]!;
  const count = PATCH ** 2;
  // Each channel by itself.
  const filter = new Float32Array(count * channels * channels);
  for (let at = 0; at < count; at++) {
    for (let c = 0; c < channels; c++) filter[(at * channels + c) * channels + c] = 1 / count;
  }
  const over = (values: Tensor): Tensor =>
    conv2d(values, tensor(filter, [PATCH, PATCH, channels, channels]), undefined, { stride: STRIDE });
  const average = over(images);
  return { mean: average, variance: mul(sub(over(square(images)), square(average)), count / (count - 1)) };
}

function meanGap(a: Tensor, b: Tensor): Tensor {
  return mean(abs(sub(a, b)));
}

/** The two terms of the loss, unweighted; scalars. */
export interface ReleasedTerms {
  /** Mean difference of gradient lengths at scale s, times 1 / s, summed over scales. */
  readonly gradient: Tensor;
  /** Mean difference of patch means, plus half that of patch variances. */
  readonly texture: Tensor;
}

/**
 * The terms of the gradient and texture loss as the released program has it.
 *
 * @param generated Images, `[B, H, W, C]`, sides of at least 16.
 * @param real Images of the same shape.
 * @returns Scalars.
 */
export function releasedTerms(generated: Tensor, real: Tensor): ReleasedTerms {
  const [made, truth] = [greyImages(generated), greyImages(real)];
  const gradient = SCALES
    .map((s) => mul(meanGap(gradientMagnitude(pooled(made, s)), gradientMagnitude(pooled(truth, s))), 1 / s))
    .reduce((a, b) => add(a, b));
  const [a, b] = [patchMoments(generated), patchMoments(real)];
  return { gradient, texture: add(meanGap(a.mean, b.mean), mul(meanGap(a.variance, b.variance), VARIANCE_WEIGHT)) };
}

/**
 * The gradient and texture loss as the released program has it, but with a gradient (the program detaches the images).
 *
 * @param generated Images, `[B, H, W, C]`, sides of at least 16.
 * @param real Images of the same shape.
 * @returns Scalar.
 */
export function releasedSpatialLoss(generated: Tensor, real: Tensor): Tensor {
  const { gradient, texture } = releasedTerms(generated, real);
  return add(gradient, mul(texture, TEXTURE_WEIGHT));
}
