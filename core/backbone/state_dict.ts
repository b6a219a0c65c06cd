import { type HostArray, hostArray } from "../host_array.ts";
import type { Entry } from "../tree.ts";

/**
 * Change the order of axes on the host.
 *
 * @param array The array.
 * @param order Axis of the input that becomes each axis of the output.
 * @returns A new array.
 */
export function permuteAxes({ data, shape }: HostArray, order: readonly number[]): HostArray {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const sizes = order.map((axis) => shape[axis]!);
  const values = Float32Array.from(data, (_, at) => {
    let [rest, from] = [at, 0];
    for (let i = sizes.length - 1; i >= 0; i--) {
      from += (rest % sizes[i]!) * strides[order[i]!]!;
      rest = Math.floor(rest / sizes[i]!);
    }
    return data[from]!;
  });
  return hostArray(values, sizes);
}

/** Affine maps `[in, out]`, filters `[h, w, in, out]`; filters over tokens are affine maps. */
function laidOut(array: HostArray): HostArray {
  if (array.shape.length === 2) return permuteAxes(array, [1, 0]);
  if (array.shape.length === 3) return permuteAxes(hostArray(array.data, array.shape.slice(0, 2)), [1, 0]);
  return array.shape.length === 4 ? permuteAxes(array, [2, 3, 1, 0]) : array;
}

function laidBack(path: string, array: HostArray): HostArray {
  if (array.shape.length === 4) return permuteAxes(array, [3, 2, 0, 1]);
  if (array.shape.length !== 2) return array;
  const matrix = permuteAxes(array, [1, 0]);
  return /\/(in_proj_weight|out_proj\/weight)$/.test(path) ? hostArray(matrix.data, [...matrix.shape, 1]) : matrix;
}

/**
 * A tensor of a PyTorch state dict as a parameter: dots become levels, affine maps `[in, out]`, filters `[h, w, in, out]`,
 * and the packed attention of U-Nets (`qkv`, `proj_out`) gets the names it has here.
 *
 * @param name Name in the state dict.
 * @param tensor The tensor; an affine map, a filter, or a vector.
 * @returns Path and layout here.
 */
export function fromStateDictEntry(name: string, tensor: HostArray): Entry<HostArray> {
  const path = name.replaceAll(".", "/");
  return [path.replace(/\/qkv\/(weight|bias)$/, "/in_proj_$1").replace(/\/proj_out\//, "/out_proj/"), laidOut(tensor)];
}

/**
 * The reverse of {@linkcode fromStateDictEntry}.
 *
 * @param path Path of a parameter.
 * @param array The parameter.
 * @returns Name and layout in the state dict.
 */
export function toStateDictEntry(path: string, array: HostArray): Entry<HostArray> {
  const name = path.replace(/\/in_proj_(weight|bias)$/, "/qkv/$1").replace(/\/out_proj\//, "/proj_out/");
  return [name.replaceAll("/", "."), laidBack(path, array)];
}
