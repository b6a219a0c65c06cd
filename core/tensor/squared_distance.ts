import { type FusedInputs, type FusedKernel, runFused, runKernel, together } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

function differences(points: Tensor, x: Tensor): Tensor {
  return tf.sub(points, tf.expandDims(x, 1));
}

const squaredDistanceGrad_: FusedKernel<Record<string, never>> = {
  name: "MorphogenSquaredDistanceGrad",
  forward: ({ dy, points, x }) => [tf.mul(differences(points!, x!), tf.expandDims(tf.mul(dy!, 2), 2))],
};

// The difference is made again for the derivative: holding it would take as much memory as the points themselves.
const squaredDistance_ = {
  name: "MorphogenSquaredDistance",
  saveInputs: ["points", "x"],
  saveOutputs: [false],
  forward: ({ points, x }: FusedInputs) => [tf.sum(tf.square(differences(points!, x!)), 2)],
  gradient: (dy: Tensor, [points, x]: readonly Tensor[]) => {
    const { points: towardsPoints } = together(
      ["points"],
      () => runKernel(squaredDistanceGrad_, { dy, points: points!, x: x! }, {}),
    );
    return { points: towardsPoints!, x: () => tf.neg(tf.sum(towardsPoints!(), 1)) };
  },
};

/**
 * Squared Euclidean distance from each of a row's points to that row's vector.
 *
 * @param points Points, `[B, K, D]`.
 * @param x Vectors, `[B, D]`.
 * @returns Distances, `[B, K]`, in squared units of the points.
 * @throws {TypeError} If the shapes do not agree.
 */
export function squaredDistance(points: Tensor, x: Tensor): Tensor {
  if (points.rank !== 3 || x.rank !== 2 || points.shape[0] !== x.shape[0] || points.shape[2] !== x.shape[1]) {
    throw new TypeError(
      `Cannot measure distances from points [${points.shape}] to [${x.shape}]: expected [B, K, D] and [B, D]`,
    );
  }
  return runFused(squaredDistance_, { points, x }, {});
}
