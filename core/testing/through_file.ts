import type { HostArray } from "../host_array.ts";
import { readSafetensors, writeSafetensors } from "../io/safetensors.ts";
import { fromHost, type Tensor, toHost } from "../tensor/mod.ts";
import { entries, fromEntries, mapTree, type Params, type Tree } from "../tree.ts";

/**
 * Write a tree as a safetensors file in memory and read it back, as a checkpoint does.
 *
 * @param tree Arrays on the host.
 * @returns The tree as it comes back: built anew from its paths.
 */
export function throughFileOnHost(tree: Tree<HostArray>): Tree<HostArray> {
  const { tensors } = readSafetensors(writeSafetensors(Object.fromEntries(entries<HostArray>(tree))));
  return fromEntries(Object.entries(tensors) as [string, HostArray][]);
}

/**
 * Write parameters as a safetensors file in memory and read them back.
 *
 * @param params The parameters; borrowed.
 * @returns New tensors, in a tree that is built anew from their paths.
 */
export async function throughFile(params: Params): Promise<Params> {
  const pairs = await Promise.all(
    entries<Tensor>(params).map(async ([path, leaf]) => [path, await toHost(leaf)] as const),
  );
  return mapTree<HostArray, Tensor>((leaf) => fromHost(leaf), throughFileOnHost(fromEntries(pairs)));
}
