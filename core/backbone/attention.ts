import type { Rng } from "../rng/mod.ts";
import { add, linear, mul, reshape, slice, type Tensor, zeros } from "../tensor/mod.ts";
import { crossAttention, selfAttention } from "../tensor/multi_head_attention.ts";
import { type Params, tensorAt } from "../tree.ts";
import { applyLinear, linearParams, symmetricUniform } from "./layers.ts";

/** How queries see keys. */
export interface AttentionOptions {
  /** Number of heads; divides the width. */
  readonly heads: number;
  /** 1 for keys that may be seen, 0 for padding, `[B, M]`; absent means all. */
  readonly keyMask?: Tensor;
  /** Probability of dropping an attention weight, with its stream; absent in evaluation. */
  readonly dropout?: { readonly probability: number; readonly rng: Rng };
}

/**
 * Parameters of multi-head attention with PyTorch's start: packed in-projection Xavier-uniform, biases 0.
 *
 * @param rng Stream.
 * @param width Width of queries, keys and values.
 * @returns `{ in_proj_weight: [E, 3E], in_proj_bias: [3E], out_proj: { weight: [E, E], bias: [E] } }`.
 */
export function attentionParams(rng: Rng, width: number): Params {
  const out = linearParams(rng.fold("out_proj"), width, width) as { readonly weight: Tensor };
  return {
    in_proj_weight: symmetricUniform(rng.fold("in_proj"), [width, 3 * width], Math.sqrt(6 / (4 * width))),
    in_proj_bias: zeros([3 * width]),
    out_proj: { weight: out.weight, bias: zeros([width]) },
  };
}

/** Far below any score, so that a softmax gives hidden keys exactly 0. */
const HIDDEN = -1e9;

/** 0 where a key may be seen, else {@linkcode HIDDEN}; `[B, 1, 1, M]`. */
function additiveMask(keyMask: Tensor): Tensor {
  const [batch, keys] = keyMask.shape as [number, number];
  return reshape(mul(add(mul(keyMask, -1), 1), HIDDEN), [batch, 1, 1, keys]);
}

/** Columns `from` to `to` (in widths) of the packed projection applied to x. */
function project(params: Params, path: string, x: Tensor, from: number, to: number): Tensor {
  const width = x.shape[x.rank - 1]!;
  const weight = tensorAt(params, `${path}/in_proj_weight`);
  const bias = tensorAt(params, `${path}/in_proj_bias`);
  if (from === 0 && to === 3) return linear(x, weight, bias);
  return linear(
    x,
    slice(weight, [0, from * width], [width, (to - from) * width]),
    slice(bias, [from * width], [(to - from) * width]),
  );
}

/** Factors on the attention weights; absent without dropout. */
function dropoutMask({ heads, dropout }: AttentionOptions, query: Tensor, keys: number): Tensor | undefined {
  if (dropout === undefined || dropout.probability === 0) return undefined;
  const [batch, points] = query.shape as [number, number];
  const keep = 1 - dropout.probability;
  return dropout.rng.bernoulli([batch, heads, points, keys], keep, 1 / keep);
}

/**
 * Project what is attended to, so that {@linkcode attendProjected} may look at it from many queries.
 *
 * @param params Parameters of {@linkcode attentionParams} at `path`.
 * @param path Where the layer lies in `params`.
 * @param memory Tokens that are attended to, `[B, M, E]`.
 * @returns Keys, then values, `[B, M, 2E]`.
 */
export function projectMemory(params: Params, path: string, memory: Tensor): Tensor {
  return project(params, path, memory, 1, 3);
}

/**
 * {@linkcode attentionLayer} to a memory that is projected already.
 *
 * @param params Parameters of {@linkcode attentionParams} at `path`.
 * @param path Where the layer lies in `params`.
 * @param query Queries, `[B, N, E]`.
 * @param projected What {@linkcode projectMemory} made of the memory with the same parameters, `[B, M, 2E]`.
 * @param options Heads, key mask and dropout.
 * @returns `[B, N, E]`.
 */
export function attendProjected(
  params: Params,
  path: string,
  query: Tensor,
  projected: Tensor,
  options: AttentionOptions,
): Tensor {
  const { heads, keyMask } = options;
  const mask = keyMask === undefined ? undefined : additiveMask(keyMask);
  const dropout = dropoutMask(options, query, projected.shape[1]!);
  const q = project(params, path, query, 0, 1);
  return applyLinear(params, `${path}/out_proj`, crossAttention(q, projected, heads, mask, dropout));
}

/**
 * Multi-head scaled dot-product attention (Vaswani et al. 2017) with a packed in-projection, as in PyTorch.
 *
 * @param params Parameters of {@linkcode attentionParams} at `path`.
 * @param path Where the layer lies in `params`.
 * @param query Queries, `[B, N, E]`.
 * @param memory Keys and values, `[B, M, E]`; pass `query` itself for self-attention.
 * @param options Heads, key mask and dropout.
 * @returns `[B, N, E]`.
 */
export function attentionLayer(
  params: Params,
  path: string,
  query: Tensor,
  memory: Tensor,
  options: AttentionOptions,
): Tensor {
  if (query !== memory) return attendProjected(params, path, query, projectMemory(params, path, memory), options);
  const { heads, keyMask } = options;
  const mask = keyMask === undefined ? undefined : additiveMask(keyMask);
  const qkv = project(params, path, query, 0, 3);
  const out = selfAttention(qkv, heads, mask, dropoutMask(options, query, query.shape[1]!));
  return applyLinear(params, `${path}/out_proj`, out);
}
