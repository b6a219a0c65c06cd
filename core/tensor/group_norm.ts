import { type FusedInputs, type FusedOp, runFused, together } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

interface GroupAttributes {
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

/** Values less the mean of their group, and the inverse of its standard deviation, `[B, 1, C]`. */
function centre(x: Tensor, { groups, epsilon }: GroupAttributes): readonly [centred: Tensor, inverse: Tensor] {
  const [, places, channels] = x.shape as Rows;
  const count = places * channels / groups;
  const centred = tf.sub(x, tf.div(overGroups(tf.sum(x, 1), groups), count));
  const variance = tf.div(overGroups(tf.sum(tf.square(centred), 1), groups), count);
  return [centred, tf.rsqrt(tf.add(variance, epsilon))];
}

function gradients(dy: Tensor, x: Tensor, gamma: Tensor, attributes: GroupAttributes): readonly Tensor[] {
  const { groups } = attributes;
  const [batch, places, channels] = x.shape as Rows;
  const count = places * channels / groups;
  const [centred, inverse] = centre(x, attributes);
  const flat = tf.reshape(inverse, [batch, channels]);
  const shift = tf.sum(dy, 1);
  const scale = tf.mul(tf.sum(tf.mul(dy, centred), 1), flat);
  const mean = tf.div(overGroups(tf.mul(shift, gamma), groups), count);
  const slope = tf.div(overGroups(tf.mul(scale, gamma), groups), count);
  const along = tf.mul(centred, tf.mul(slope, tf.square(inverse)));
  const dx = tf.sub(tf.mul(dy, tf.mul(inverse, gamma)), tf.add(along, tf.mul(mean, inverse)));
  return [dx, tf.sum(scale, 0), tf.sum(shift, 0)];
}

// The channels stay where they are: moving those of a group together takes longer than all of the rest.
const groupNorm_: FusedOp<GroupAttributes> = {
  name: "MorphogenGroupNorm",
  saveInputs: ["x", "gamma"],
  saveOutputs: [false],
  forward: ({ x, gamma, beta }: FusedInputs, attributes) => {
    const [centred, inverse] = centre(x!, attributes);
    return [tf.add(tf.mul(centred, tf.mul(inverse, gamma!)), beta!)];
  },
  gradient: (dy, [x, gamma], attributes) =>
    together(["x", "gamma", "beta"], () => gradients(dy, x!, gamma!, attributes)),
};

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
