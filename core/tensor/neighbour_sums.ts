import { type FusedOp, runFused } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/** Values of the pairs, `[N, k, h, d]`. */
function pairValues(values: Tensor, index: Tensor, heads: number): Tensor {
  const [rows, k] = index.shape as [number, number];
  const width = values.shape[1]!;
  return tf.reshape(
    tf.gather(values, tf.reshape(index, [rows * k]) as tf.Tensor1D),
    [rows, k, heads, width / heads],
  );
}

const sums_: FusedOp<Record<string, never>> = {
  name: "MorphogenNeighbourSums",
  saveInputs: ["weights", "values", "index"],
  saveOutputs: [false],
  forward: ({ weights, values, index }) => {
    const [rows, k, heads] = weights!.shape as [number, number, number];
    const pairs = pairValues(values!, index!, heads);
    const weighted = tf.mul(pairs, tf.reshape(weights!, [rows, k, heads, 1]));
    return [tf.reshape(tf.sum(weighted, 1), [rows, values!.shape[1]!])];
  },
  gradient: (dy, [weights, values, index]) => {
    const [rows, k, heads] = weights!.shape as [number, number, number];
    const width = values!.shape[1]!;
    const spread = (): Tensor => tf.reshape(dy, [rows, 1, heads, width / heads]);
    return {
      weights: () => tf.tidy(() => tf.sum(tf.mul(pairValues(values!, index!, heads), spread()), 3)),
      values: () =>
        tf.tidy(() => {
          const pairs = tf.mul(spread(), tf.reshape(weights!, [rows, k, heads, 1]));
          return tf.scatterND(
            tf.reshape(index!, [rows * k, 1]),
            tf.reshape(pairs, [rows * k, width]),
            [values!.shape[0]!, width],
          );
        }),
    };
  },
};

/**
 * Weighted sums over each row's neighbours, by head: attention after its softmax, where everyone has k neighbours.
 *
 * @param weights Weights `[N, k, h]`.
 * @param values Rows `[M, h d]`, heads beside each other.
 * @param index Rows of the neighbours, int32 `[N, k]`, values from 0 to M - 1 (not checked).
 * @returns Sums `[N, h d]`.
 * @throws {TypeError} If the shapes do not match, or the index is not int32.
 */
export function neighbourSums(weights: Tensor, values: Tensor, index: Tensor): Tensor {
  const [rows, k, heads] = weights.shape;
  if (
    weights.rank !== 3 || values.rank !== 2 || index.shape.join() !== `${rows},${k}` || index.dtype !== "int32" ||
    values.shape[1]! % heads! !== 0
  ) {
    throw new TypeError(
      `Cannot sum rows [${values.shape}] over neighbours [${index.shape}] (${index.dtype}) with weights [${weights.shape}]`,
    );
  }
  return runFused(sums_, { weights, values, index }, {});
}
