import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/**
 * Reorder axes.
 *
 * @param x The tensor.
 * @param order Old axis at each new place; absent reverses all.
 * @returns A new tensor.
 */
export function transpose(x: Tensor, order?: readonly number[]): Tensor {
  return tf.transpose(x, order === undefined ? undefined : [...order]);
}

/**
 * View under another shape; values are shared, not copied.
 *
 * @param x The tensor.
 * @param shape New shape; one entry may be -1 and is inferred.
 * @returns A new tensor on the same values.
 */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  return tf.reshape(x, [...shape]);
}

/**
 * Add an axis of length 1.
 *
 * @param x The tensor.
 * @param axis Place of the new axis; negative counts from the last.
 * @returns A new tensor on the same values.
 */
export function expandDims(x: Tensor, axis: number): Tensor {
  return tf.expandDims(x, axis);
}

/**
 * Remove axes of length 1.
 *
 * @param x The tensor.
 * @param axes Axes to remove; absent removes all of length 1.
 * @returns A new tensor on the same values.
 */
export function squeeze(x: Tensor, axes?: readonly number[]): Tensor {
  return tf.squeeze(x, axes === undefined ? undefined : [...axes]);
}

/**
 * Join along an existing axis.
 *
 * @param tensors Tensors that agree in all other axes.
 * @param axis The axis; negative counts from the last.
 * @returns A new tensor.
 */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  return tf.concat([...tensors], axis);
}

/**
 * Join along a new axis.
 *
 * @param tensors Tensors of one shape.
 * @param axis Place of the new axis.
 * @returns A new tensor.
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  return tf.stack([...tensors], axis);
}

/**
 * Cut along an axis.
 *
 * @param x The tensor.
 * @param parts Number of equal parts, or the length of each.
 * @param axis The axis; negative counts from the last.
 * @returns New tensors.
 */
export function split(x: Tensor, parts: number | readonly number[], axis: number): Tensor[] {
  return tf.split(x, typeof parts === "number" ? parts : [...parts], axis);
}

/**
 * Cut out a block.
 *
 * @param x The tensor.
 * @param begin First index of the leading axes.
 * @param size Length of these axes; -1 means up to the end. Later axes are taken whole.
 * @returns A new tensor.
 */
export function slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor {
  const rest = x.shape.slice(begin.length);
  return tf.slice(x, [...begin, ...rest.map(() => 0)], [...size, ...rest]);
}

/**
 * Surround with a constant.
 *
 * @param x The tensor.
 * @param widths Number of entries before and after, for each axis.
 * @param value The constant.
 * @returns A new tensor.
 */
export function pad(x: Tensor, widths: readonly (readonly [number, number])[], value = 0): Tensor {
  return tf.pad(x, widths.map(([before, after]): [number, number] => [before, after]), value);
}
