import {
  add,
  applyLayerNorm,
  applyLinear,
  concat,
  expandDims,
  gatherRows,
  gelu,
  layerNormParams,
  linearParams,
  mul,
  type Params,
  reshape,
  type Rng,
  slice,
  type Tensor,
  tensorAt,
  zeros,
} from "../../core/mod.ts";
import type { GeneInputs } from "./inputs.ts";
import { attendingLayer, layerParams, type LayerSizes, type Pass } from "./transformer.ts";

/** Sizes of the gene encoder. */
export interface GeneSizes extends LayerSizes {
  /** Layers. */
  readonly layers: number;
  /** Genes that the network knows (V). */
  readonly genes: number;
}

/** Tokens before those of genes: one for the cell, one for its depth. */
const PREFIX = 2;

/**
 * Parameters of the gene transformer.
 *
 * @param rng Stream.
 * @param sizes Sizes.
 * @returns `{ genes, value: { inner, outer }, depth: { inner, outer }, cell, layers, norm }`.
 */
export function geneParams(rng: Rng, { layers, genes, ...sizes }: GeneSizes): Params {
  const { width } = sizes;
  const number = (name: string): Params => ({
    inner: linearParams(rng.fold(name).fold("inner"), 1, width),
    outer: linearParams(rng.fold(name).fold("outer"), width, width),
  });
  return {
    genes: mul(rng.fold("genes").normal([genes, width]), 1 / Math.sqrt(width)),
    value: number("value"),
    depth: number("depth"),
    cell: mul(rng.fold("cell").normal([width]), 0.02),
    layers: Array.from({ length: layers }, (_, i) => layerParams(rng.fold("layer").fold(i), sizes)),
    norm: layerNormParams(width),
  };
}

/**
 * Learned vectors of the genes that tokens stand for.
 *
 * @param params Parameters of {@linkcode geneParams} at `path`.
 * @param path Where they lie.
 * @param inputs Tokens.
 * @returns Vectors, `[B, L, E]`; `[V, E]` where all genes stand in order.
 */
export function geneVectors(params: Params, path: string, { index, values }: GeneInputs): Tensor {
  const table = tensorAt(params, `${path}/genes`);
  if (index === undefined) return table;
  return reshape(gatherRows(table, index), [values.shape[0]!, values.shape[1]!, table.shape[1]!]);
}

function numberVector(params: Params, path: string, x: Tensor): Tensor {
  return applyLinear(params, `${path}/outer`, gelu(applyLinear(params, `${path}/inner`, x)));
}

/** Encoded counts. */
export interface EncodedGenes {
  /** Token of the cell, `[B, E]`. */
  readonly cell: Tensor;
  /** All tokens: cell, depth, genes, `[B, 2 + L, E]`. */
  readonly tokens: Tensor;
}

/**
 * Take apart the tokens of cells.
 *
 * @param tokens Cell, depth, genes, `[B, 2 + L, E]`.
 * @returns The cell's token `[B, E]`, and those of the genes `[B, L, E]`.
 */
export function apartGenes(tokens: Tensor): { readonly cell: Tensor; readonly genes: Tensor } {
  const [cells, count, width] = tokens.shape as [number, number, number];
  return {
    cell: reshape(slice(tokens, [0, 0, 0], [cells, 1, width]), [cells, width]),
    genes: slice(tokens, [0, PREFIX, 0], [cells, count - PREFIX, width]),
  };
}

/**
 * Encode counts: a learned vector per gene plus a small network of its value, a token of the cell and one of its depth.
 *
 * @param params Parameters of {@linkcode geneParams} at `path`.
 * @param path Where they lie.
 * @param inputs Counts.
 * @param sizes Sizes.
 * @param pass Training or not.
 * @returns Encoded tokens.
 */
export function encodeGenes(
  params: Params,
  path: string,
  inputs: GeneInputs,
  sizes: GeneSizes,
  pass: Pass,
): EncodedGenes {
  const cells = inputs.values.shape[0]!;
  const genes = add(numberVector(params, `${path}/value`, inputs.values), geneVectors(params, path, inputs));
  const cell = add(zeros([cells, 1, sizes.width]), tensorAt(params, `${path}/cell`));
  const depth = expandDims(numberVector(params, `${path}/depth`, inputs.depth), 1);
  let x = concat([cell, depth, genes], 1);
  for (let i = 0; i < sizes.layers; i++) x = attendingLayer(params, `${path}/layers/${i}`, x, undefined, sizes, pass);
  const tokens = applyLayerNorm(params, `${path}/norm`, x);
  return { tokens, cell: apartGenes(tokens).cell };
}
