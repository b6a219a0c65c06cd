import { tensor } from "./host.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/**
 * Make a float32 scalar.
 *
 * @param value Its value.
 * @returns A new tensor of shape `[]`.
 */
export function scalar(value: number): Tensor {
  return tf.scalar(value, "float32");
}

/**
 * Make a float32 tensor of one value.
 *
 * @param shape Output shape.
 * @param value The value.
 * @returns A new tensor.
 */
export function fill(shape: readonly number[], value: number): Tensor {
  return tf.fill([...shape], value, "float32");
}

/**
 * Make a float32 tensor of zeros.
 *
 * @param shape Output shape.
 * @returns A new tensor.
 */
export function zeros(shape: readonly number[]): Tensor {
  return fill(shape, 0);
}

/**
 * Make a float32 tensor of ones.
 *
 * @param shape Output shape.
 * @returns A new tensor.
 */
export function ones(shape: readonly number[]): Tensor {
  return fill(shape, 1);
}

/**
 * Make zeros of a given tensor's shape.
 *
 * @param like Tensor that gives the shape; values are not read.
 * @returns A new float32 tensor.
 */
export function zerosLike(like: Tensor): Tensor {
  return zeros(like.shape);
}

/**
 * Make ones of a given tensor's shape.
 *
 * @param like Tensor that gives the shape; values are not read.
 * @returns A new float32 tensor.
 */
export function onesLike(like: Tensor): Tensor {
  return ones(like.shape);
}

/**
 * Encode categories as unit rows.
 *
 * @example Usage
 * ```ts
 * import { dataOf, dispose, oneHot } from "@morphogen/morphogen";
 *
 * const rows = oneHot([1, -1], 3);
 * if ((await dataOf(rows)).join() !== "0,1,0,0,0,0") throw new Error("unexpected rows");
 * dispose([rows]);
 * ```
 *
 * @param index Category of each row; -1 (missing) gives a row of zeros.
 * @param depth Number of categories.
 * @returns A new float32 tensor of shape `[index.length, depth]`.
 * @throws {RangeError} If a category is not a whole number from -1 to `depth - 1`.
 */
export function oneHot(index: ArrayLike<number>, depth: number): Tensor {
  const data = new Float32Array(index.length * depth);
  for (let i = 0; i < index.length; i++) {
    const category = index[i]!;
    if (!Number.isInteger(category) || category < -1 || category >= depth) {
      throw new RangeError(`Cannot encode category ${category} of row ${i}: expected -1 to ${depth - 1}`);
    }
    if (category >= 0) data[i * depth + category] = 1;
  }
  return tensor(data, [index.length, depth]);
}

/**
 * Copy a tensor, so that freeing one leaves the other; the gradient passes through.
 *
 * @example Usage
 * ```ts
 * import { clone, dataOf, dispose, tensor } from "@morphogen/morphogen";
 *
 * const original = tensor([1, 2]);
 * const copy = clone(original);
 * dispose([original]);
 * if ((await dataOf(copy)).join() !== "1,2") throw new Error("the copy went with the original");
 * dispose([copy]);
 * ```
 *
 * @param x Any tensor; borrowed.
 * @returns A new tensor of the same type and shape with the same bits; the two share memory, which is not written to.
 */
export function clone(x: Tensor): Tensor {
  return tf.clone(x);
}

/**
 * Convert the type of the values.
 *
 * @param x The tensor.
 * @param dtype `"float32"`, or `"int32"` (truncates towards zero, carries no gradient).
 * @returns A new tensor of the same shape.
 */
export function cast(x: Tensor, dtype: "float32" | "int32"): Tensor {
  return tf.cast(x, dtype);
}
