import type { Rng } from "../rng/mod.ts";
import { add, linear, mul, multiHeadAttention, reshape, slice, type Tensor, zeros } from "../tensor/mod.ts";
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

function part(packed: Tensor, index: number, width: number): Tensor {
  const [batch, points] = packed.shape as [number, number];
  return slice(packed, [0, 0, index * width], [batch, points, width]);
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
  const { heads, keyMask, dropout } = options;
  const [batch, points, width] = query.shape as [number, number, number];
  const keys = memory.shape[1]!;
  const self = query === memory;
  const first = project(params, path, query, 0, self ? 3 : 1);
  const second = self ? first : project(params, path, memory, 1, 3);
  const offset = self ? 1 : 0;
  const q = self ? part(first, 0, width) : first;
  const k = part(second, offset, width);
  const v = part(second, offset + 1, width);
  const keep = dropout === undefined || dropout.probability === 0 ? undefined : dropout.rng.bernoulli(
    [batch, heads, points, keys],
    1 - dropout.probability,
    1 / (1 - dropout.probability),
  );
  const mask = keyMask === undefined ? undefined : additiveMask(keyMask);
  return applyLinear(params, `${path}/out_proj`, multiHeadAttention(q, k, v, heads, mask, keep));
}
