import { type FusedInputs, runFused } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/** Where each value of rising keys stands, counted over all rows. */
function places(keys: Tensor): Tensor {
  const [rows, columns] = keys.shape as [number, number];
  const { indices } = tf.topk(tf.neg(keys), columns, true);
  const starts = tf.tensor2d(Int32Array.from({ length: rows }, (_, row) => row * columns), [rows, 1], "int32");
  return tf.reshape(tf.add(indices, starts), [rows * columns]);
}

const sort_ = {
  name: "MorphogenSortBy",
  saveInputs: [],
  saveOutputs: [false, true],
  forward({ values, keys }: FusedInputs): Tensor[] {
    const order = places(keys!);
    return [tf.reshape(tf.gather(tf.reshape(values!, [values!.size]), order as tf.Tensor1D), values!.shape), order];
  },
  gradient: (dy: Tensor, [order]: readonly Tensor[]) => ({
    values: (): Tensor => {
      const flat = tf.scatterND(tf.reshape(order!, [order!.size, 1]), tf.reshape(dy, [dy.size]), [dy.size]);
      return tf.reshape(flat, dy.shape);
    },
    keys: (): Tensor => tf.zeros(dy.shape),
  }),
};

/**
 * Put the values of each row in the order of rising keys; with the values for keys, sort them.
 *
 * The derivative passes through the values; the order counts as a constant, as it is almost everywhere.
 *
 * @example Usage
 * ```ts
 * import { dataOf, sortBy, tensor, tidy } from "@morphogen/morphogen";
 *
 * const sorted = tidy(() => {
 *   const x = tensor([3, 1, 2], [1, 3]);
 *   return sortBy(x, x);
 * });
 * if ((await dataOf(sorted)).join() !== "1,2,3") throw new Error("unexpected order");
 * sorted.dispose();
 * ```
 *
 * @param values Values, `[R, N]`.
 * @param keys Keys, `[R, N]`; of equal ones the first comes first.
 * @returns The values in order, `[R, N]`.
 * @throws {TypeError} If the shapes differ or are not of rank 2.
 */
export function sortBy(values: Tensor, keys: Tensor): Tensor {
  if (values.shape.length !== 2 || values.shape.join() !== keys.shape.join()) {
    throw new TypeError(
      `Cannot sort values of shape [${values.shape}] by keys of shape [${keys.shape}]: expected one shape [R, N]`,
    );
  }
  if (values.size === 0) return tf.zeros(values.shape);
  return runFused(sort_, { values, keys }, {});
}
