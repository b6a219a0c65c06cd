import { type FusedInputs, type FusedKernel, type FusedOp, runKernel, together } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/** Constant of a layer norm. */
export interface NormAttributes {
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

/** Derivatives with respect to rows, scale and shift; inputs `dy`, `x`, `gamma`, `stats`. */
export const layerNormGrad_: FusedKernel<Record<string, never>> = {
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

/** Layer norm of the rows of a matrix; inputs `x`, `gamma`, `beta`, outputs the result and its statistics `[rows, 2]`. */
export const layerNorm_: FusedOp<NormAttributes> = {
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
