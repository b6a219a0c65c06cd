import { type FusedInputs, type FusedKernel, type FusedOp, runKernel, together } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/** Constants of a group norm. */
export interface GroupNormAttributes {
  readonly [key: string]: number;
  readonly groups: number;
  readonly epsilon: number;
}

type Rows = [batch: number, places: number, channels: number];

/** Sums of each channel, `[B, C]`, added up within groups and given back to each channel, `[B, 1, C]`. */
function overGroups(sums: Tensor, groups: number): Tensor {
  const [batch, channels] = sums.shape as [number, number];
  const size = channels / groups;
  const grouped = tf.sum(tf.reshape(sums, [batch, groups, size]), 2, true);
  return tf.reshape(tf.tile(grouped, [1, 1, size]), [batch, 1, channels]);
}

/** Values in a group. */
function countOf(x: Tensor, groups: number): number {
  const [, places, channels] = x.shape as Rows;
  return places * channels / groups;
}

/** Mean and inverse deviation of each channel's group, `[B, 1, C]` each. */
function splitStatistics(stats: Tensor): readonly [mean: Tensor, inverse: Tensor] {
  return tf.split(stats, 2, 1) as [Tensor, Tensor];
}

/** Derivatives with respect to values, scale and shift; inputs `dy`, `x`, `gamma`, `stats`. */
export const groupNormGrad_: FusedKernel<GroupNormAttributes> = {
  name: "MorphogenGroupNormGrad",
  forward: ({ dy, x, gamma, stats }: FusedInputs, { groups }) => {
    const count = countOf(x!, groups);
    const [mean, inverse] = splitStatistics(stats!);
    const unit = tf.mul(tf.sub(x!, mean), inverse);
    const shift = tf.sum(dy!, 1);
    const scale = tf.sum(tf.mul(dy!, unit), 1);
    const along = tf.div(overGroups(tf.mul(scale, gamma!), groups), count);
    const across = tf.div(overGroups(tf.mul(shift, gamma!), groups), count);
    const dUnit = tf.sub(tf.sub(tf.mul(dy!, gamma!), across), tf.mul(unit, along));
    return [tf.mul(dUnit, inverse), tf.sum(scale, 0), tf.sum(shift, 0)];
  },
};

/**
 * Group norm of images with their places in one axis; inputs `x` `[B, P, C]`, `gamma`, `beta`, outputs the result and
 * mean and inverse deviation of each channel's group, `[B, 2, C]`.
 *
 * The channels stay where they are: moving those of a group together takes longer than all of the rest.
 */
export const groupNorm_: FusedOp<GroupNormAttributes> = {
  name: "MorphogenGroupNorm",
  saveInputs: ["x", "gamma"],
  saveOutputs: [false, true],
  forward: ({ x, gamma, beta }, { groups, epsilon }) => {
    const count = countOf(x!, groups);
    const mean = tf.div(overGroups(tf.sum(x!, 1), groups), count);
    const centred = tf.sub(x!, mean);
    const variance = tf.div(overGroups(tf.sum(tf.square(centred), 1), groups), count);
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    return [tf.add(tf.mul(centred, tf.mul(inverse, gamma!)), beta!), tf.concat([mean, inverse], 1)];
  },
  gradient: (dy, [x, gamma, stats], attributes) =>
    together(
      ["x", "gamma", "beta"],
      () => runKernel(groupNormGrad_, { dy, x: x!, gamma: gamma!, stats: stats! }, attributes),
    ),
};
