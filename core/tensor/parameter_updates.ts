import { type FusedKernel, runKernel } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/** Constants of one step of Adam; rates and corrections are those of the step. */
export interface AdamConstants {
  readonly [key: string]: number;
  /** Decay of the first moment. */
  readonly beta1: number;
  /** Decay of the second moment. */
  readonly beta2: number;
  /** Factor of the root of the second moment, 1 over its bias correction. */
  readonly rootFactor: number;
  /** Added to the root. */
  readonly epsilon: number;
  /** Factor of the first moment over the root: minus the rate over the bias correction. */
  readonly moveFactor: number;
  /** Factor of the parameter in its move: minus rate times decay. */
  readonly decayFactor: number;
}

const adam_: FusedKernel<AdamConstants> = {
  name: "MorphogenAdam",
  forward: ({ gradient, first, second, value }, constants) => {
    const { beta1, beta2, rootFactor, epsilon, moveFactor, decayFactor } = constants;
    const mean = tf.add(tf.mul(first!, beta1), tf.mul(gradient!, 1 - beta1));
    const spread = tf.add(tf.mul(second!, beta2), tf.mul(tf.square(gradient!), 1 - beta2));
    const root = tf.add(tf.mul(tf.sqrt(spread), rootFactor), epsilon);
    const move = tf.mul(tf.div(mean, root), moveFactor);
    return [tf.add(move, tf.mul(value!, decayFactor)), mean, spread];
  },
};

/**
 * One step of Adam for one parameter.
 *
 * @param gradient Its gradient.
 * @param first First moment so far.
 * @param second Second moment so far.
 * @param value The parameter.
 * @param constants Constants of the step.
 * @returns What is added to the parameter, and the new moments.
 */
export function adamStep(
  gradient: Tensor,
  first: Tensor,
  second: Tensor,
  value: Tensor,
  constants: AdamConstants,
): readonly [move: Tensor, first: Tensor, second: Tensor] {
  const [move, mean, spread] = runKernel(adam_, { gradient, first, second, value }, constants);
  return [move!, mean!, spread!];
}

interface ShareAttributes {
  readonly [key: string]: number;
  readonly share: number;
}

const blend_: FusedKernel<ShareAttributes> = {
  name: "MorphogenBlend",
  forward: ({ from, to }, { share }) => [tf.add(from!, tf.mul(tf.sub(to!, from!), share))],
};

/**
 * Go a share of the way from one tensor to another.
 *
 * @param from Where to start.
 * @param to Where 1 would lead.
 * @param share Share of the way.
 * @returns `from + share (to - from)`; `from` bit for bit where both are equal.
 */
export function blend(from: Tensor, to: Tensor, share: number): Tensor {
  return runKernel(blend_, { from, to }, { share })[0]!;
}

const squares_: FusedKernel<Record<string, never>> = {
  name: "MorphogenSumOfSquares",
  forward: ({ x }) => [tf.sum(tf.square(x!))],
};

/**
 * Sum of the squares of all values.
 *
 * @param x The tensor.
 * @returns Scalar, shape `[]`.
 */
export function sumOfSquares(x: Tensor): Tensor {
  return runKernel(squares_, { x }, {})[0]!;
}
