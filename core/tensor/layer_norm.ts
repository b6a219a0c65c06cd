import { foldRows } from "./fold_rows.ts";
import { type FusedInputs, type FusedKernel, type FusedOp, runFused, runKernel, together } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

interface NormAttributes {
  readonly [key: string]: number;
  readonly epsilon: number;
}

function rowMean(x: Tensor): Tensor {
  return tf.mul(tf.sum(x, 1, true), 1 / x.shape[1]!);
}

/** Mean and scale of each row, `[rows, 2]`. */
function statistics(x: Tensor, epsilon: number): Tensor {
  const mean = rowMean(x);
  const scale = tf.rsqrt(tf.add(rowMean(tf.square(tf.sub(x, mean))), epsilon));
  return tf.concat([mean, scale], 1);
}

function unitRows(x: Tensor, stats: Tensor): Tensor {
  const [mean, scale] = tf.split(stats, 2, 1);
  return tf.mul(tf.sub(x, mean!), scale!);
}

const layerNormGrad_: FusedKernel<Record<string, never>> = {
  name: "MorphogenLayerNormGrad",
  forward: ({ dy, x, gamma, stats }: FusedInputs) => {
    const unit = unitRows(x!, stats!);
    const dUnit = tf.mul(dy!, gamma!);
    const along = tf.mul(unit, rowMean(tf.mul(dUnit, unit)));
    const scale = tf.slice(stats!, [0, 1], [-1, 1]);
    return [
      tf.mul(tf.sub(tf.sub(dUnit, rowMean(dUnit)), along), scale),
      tf.sum(tf.mul(dy!, unit), 0),
      tf.sum(dy!, 0),
    ];
  },
};

const layerNorm_: FusedOp<NormAttributes> = {
  name: "MorphogenLayerNorm",
  saveInputs: ["x", "gamma"],
  saveOutputs: [false, true],
  forward: ({ x, gamma, beta }, { epsilon }) => {
    const stats = statistics(x!, epsilon);
    return [tf.add(tf.mul(unitRows(x!, stats), gamma!), beta!), stats];
  },
  gradient: (dy, [x, gamma, stats]) =>
    together(
      ["x", "gamma", "beta"],
      () => runKernel(layerNormGrad_, { dy, x: x!, gamma: gamma!, stats: stats! }, {}),
    ),
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
  const rows = foldRows(x);
  return tf.reshape(runFused(layerNorm_, { x: rows, gamma, beta }, { epsilon }), [...x.shape]);
}
