import { type FusedInputs, type FusedKernel, type FusedOp, runFused, runKernel } from "./fused.ts";
import { sumTo } from "./reduce.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

interface SoftmaxAttributes {
  readonly [key: string]: readonly number[];
  readonly maskShape: readonly number[];
}

const softmaxGrad_: FusedKernel<Record<string, never>> = {
  name: "MorphogenSoftmaxGrad",
  forward: ({ dy, y }) => {
    const weighted = tf.mul(dy!, y!);
    return [tf.sub(weighted, tf.mul(y!, tf.sum(weighted, -1, true)))];
  },
};

/**
 * Derivative of the softmax.
 *
 * @param dy Derivative with respect to the weights.
 * @param y The weights.
 * @returns Derivative with respect to the scores.
 */
export function softmaxGrad(dy: Tensor, y: Tensor): Tensor {
  return runKernel(softmaxGrad_, { dy, y }, {})[0]!;
}

const softmax_: FusedOp<SoftmaxAttributes> = {
  name: "MorphogenSoftmax",
  saveInputs: [],
  saveOutputs: [true],
  forward: ({ x, mask }) => [tf.softmax(mask === undefined ? x! : tf.add(x!, mask))],
  gradient: (dy, [y], { maskShape }) => {
    const gradient = (): Tensor => softmaxGrad(dy, y!);
    return { x: gradient, mask: () => sumTo(gradient(), maskShape) };
  },
};

/**
 * Normalised exponentials along the last axis.
 *
 * @param x Scores `[..., n]`.
 * @param mask Added to the scores first, broadcast to their shape: 0 keeps an entry, -1e9 drops it. A row with every
 * entry at -1e9 stays finite.
 * @returns Weights that sum to 1 along the last axis.
 */
export function softmax(x: Tensor, mask?: Tensor): Tensor {
  return runFused(softmax_, mask === undefined ? { x } : { x, mask }, { maskShape: [...mask?.shape ?? []] });
}

// The second output, e ** (x - y), is the derivative.
const logSumExp_ = {
  name: "MorphogenLogSumExp",
  saveInputs: [],
  saveOutputs: [false, true],
  forward: ({ x }: FusedInputs) => {
    const top = tf.max(x!, -1, true);
    const total = tf.sum(tf.exp(tf.sub(x!, top)), -1, true);
    return [tf.squeeze(tf.add(top, tf.log(total)), [-1]), tf.softmax(x!)];
  },
  gradient: (dy: Tensor, [weights]: readonly Tensor[]) => ({ x: () => tf.mul(tf.expandDims(dy, -1), weights!) }),
};

/**
 * Logarithm of the sum of exponentials along the last axis, without overflow.
 *
 * @param x Scores `[..., n]` with at least one finite entry per row.
 * @returns `ln sum e ** x`, shape `[...]`.
 */
export function logSumExp(x: Tensor): Tensor {
  return runFused(logSumExp_, { x }, {});
}
