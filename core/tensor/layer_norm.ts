import { type FusedInputs, runFused } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

interface NormAttributes {
  readonly [key: string]: number;
  readonly epsilon: number;
}

function rowMean(x: Tensor): Tensor {
  return tf.mul(tf.sum(x, 1, true), 1 / x.shape[1]!);
}

const layerNorm_ = {
  name: "MorphogenLayerNorm",
  saveInputs: ["gamma"],
  saveOutputs: [false, true, true],
  forward: ({ x, gamma, beta }: FusedInputs, { epsilon }: NormAttributes) => {
    const centred = tf.sub(x!, rowMean(x!));
    const scale = tf.rsqrt(tf.add(rowMean(tf.square(centred)), epsilon));
    const unit = tf.mul(centred, scale);
    return [tf.add(tf.mul(unit, gamma!), beta!), unit, scale];
  },
  gradient: (dy: Tensor, [gamma, unit, scale]: readonly Tensor[]) => ({
    x: () => {
      const dUnit = tf.mul(dy, gamma!);
      const along = tf.mul(unit!, rowMean(tf.mul(dUnit, unit!)));
      return tf.mul(tf.sub(tf.sub(dUnit, rowMean(dUnit)), along), scale!);
    },
    gamma: () => tf.sum(tf.mul(dy, unit!), 0),
    beta: () => tf.sum(dy, 0),
  }),
};

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
  const rows = tf.reshape(x, [-1, size]);
  return tf.reshape(runFused(layerNorm_, { x: rows, gamma, beta }, { epsilon }), [...x.shape]);
}
