import { tf } from "./tf.ts";
import type { Axes, Tensor } from "./types.ts";

function axisList(axes: Axes | undefined): number | number[] | undefined {
  return typeof axes === "object" ? [...axes] : axes;
}

/**
 * Sum over axes.
 *
 * @param x The tensor.
 * @param axes Axes to sum over; absent means all.
 * @param keepDims Whether these axes stay, with length 1.
 * @returns A new tensor.
 */
export function sum(x: Tensor, axes?: Axes, keepDims = false): Tensor {
  return tf.sum(x, axisList(axes), keepDims);
}

/**
 * Average over axes.
 *
 * @param x The tensor.
 * @param axes Axes to average over; absent means all.
 * @param keepDims Whether these axes stay, with length 1.
 * @returns A new tensor.
 */
export function mean(x: Tensor, axes?: Axes, keepDims = false): Tensor {
  const total = sum(x, axes, keepDims);
  return tf.mul(total, total.size / x.size);
}

/**
 * Largest value over axes; ties share the derivative in full.
 *
 * @param x The tensor.
 * @param axes Axes to reduce; absent means all.
 * @param keepDims Whether these axes stay, with length 1.
 * @returns A new tensor.
 */
export function max(x: Tensor, axes?: Axes, keepDims = false): Tensor {
  return tf.max(x, axisList(axes), keepDims);
}

/**
 * Smallest value over axes; ties share the derivative in full.
 *
 * @param x The tensor.
 * @param axes Axes to reduce; absent means all.
 * @param keepDims Whether these axes stay, with length 1.
 * @returns A new tensor.
 */
export function min(x: Tensor, axes?: Axes, keepDims = false): Tensor {
  return tf.min(x, axisList(axes), keepDims);
}

/**
 * Sum over the axes along which `shape` was broadcast, the derivative of broadcasting.
 *
 * @param x Tensor of the broadcast shape.
 * @param shape Shape before broadcasting.
 * @returns A tensor of that shape.
 */
export function sumTo(x: Tensor, shape: readonly number[]): Tensor {
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((size, i) => i < lead || (shape[i - lead] === 1 && size !== 1) ? [i] : []);
  return axes.length === 0 ? x : tf.reshape(tf.sum(x, axes), [...shape]);
}
