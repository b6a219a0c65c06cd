import {
  add,
  type ApplyContext,
  applyLinear,
  type Backbone,
  concat,
  gatherRows,
  linearParams,
  mul,
  type Params,
  type Rng,
  silu,
  type Tensor,
} from "../../core/mod.ts";
import { type BlockSizes, type BlockTrace, spotBlock } from "./block.ts";
import { dropoutOf } from "./gated_mlp.ts";
import type { ImageNetwork } from "./images/image_network.ts";
import { type Expression, IMAGE_TOKENS, pairsOf, PATCHES, SPOT_FEATURES, type SpotCond } from "./slide.ts";
import { spotTimeFeatures, TIME_FEATURES } from "./time_features.ts";

/** Sizes of the whole-slide denoiser. */
export interface SpotTransformerSizes extends BlockSizes {
  /** Width of the image features that the conditioning brings (F); 0 if patches are encoded by a trained network alone. */
  readonly features: number;
  /** Blocks. */
  readonly layers: number;
  /** Probability of dropping values, attention weights and outputs in training. */
  readonly dropout: number;
}

/** What one evaluation computes on the way. */
export interface SpotTrace {
  /** Time features of each region, `[R, 256]`. */
  readonly time: Tensor;
  /** Time token of each region, `[R, W]`. */
  readonly timeToken: Tensor;
  /** Tokens before the first block, `[N, W]`. */
  readonly tokens: Tensor;
  /** The blocks in order. */
  readonly blocks: readonly BlockTrace[];
  /** The prediction: the mean of what the blocks read out, `[N, G]`. */
  readonly expression: Tensor;
}

/** The denoiser, with a look inside. */
export interface SpotTransformer extends Backbone<Expression, SpotCond, Expression> {
  /** Required here: image tokens and pair features are made once per draw. */
  encode(params: Params, cond: SpotCond, ctx: ApplyContext<Expression>): SpotCond;
  /**
   * Evaluate the network and return what it computes on the way.
   *
   * @param params Parameters.
   * @param xt State at `t`.
   * @param t Times in [0, 1], `[N]`, equal within a region.
   * @param cond Encoded conditioning.
   * @param ctx Flags and streams.
   * @returns Intermediate values and the prediction.
   */
  trace(params: Params, xt: Expression, t: Tensor, cond: SpotCond, ctx: ApplyContext<Expression>): SpotTrace;
}

function blockPath(block: number): string {
  return `backbone/blks/${block}`;
}

function encoded(cond: SpotCond, name: string): Tensor {
  const found = cond[name];
  if (found !== undefined) return found;
  throw new TypeError(`Cannot denoise spots: the conditioning has no "${name}"; give apply() what encode() returned`);
}

/**
 * The denoiser of STFlow (Huang et al. 2025, section 4.3): attention of each spot to its nearest neighbours, with scores
 * from a gated network on [query, key, frame-averaged pair features, difference of the current expression estimates];
 * each block reads out expression, which the next block's scores see, and the prediction is the mean of the read-outs.
 *
 * What depends on neither time nor expression (image tokens, pair features) is made once by `encode`. Parameter names are
 * those of the authors' state dict with `/` for `.`; weights are `[in, out]`.
 *
 * @param sizes Sizes and dropout.
 * @param images Trained encoder of the patches, whose features stand beside those that the conditioning brings.
 * @returns The backbone; it predicts the end state.
 * @throws {RangeError} If a width does not divide by the heads, or there is nothing to see of a spot.
 */
export function spotTransformer(sizes: SpotTransformerSizes, images?: ImageNetwork): SpotTransformer {
  const { features, width, layers, dropout: probability } = sizes;
  const inputs = features + (images?.width ?? 0);
  if (inputs === 0) {
    throw new RangeError("Cannot see spots: there are neither image features nor a network for patches");
  }
  const block = spotBlock(sizes);
  const blocks = Array.from({ length: layers }, (_, i) => i);

  function seen(params: Params, cond: SpotCond): Tensor {
    const given = features === 0 ? [] : [encoded(cond, SPOT_FEATURES)];
    const made = images === undefined ? [] : [images.apply(params, "image_encoder", encoded(cond, PATCHES))];
    const all = [...given, ...made];
    return all.length === 1 ? all[0]! : concat(all, 1);
  }

  function trace(
    params: Params,
    { y: yt }: Expression,
    t: Tensor,
    cond: SpotCond,
    ctx: ApplyContext<Expression>,
  ): SpotTrace {
    const dropout = dropoutOf(ctx, probability);
    const time = spotTimeFeatures(gatherRows(t, cond.firstSpot));
    const hidden = silu(applyLinear(params, "fourier_proj/mlp/0", time));
    const timeToken = applyLinear(params, "fourier_proj/mlp/2", hidden);
    const first = add(encoded(cond, IMAGE_TOKENS), gatherRows(timeToken, cond.region));
    const traces: BlockTrace[] = [];
    let [tokens, expression] = [first, yt];
    for (const i of blocks) {
      const made = block.apply(
        params,
        blockPath(i),
        { tokens, expression, pairs: encoded(cond, pairsOf(i)), cond },
        dropout,
      );
      traces.push(made);
      ({ tokens, expression } = made);
    }
    const sum = traces.map((each) => each.expression).reduce((a, b) => add(a, b));
    return { time, timeToken, tokens: first, blocks: traces, expression: mul(sum, 1 / layers) };
  }

  return Object.freeze({
    init: (rng: Rng): Params => ({
      image_transform: linearParams(rng.fold("image_transform"), inputs, width),
      fourier_proj: {
        mlp: {
          0: linearParams(rng.fold("time 0"), TIME_FEATURES, width),
          2: linearParams(rng.fold("time 2"), width, width),
        },
      },
      backbone: { blks: blocks.map((i) => block.init(rng.fold("block").fold(i))) },
      ...(images === undefined ? {} : { image_encoder: images.init(rng.fold("image_encoder")) }),
    }),
    encode(params: Params, cond: SpotCond, ctx: ApplyContext<Expression>): SpotCond {
      const dropout = dropoutOf(ctx, probability);
      const pairs = blocks.map((i) => [pairsOf(i), block.pairs(params, blockPath(i), cond.edges, dropout)] as const);
      return {
        ...cond,
        [IMAGE_TOKENS]: applyLinear(params, "image_transform", seen(params, cond)),
        ...Object.fromEntries(pairs),
      };
    },
    apply: (params: Params, xt: Expression, t: Tensor, cond: SpotCond, ctx: ApplyContext<Expression>): Expression => ({
      y: trace(params, xt, t, cond, ctx).expression,
    }),
    trace,
  });
}
