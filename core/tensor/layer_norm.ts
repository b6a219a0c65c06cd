import { foldRows } from "./fold_rows.ts";
import { runFused } from "./fused.ts";
import { layerNorm_ } from "./layer_norm_kernels.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/**
 * Normalise the last axis to mean 0 and variance 1, then scale and shift (Ba, Kiros, Hinton 2016).
 *
 * @param x Input `[..., n]`.
 * @param gamma Scale `[n]`.
 * @param beta Shift `[n]`.
 * @param epsilon Added to the (biased) variance, for example 1e-5 (PyTorch's default).
 * @returns A tensor of the shape of `x`.
 * @throws {TypeError} If `gamma` or `beta` does not match the last axis.
 */
export function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  const size = x.shape.at(-1)!;
  if (gamma.rank !== 1 || beta.rank !== 1 || gamma.size !== size || beta.size !== size) {
    throw new TypeError(
      `Cannot normalise the last axis of [${x.shape}]: scale has shape [${gamma.shape}], shift [${beta.shape}]`,
    );
  }
  const rows = foldRows(x);
  return tf.reshape(runFused(layerNorm_, { x: rows, gamma, beta }, { epsilon }), [...x.shape]);
}
