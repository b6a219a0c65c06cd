import { CheckpointError } from "../errors.ts";
import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";
import { readSafetensors, writeSafetensors } from "../io/safetensors.ts";
import { entries, fromEntries, mapTree, type Tree } from "../tree.ts";

/** A tree of float32 host arrays. */
export type HostTree = Tree<HostArray>;

/** Metadata key of the structure: the tree as JSON with each leaf replaced by its tensor's name. */
const STRUCTURE = "structure";

/** A tree that is one leaf has an empty path, which is no good name for a tensor. */
function nameOf(path: string): string {
  return path === "" ? "value" : path;
}

/**
 * Write a tree as a safetensors file whose tensors are named by their paths.
 *
 * @param tree Tree of host arrays.
 * @returns The whole file; its metadata keep the structure, so that empty branches, lists and records survive.
 * @throws {TypeError} If two leaves have the same path.
 */
export function encodeTree(tree: HostTree): Uint8Array {
  const tensors: Record<string, HostArray> = {};
  for (const [path, leaf] of entries<HostArray>(tree)) {
    const name = nameOf(path);
    if (Object.hasOwn(tensors, name)) throw new TypeError(`Cannot write tree: two leaves have the path "${path}"`);
    tensors[name] = leaf;
  }
  const structure = mapTree<HostArray, string>((_, path) => nameOf(path), tree);
  return writeSafetensors(tensors, { [STRUCTURE]: JSON.stringify(structure) });
}

/**
 * Read a tree back.
 *
 * @param bytes A safetensors file; without this module's metadata (written by other software) the names give the
 * structure.
 * @returns The tree.
 * @throws {CheckpointError} If the file is damaged, lacks a tensor or holds one that is not float32.
 */
export function decodeTree(bytes: Uint8Array): HostTree {
  const { tensors, metadata } = readSafetensors(bytes);
  const leaf = (name: string): HostArray => float32(name, tensors[name]);
  const structure = metadata[STRUCTURE];
  if (structure === undefined) return fromEntries(Object.keys(tensors).map((name) => [name, leaf(name)]));
  return mapTree<string, HostArray>(leaf, JSON.parse(structure) as Tree<string>);
}

function float32(name: string, tensor: HostArray<NumericArray> | undefined): HostArray {
  if (tensor === undefined) throw new CheckpointError(`tensor "${name}" is missing`);
  if (tensor.data instanceof Float32Array) return hostArray(tensor.data, tensor.shape);
  throw new CheckpointError(`tensor "${name}" is no float32 but a ${tensor.data.constructor.name}`);
}
