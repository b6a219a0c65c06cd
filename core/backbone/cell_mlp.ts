import type { Rng } from "../rng/mod.ts";
import { add, concat, matMul, mul, silu, type Tensor, zeros } from "../tensor/mod.ts";
import { type Params, tensorAt } from "../tree.ts";
import { applyLinear } from "./layers.ts";

/** Sizes of a multilayer perceptron on single cells, with one or several linear read-outs. */
export interface CellMlpSizes {
  /** Features of a cell (G). */
  readonly features: number;
  /** Width of what is joined to the features: time embedding and condition. */
  readonly context: number;
  /** Hidden width. */
  readonly hidden: number;
  /** Hidden layers, at least 1. */
  readonly layers: number;
  /** Width of each read-out by name. */
  readonly heads: Readonly<Record<string, number>>;
  /** Read-outs that start at zero. */
  readonly zeroHeads: readonly string[];
  /**
   * Whether a linear map, zero at the start, leads from the features to every read-out. Without it a hidden layer narrower
   * than the read-out confines what depends on the cell to as many directions as it has units.
   */
  readonly skip: boolean;
}

/** An affine map with He's start (normal of variance 2 / inputs) and bias 0, or all zero. */
function affine(rng: Rng, inputs: number, outputs: number, zero: boolean): Params {
  const weight = zero ? zeros([inputs, outputs]) : mul(rng.normal([inputs, outputs]), Math.sqrt(2 / inputs));
  return { weight, bias: zeros([outputs]) };
}

/**
 * Parameters of {@linkcode applyCellMlp}.
 *
 * @param rng Stream.
 * @param sizes Sizes.
 * @returns `{ hidden: [{ weight, bias }], heads: { [name]: { weight, bias } }, skip?: { [name]: { weight } } }`.
 */
export function cellMlpParams(rng: Rng, sizes: CellMlpSizes): Params {
  const { features, context, hidden, layers, heads, zeroHeads, skip } = sizes;
  const perHead = (make: (name: string, width: number) => Params): Params =>
    Object.fromEntries(Object.entries(heads).map(([name, width]) => [name, make(name, width)]));
  return {
    hidden: Array.from({ length: layers }, (_, i) => {
      return affine(rng.fold("hidden").fold(i), i === 0 ? features + context : hidden, hidden, false);
    }),
    heads: perHead((name, width) => affine(rng.fold("heads").fold(name), hidden, width, zeroHeads.includes(name))),
    ...(skip ? { skip: perHead((_, width) => ({ weight: zeros([features, width]) })) } : {}),
  };
}

/**
 * Evaluate a multilayer perceptron with SiLU between its layers on `[x, context]`.
 *
 * @param params Parameters of {@linkcode cellMlpParams}.
 * @param sizes Sizes.
 * @param x Cells, `[B, G]`.
 * @param context Parts to join to the features, in order, each `[B, ...]`.
 * @returns The read-outs by name, `[B, width]`.
 */
export function applyCellMlp<H extends string>(
  params: Params,
  sizes: CellMlpSizes & { readonly heads: Readonly<Record<H, number>> },
  x: Tensor,
  context: readonly Tensor[],
): Readonly<Record<H, Tensor>> {
  let h = concat([x, ...context], 1);
  for (let i = 0; i < sizes.layers; i++) h = silu(applyLinear(params, `hidden/${i}`, h));
  const read = (name: string): Tensor => {
    const out = applyLinear(params, `heads/${name}`, h);
    return sizes.skip ? add(out, matMul(x, tensorAt(params, `skip/${name}/weight`))) : out;
  };
  return Object.fromEntries(Object.keys(sizes.heads).map((name) => [name, read(name)])) as Record<H, Tensor>;
}
