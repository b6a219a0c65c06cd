import {
  add,
  type ApplyContext,
  applyLayerNorm,
  applyLinear,
  attentionLayer,
  type AttentionOptions,
  attentionParams,
  dropout,
  gelu,
  layerNormParams,
  linearParams,
  type Params,
  type Rng,
  type Tensor,
} from "../../core/mod.ts";

/** Whether the network trains, and the stream of this place. */
export type Pass = Pick<ApplyContext, "train" | "rng">;

/** Sizes of a layer. */
export interface LayerSizes {
  /** Width of the tokens (E). */
  readonly width: number;
  /** Attention heads. */
  readonly heads: number;
  /** Inner width of the feed-forward part. */
  readonly feedForward: number;
  /** Probability of dropping a value in training. */
  readonly dropout: number;
}

/**
 * Pass of a part of the network, with a stream of its own.
 *
 * @param pass Pass of the whole.
 * @param name Name of the part.
 * @returns The part's pass.
 */
export function passOf({ train, rng }: Pass, name: string | number): Pass {
  return { train, rng: rng.fold(name) };
}

/**
 * Parameters of {@linkcode attendingLayer}.
 *
 * @param rng Stream.
 * @param sizes Widths.
 * @returns `{ queries, attention, norm, inner, outer }`.
 */
export function layerParams(rng: Rng, { width, feedForward }: LayerSizes): Params {
  return {
    queries: layerNormParams(width),
    attention: attentionParams(rng.fold("attention"), width),
    norm: layerNormParams(width),
    inner: linearParams(rng.fold("inner"), width, feedForward),
    outer: linearParams(rng.fold("outer"), feedForward, width),
  };
}

/**
 * A pre-norm transformer layer. With a memory it is SPATIA's fusion block Φ(q, kv): y = q + Drop(MHA(LN q, kv, kv)), then
 * y + Drop(W2 GELU(W1 LN y)), where keys and values are not normalised; without one, tokens look at each other.
 *
 * @param params Parameters of {@linkcode layerParams} at `path`.
 * @param path Where the layer lies.
 * @param tokens Queries, `[B, N, E]`.
 * @param memory What they look at, `[B, M, E]`; undefined for themselves.
 * @param sizes Heads and dropout.
 * @param pass Training or not.
 * @param options Which of the memory may be seen, and which queries look at all.
 * @returns Tokens, `[B, N, E]`.
 */
export function attendingLayer(
  params: Params,
  path: string,
  tokens: Tensor,
  memory: Tensor | undefined,
  { heads, dropout: probability }: LayerSizes,
  pass: Pass,
  { keyMask, gate = (x) => x }: {
    readonly keyMask?: Tensor;
    readonly gate?: (attended: Tensor) => Tensor;
  } = {},
): Tensor {
  const drop = (x: Tensor, name: string): Tensor => dropout(x, probability, passOf(pass, `${path} ${name}`));
  const queries = applyLayerNorm(params, `${path}/queries`, tokens);
  const attention: AttentionOptions = { heads, ...(keyMask === undefined ? {} : { keyMask }) };
  const attended = attentionLayer(params, `${path}/attention`, queries, memory ?? queries, attention);
  const seen = add(tokens, gate(drop(attended, "attention")));
  const inner = gelu(applyLinear(params, `${path}/inner`, applyLayerNorm(params, `${path}/norm`, seen)));
  return add(seen, drop(applyLinear(params, `${path}/outer`, inner), "inner"));
}
