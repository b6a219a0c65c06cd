import {
  add,
  div,
  expandDims,
  initNamed,
  type Layer,
  type LayerContext,
  layerNormLayer,
  linearLayer,
  matMul,
  maximum,
  mul,
  type Params,
  paramsOf,
  type Rng,
  sequential,
  SILU,
  slice,
  softmax,
  squeeze,
  stack,
  sub,
  sum,
  type Tensor,
  transpose,
  within,
} from "../../../core/mod.ts";

/** Added to the logit of what is no cell, so that a softmax gives it exactly 0. */
const HIDDEN = -1e9;

/** How the vectors of cells become one per image. */
export interface Aggregation {
  /**
   * Create fresh parameters.
   *
   * @param rng Stream for the initializers.
   * @returns New tensors by name.
   */
  init(rng: Rng): Params;
  /**
   * Aggregate.
   *
   * @param params Parameters, with others beside them.
   * @param cells Vectors, `[B, C, D]`.
   * @param real 1 for cells, 0 for padding, `[B, C]`; at least one cell per row.
   * @param ctx Training flag and stream.
   * @returns `[B, D]`.
   */
  apply(params: Params, cells: Tensor, real: Tensor, ctx: LayerContext): Tensor;
}

/** Names of the parameters in the released program, which differ between one cell and several. */
const NAMES = {
  single: { logits: "feature_attention", heads: "head_projections" },
  multi: { logits: "cell_aggregation_attention", heads: "aggregation_head_projections" },
} as const;

function normed(width: number, layerNorm: boolean): readonly Layer[] {
  return layerNorm ? [layerNormLayer(width)] : [];
}

/** Heads that look at the same cells, each with a projection of its own. */
interface Heads {
  init(rng: Rng): Params;
  logits(params: Params, cells: Tensor, ctx: LayerContext): Tensor;
  /** Projections of the cells, one per head, each of the shape of `cells`. */
  projections(params: Params, cells: Tensor, ctx: LayerContext): readonly Tensor[];
}

function headsOf(mode: "single" | "multi", width: number, count: number, layerNorm: boolean): Heads {
  const names = NAMES[mode];
  const logits = sequential([
    ...normed(width, layerNorm),
    linearLayer(width, width),
    SILU,
    linearLayer(width, count),
  ]);
  const head = sequential([...normed(width, layerNorm), linearLayer(width, width), SILU]);
  const heads = Array.from({ length: count }, () => head);
  return {
    init: (rng: Rng): Params => ({
      [names.logits]: logits.init(rng.fold("logits")),
      [names.heads]: initNamed(Object.fromEntries(heads.entries()), rng.fold("heads")),
    }),
    logits: (params: Params, cells: Tensor, ctx: LayerContext): Tensor =>
      logits.apply(paramsOf(params, names.logits), cells, within(ctx, "logits")),
    projections: (params: Params, cells: Tensor, ctx: LayerContext): readonly Tensor[] =>
      heads.map((each, i) => each.apply(paramsOf(paramsOf(params, names.heads), i), cells, within(ctx, i))),
  };
}

/**
 * Mean over heads of the cells' projections, weighted by a softmax over the real cells.
 *
 * @param logits Logits, `[B, C, H]`.
 * @param projected Projections, one `[B, C, D]` per head.
 * @param real 1 for cells, 0 for padding, `[B, C]`.
 * @returns `[B, D]`.
 */
export function weighCells(logits: Tensor, projected: readonly Tensor[], real: Tensor): Tensor {
  const hidden = mul(sub(1, expandDims(real, 1)), HIDDEN);
  const weights = softmax(transpose(logits, [0, 2, 1]), hidden);
  const images = real.shape[0]!;
  const seen = projected.map((each, head) => squeeze(matMul(slice(weights, [0, head], [images, 1]), each), [1]));
  return mul(seen.reduce((a, b) => add(a, b)), 1 / projected.length);
}

/**
 * Sum over heads of projections, weighted by a softmax over the heads.
 *
 * @param logits Logits, `[B, H]`.
 * @param projected Projections, one `[B, D]` per head.
 * @returns `[B, D]`.
 */
export function weighHeads(logits: Tensor, projected: readonly Tensor[]): Tensor {
  return sum(mul(stack(projected, 1), expandDims(softmax(logits), 2)), 1);
}

/**
 * Masked attention over the cells of an image: each head weighs the cells, and the heads are averaged.
 *
 * @param width Width of the vectors (D).
 * @param heads Number of heads (H).
 * @param layerNorm Whether logits and projections begin with a layer norm.
 * @returns The aggregation; padded rows have no influence, the order of cells has none either.
 */
export function attendCells(width: number, heads: number, layerNorm: boolean): Aggregation {
  const parts = headsOf("multi", width, heads, layerNorm);
  return {
    init: parts.init,
    apply: (params: Params, cells: Tensor, real: Tensor, ctx: LayerContext): Tensor =>
      weighCells(parts.logits(params, cells, ctx), parts.projections(params, cells, ctx), real),
  };
}

/**
 * Mean over the cells of an image.
 *
 * @returns The aggregation.
 */
export function averageCells(): Aggregation {
  return {
    init: (): Params => ({}),
    apply(_: Params, cells: Tensor, real: Tensor): Tensor {
      const total = sum(mul(cells, expandDims(real, 2)), 1);
      return div(total, expandDims(maximum(sum(real, 1), 1), 1));
    },
  };
}

/**
 * Attention of one cell over projections of itself: the weights of the heads sum to 1.
 *
 * @param width Width of the vectors (D).
 * @param heads Number of heads (H).
 * @param layerNorm Whether logits and projections begin with a layer norm.
 * @returns The aggregation, for one cell per image.
 */
export function mixHeads(width: number, heads: number, layerNorm: boolean): Aggregation {
  const parts = headsOf("single", width, heads, layerNorm);
  return {
    init: parts.init,
    apply(params: Params, cells: Tensor, _: Tensor, ctx: LayerContext): Tensor {
      const only = squeeze(cells, [1]);
      return weighHeads(parts.logits(params, only, ctx), parts.projections(params, only, ctx));
    },
  };
}

/**
 * The one cell itself.
 *
 * @returns The aggregation, for one cell per image.
 */
export function onlyCell(): Aggregation {
  return {
    init: (): Params => ({}),
    apply: (_: Params, cells: Tensor): Tensor => squeeze(cells, [1]),
  };
}
