import type { Rng } from "../rng/mod.ts";
import {
  add,
  concat,
  cos,
  layerNorm,
  linear,
  mul,
  ones,
  reshape,
  sin,
  sub,
  type Tensor,
  tensor,
  zeros,
} from "../tensor/mod.ts";
import { type Params, tensorAt } from "../tree.ts";

/** PyTorch's layer-norm epsilon, which the published networks use. */
const LAYER_NORM_EPSILON = 1e-5;

/**
 * Uniform draws in [-bound, bound).
 *
 * @param rng Stream.
 * @param shape Output shape.
 * @param bound Half width.
 * @returns A new tensor.
 */
export function symmetricUniform(rng: Rng, shape: readonly number[], bound: number): Tensor {
  return mul(sub(mul(rng.uniform(shape), 2), 1), bound);
}

/**
 * Parameters of an affine map with PyTorch's default start: weight and bias uniform within 1/sqrt(inputs).
 *
 * @param rng Stream.
 * @param inputs Width in.
 * @param outputs Width out.
 * @param gain Factor of the weights' bound.
 * @returns `{ weight: [in, out], bias: [out] }`.
 */
export function linearParams(rng: Rng, inputs: number, outputs: number, gain = 1): Params {
  const bound = 1 / Math.sqrt(inputs);
  return {
    weight: symmetricUniform(rng.fold("weight"), [inputs, outputs], gain * bound),
    bias: symmetricUniform(rng.fold("bias"), [outputs], bound),
  };
}

/**
 * Apply an affine map to the last axis.
 *
 * @param params `{ weight, bias }` at `path`.
 * @param path Where the layer lies in `params`.
 * @param x Input, `[..., in]`.
 * @returns Output, `[..., out]`.
 */
export function applyLinear(params: Params, path: string, x: Tensor): Tensor {
  return linear(x, tensorAt(params, `${path}/weight`), tensorAt(params, `${path}/bias`));
}

/**
 * Parameters of a layer norm: scale 1, shift 0.
 *
 * @param width Normalised width.
 * @returns `{ weight: [width], bias: [width] }`.
 */
export function layerNormParams(width: number): Params {
  return { weight: ones([width]), bias: zeros([width]) };
}

/**
 * Normalise the last axis to mean 0 and variance 1 (biased, epsilon 1e-5), then scale and shift.
 *
 * @param params `{ weight, bias }` at `path`.
 * @param path Where the layer lies in `params`.
 * @param x Input, `[..., width]`.
 * @returns Output of the same shape.
 */
export function applyLayerNorm(params: Params, path: string, x: Tensor): Tensor {
  return layerNorm(x, tensorAt(params, `${path}/weight`), tensorAt(params, `${path}/bias`), LAYER_NORM_EPSILON);
}

/**
 * Cosines, then sines, of t times the whole numbers 0 .. count-1 (radians): the time features of NicheFlow.
 *
 * @param t Path times, `[B]`.
 * @param count Number of frequencies.
 * @returns Features, `[B, 2 * count]`.
 */
export function integerTimeFeatures(t: Tensor, count: number): Tensor {
  const frequencies = tensor(Float32Array.from({ length: count }, (_, k) => k), [1, count]);
  const angles = mul(reshape(t, [t.size, 1]), frequencies);
  return concat([cos(angles), sin(angles)], 1);
}

/**
 * Repeat one vector per row for each of its points.
 *
 * @param rows Vectors, `[B, E]`.
 * @param points Number of points.
 * @returns `[B, points, E]`.
 */
export function spreadOverPoints(rows: Tensor, points: number): Tensor {
  const [batch, width] = rows.shape as [number, number];
  return add(reshape(rows, [batch, 1, width]), zeros([batch, points, width]));
}
