import { runFused } from "./fused.ts";
import { groupNorm_ } from "./group_norm_kernels.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/**
 * Normalise groups of neighbouring channels over all places to mean 0 and variance 1, then scale and shift each channel
 * (Wu and He 2018).
 *
 * @param x Input `[B, ..., C]`, channels last.
 * @param groups Number of groups; divides C.
 * @param gamma Scale `[C]`.
 * @param beta Shift `[C]`.
 * @param epsilon Added to the (biased) variance, for example 1e-5 (PyTorch's default).
 * @returns A tensor of the shape of `x`.
 * @throws {RangeError} If the groups do not divide the channels.
 * @throws {TypeError} If `gamma` or `beta` does not match the channels.
 */
export function groupNorm(x: Tensor, groups: number, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  const [batch, channels] = [x.shape[0]!, x.shape.at(-1)!];
  if (!(Number.isInteger(groups) && groups >= 1 && channels % groups === 0)) {
    throw new RangeError(
      `Cannot normalise ${channels} channels in ${groups} groups: expected a divisor of the channels`,
    );
  }
  if (gamma.shape.join() !== `${channels}` || beta.shape.join() !== `${channels}`) {
    throw new TypeError(
      `Cannot normalise the channels of [${x.shape}]: scale has shape [${gamma.shape}], shift [${beta.shape}]`,
    );
  }
  const rows = tf.reshape(x, [batch, x.size / Math.max(1, batch * channels), channels]);
  return tf.reshape(runFused(groupNorm_, { x: rows, gamma, beta }, { groups, epsilon }), [...x.shape]);
}
