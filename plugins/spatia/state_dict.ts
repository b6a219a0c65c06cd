import { fromEntries, fromStateDictEntry, type HostArray, toStateDictEntry, type Tree } from "../../core/mod.ts";

/** The table of transitions: one row per transition here as there. */
const TABLE = /(^|[./])trans_embed[./]weight$/;

/**
 * Turn a PyTorch state dict of the authors' networks into parameters: dots become levels, affine maps `[in, out]`, filters
 * `[h, w, in, out]`, and tables of vectors stay.
 *
 * @param tensors Tensors under their state-dict names.
 * @returns Parameters on the host.
 */
export function fromStateDict(tensors: Readonly<Record<string, HostArray>>): Tree<HostArray> {
  return fromEntries(
    Object.entries(tensors).map(([name, tensor]) =>
      TABLE.test(name) ? [name.replaceAll(".", "/"), tensor] as const : fromStateDictEntry(name, tensor)
    ),
  );
}

/**
 * The name and layout of a parameter in a state dict of the authors' networks.
 *
 * @param path Path of the parameter.
 * @param array The parameter, or its derivative.
 * @returns Name and layout there.
 */
export function stateDictEntry(path: string, array: HostArray): readonly [name: string, tensor: HostArray] {
  return TABLE.test(path) ? [path.replaceAll("/", "."), array] : toStateDictEntry(path, array);
}
