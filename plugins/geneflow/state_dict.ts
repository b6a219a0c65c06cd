import {
  entries,
  fromEntries,
  fromStateDictEntry,
  type HostArray,
  hostArray,
  permuteAxes,
  toStateDictEntry,
  type Tree,
} from "../../core/mod.ts";
import { RELATION_WIDTH } from "./encoder/gene_relations.ts";

const FACTORS = "gene_relation_factors_head";

/** The two halves of the factors' head, U `[G, K]` then V `[K, G]`, as the products of the relations need them. */
function factorsOf(path: string, array: HostArray, genes: number): readonly (readonly [string, HostArray])[] {
  const outputs = array.shape[0]!;
  const [half, rank] = [outputs / 2, outputs / 2 / genes];
  const width = array.shape[1] ?? 1;
  const part = (from: number, shape: readonly number[]): HostArray =>
    hostArray(array.data.subarray(from * width, (from + half) * width), shape);
  const at = (side: string, leaf: string): string => path.replace(/(weight|bias)$/, `${side}/${leaf}`);
  if (array.shape.length === 1) {
    return [[at("left", "bias"), part(0, [genes, rank])], [at("right", "bias"), part(half, [rank, genes])]];
  }
  const right = permuteAxes(part(half, [rank, genes, RELATION_WIDTH]), [0, 2, 1]);
  return [
    [at("left", "weight"), part(0, [genes, rank * RELATION_WIDTH])],
    [at("right", "weight"), hostArray(right.data, [rank * RELATION_WIDTH, genes])],
  ];
}

/**
 * Turn a PyTorch state dict of the authors' networks into parameters: dots become levels, affine maps `[in, out]`, filters
 * `[h, w, in, out]`, and the head of the gene relations is laid out as its products need it.
 *
 * @param tensors Tensors under their state-dict names.
 * @returns Parameters on the host.
 * @throws {TypeError} If there is a head of gene relations but no layer before it that tells the number of genes.
 */
export function fromStateDict(tensors: Readonly<Record<string, HostArray>>): Tree<HostArray> {
  return fromEntries(
    Object.entries(tensors).flatMap(([name, array]): readonly (readonly [string, HostArray])[] => {
      const path = name.replaceAll(".", "/");
      if (!path.includes(FACTORS)) return [fromStateDictEntry(name, array)];
      const base = `${name.slice(0, name.indexOf(FACTORS))}gene_relation_net_base.0.weight`;
      const genes = tensors[base]?.shape[1];
      if (genes === undefined) throw new TypeError(`Cannot lay out "${name}": there is no "${base}"`);
      return factorsOf(path, array, genes);
    }),
  );
}

/** The head of the factors from its halves: weights `[G, K D]` and `[K D, G]`, or biases `[G, K]` and `[K, G]`. */
function headOf(left: HostArray, right: HostArray, width: number): HostArray {
  const genes = right.shape[1]!;
  const rank = right.shape[0]! / width;
  const data = new Float32Array(2 * left.data.length);
  data.set(left.data);
  data.set(permuteAxes(hostArray(right.data, [rank, width, genes]), [0, 2, 1]).data, left.data.length);
  return hostArray(data, width === 1 ? [data.length] : [data.length / width, width]);
}

/**
 * The reverse of {@linkcode fromStateDict}.
 *
 * @param params Parameters on the host.
 * @returns Tensors under their state-dict names and in their layouts.
 */
export function toStateDict(params: Tree<HostArray>): Readonly<Record<string, HostArray>> {
  const all = entries<HostArray>(params);
  const at = new Map(all);
  return Object.fromEntries(all.flatMap(([path, array]): readonly (readonly [string, HostArray])[] => {
    if (!path.includes(`${FACTORS}/`)) return [toStateDictEntry(path, array)];
    if (!path.includes("/left/")) return [];
    const name = path.replace("/left/", "/").replaceAll("/", ".");
    const width = path.endsWith("weight") ? RELATION_WIDTH : 1;
    return [[name, headOf(array, at.get(path.replace("/left/", "/right/"))!, width)]];
  }));
}
