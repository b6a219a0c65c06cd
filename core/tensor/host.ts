import { breathe } from "../breathe.ts";
import { type HostArray, hostArray } from "../host_array.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

// These copy to their heap; the others keep the array they are given.
const COPYING: readonly string[] = ["wasm", "native"];

function copies(): boolean {
  return COPYING.includes(tf.getBackend());
}

/**
 * Upload numbers as a float32 tensor.
 *
 * @example Usage
 * ```ts
 * import { dataOf, dispose, tensor } from "@morphogen/morphogen";
 *
 * const points = tensor([0, 0, 1, 0.5], [2, 2]);
 * if ((await dataOf(points))[3] !== 0.5) throw new Error("not uploaded");
 * dispose([points]);
 * ```
 *
 * @param values Values in row-major order; they are copied.
 * @param shape Length of each axis; absent means a vector.
 * @returns A new tensor.
 * @throws {Error} If the shape does not hold as many values as given.
 */
export function tensor(values: ArrayLike<number>, shape?: readonly number[]): Tensor {
  const data = values instanceof Float32Array && copies() ? values : new Float32Array(values);
  return tf.tensor(data, [...shape ?? [data.length]], "float32");
}

/**
 * Upload whole numbers as an int32 tensor, for row indices and group numbers.
 *
 * @param values Values in row-major order; they are copied.
 * @param shape Length of each axis; absent means a vector.
 * @returns A new tensor.
 * @throws {Error} If the shape does not hold as many values as given.
 */
export function intTensor(values: ArrayLike<number>, shape?: readonly number[]): Tensor {
  const data = values instanceof Int32Array && copies() ? values : new Int32Array(values);
  return tf.tensor(data, [...shape ?? [data.length]], "int32");
}

/**
 * Upload a host array.
 *
 * @param array The array.
 * @returns A new float32 tensor of the same shape.
 */
export function fromHost(array: HostArray): Tensor {
  return tensor(array.data, array.shape);
}

/**
 * Read the values of a tensor.
 *
 * @param tensor The tensor, of any type.
 * @returns A copy of the values in row-major order, as float32.
 */
export async function dataOf(tensor: Tensor): Promise<Float32Array> {
  const data = new Float32Array(await tensor.data() as ArrayLike<number>);
  await breathe();
  return data;
}

/**
 * Read a tensor into a host array.
 *
 * @param tensor The tensor.
 * @returns Values and shape.
 */
export async function toHost(tensor: Tensor): Promise<HostArray> {
  const shape = [...tensor.shape];
  return hostArray(await dataOf(tensor), shape);
}
