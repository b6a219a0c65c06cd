import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/**
 * Fold the leading axes into rows.
 *
 * @param x Tensor of at least 1 axis.
 * @returns The same values, shape `[rows, x.shape.at(-1)]`, also where there are none.
 */
export function foldRows(x: Tensor): Tensor {
  const rows = x.shape.slice(0, -1).reduce((product, size) => product * size, 1);
  return tf.reshape(x, [rows, x.shape.at(-1)!]);
}
