import { type HostArray, hostArray, type NumericArray } from "../../core/host_array.ts";
import { dataOf, dispose, fromHost, type Tensor, tidy } from "../../core/tensor/mod.ts";
import { disposeTree, mapTree, type Params, type Tree } from "../../core/tree.ts";
import { flat } from "../vectors/arrays.ts";

/** Upload nested lists. */
export function tensorOf(values: readonly unknown[]): Tensor {
  const shape: number[] = [];
  for (let level: unknown = values; Array.isArray(level); level = level[0]) shape.push(level.length);
  return fromHost(hostArray(Float32Array.from(flat(values)), shape));
}

/** Upload a host array of any type as float32. */
export function upload({ data, shape }: HostArray<NumericArray>): Tensor {
  return fromHost(hostArray(Float32Array.from(data), shape));
}

/** Upload a tree of host arrays. */
export function uploadTree(tree: Tree<HostArray>): Params {
  return mapTree<HostArray, Tensor>(fromHost, tree);
}

/**
 * Evaluate tensors and read them; nothing stays on the device.
 *
 * @param fn Makes the tensors.
 * @returns Values by name.
 */
export async function read<K extends string>(
  fn: () => Readonly<Record<K, Tensor>>,
): Promise<Readonly<Record<K, Float32Array>>> {
  const tensors = tidy(fn);
  const pairs = await Promise.all(
    Object.entries<Tensor>(tensors).map(async ([name, tensor]) => [name, await dataOf(tensor)] as const),
  );
  disposeTree(tensors as Params);
  return Object.fromEntries(pairs) as Record<K, Float32Array>;
}

/**
 * Lend tensors to asynchronous work and free them afterwards.
 *
 * @param make Makes a record of tensors.
 * @param work Uses them.
 * @returns What `work` returned.
 */
export async function withTensors<T extends Readonly<Record<string, Tensor>>, R>(
  make: () => T,
  work: (tensors: T) => Promise<R>,
): Promise<R> {
  const tensors = tidy(make);
  try {
    return await work(tensors);
  } finally {
    dispose(Object.values(tensors));
  }
}
