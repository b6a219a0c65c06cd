import {
  add,
  applyLayerNorm,
  applyLinear,
  expandDims,
  layerNormParams,
  leakyRelu,
  linearParams,
  mul,
  type Params,
  reshape,
  type Rng,
  softmax,
  split,
  type Tensor,
} from "../../core/mod.ts";
import { type CountLaw, dispersionOf } from "./count_likelihood.ts";

/** Slope below 0, as PyTorch has it. */
const SLOPE = 0.01;

/** What the decoder says of each token. */
export interface DecodedShares {
  /** Share of the total, `[B, L]`; sums to 1 over the tokens of a cell. */
  readonly share: Tensor;
  /** Dispersion, `[B, L]`. */
  readonly dispersion: Tensor;
  /** Zero logits, `[B, L]`. */
  readonly zeroLogits: Tensor;
}

/**
 * Parameters of {@linkcode decodeShares}, with the names of the authors' state dict.
 *
 * @param rng Stream.
 * @param width Width of the tokens.
 * @returns `{ fc: { 0, 1, 4, 5 }, pred_var_zero }`.
 */
export function decoderParams(rng: Rng, width: number): Params {
  return {
    fc: {
      0: linearParams(rng.fold("first"), width, width),
      1: layerNormParams(width),
      4: linearParams(rng.fold("second"), width, width),
      5: layerNormParams(width),
    },
    pred_var_zero: linearParams(rng.fold("out"), width, 3),
  };
}

/**
 * The expression decoder of scPRINT: from tokens of genes to the parameters of their counts.
 *
 * @param params Parameters of {@linkcode decoderParams} at `path`.
 * @param path Where they lie.
 * @param tokens Tokens, `[B, L, E]`.
 * @returns Share of the total, dispersion and zero logits of each token.
 */
export function decodeShares(params: Params, path: string, tokens: Tensor): DecodedShares {
  let x = tokens;
  for (const layer of [0, 4]) {
    const h = applyLinear(params, `${path}/fc/${layer}`, x);
    x = leakyRelu(applyLayerNorm(params, `${path}/fc/${layer + 1}`, h), SLOPE);
  }
  const [cells, count] = tokens.shape as [number, number];
  const [value, variance, zeroLogits] = split(applyLinear(params, `${path}/pred_var_zero`, x), 3, 2)
    .map((each) => reshape(each, [cells, count])) as [Tensor, Tensor, Tensor];
  return { share: softmax(value), dispersion: dispersionOf(variance), zeroLogits };
}

/**
 * Distribution of counts whose total is known.
 *
 * @param decoded What the decoder says.
 * @param totals Total over the tokens of each cell, `[B, 1]`.
 * @returns The distribution, `[B, L]` each.
 */
export function countLaw({ share, dispersion, zeroLogits }: DecodedShares, totals: Tensor): CountLaw {
  return { mean: mul(share, totals), dispersion, zeroLogits };
}

/**
 * Parameters of {@linkcode toldGenes}.
 *
 * @param rng Stream.
 * @param width Width of tokens and embeddings.
 * @returns `{ shift, scale }`.
 */
export function toldParams(rng: Rng, width: number): Params {
  return {
    shift: linearParams(rng.fold("shift"), width, width),
    scale: linearParams(rng.fold("scale"), width, width),
  };
}

/**
 * Tokens of genes that know of their cell by its embedding alone: e + W z + e (W' z), so that a share depends on how gene
 * and cell fit.
 *
 * @param params Parameters of {@linkcode toldParams} at `path`.
 * @param path Where they lie.
 * @param genes Vectors of genes, `[V, E]` or `[B, L, E]`.
 * @param z Embeddings, `[B, E]`.
 * @returns Tokens, `[B, L, E]`.
 */
export function toldGenes(params: Params, path: string, genes: Tensor, z: Tensor): Tensor {
  const [shift, scale] = [`${path}/shift`, `${path}/scale`].map((at) => expandDims(applyLinear(params, at, z), 1));
  return add(add(mul(genes, scale!), genes), shift!);
}
