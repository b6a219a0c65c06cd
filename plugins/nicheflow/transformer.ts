import {
  add,
  type ApplyContext,
  applyLayerNorm,
  applyLinear,
  attendProjected,
  attentionLayer,
  type AttentionOptions,
  attentionParams,
  type Backbone,
  concat,
  integerTimeFeatures,
  layerNormParams,
  leakyRelu,
  linearParams,
  type Params,
  projectMemory,
  type Rng,
  slice,
  spreadOverPoints,
  type Tensor,
  zeros,
} from "../../core/mod.ts";
import { MEMORY, memoryOf, type Niche, type NicheCond, SOURCE_MASK } from "./niche.ts";

/** Sizes of the microenvironment transformer. */
export interface TransformerSizes {
  /** Features per cell (G). */
  readonly features: number;
  /** Coordinates per cell (D). */
  readonly coordinates: number;
  /** Time points (S). */
  readonly times: number;
  /** Requested width; rounded down to a multiple of three times the heads, see {@linkcode effectiveWidth}. */
  readonly embed: number;
  /** Hidden width of the feed-forward layers. */
  readonly feedForward: number;
  /** Attention heads. */
  readonly heads: number;
  /** Encoder blocks. */
  readonly encoders: number;
  /** Decoder blocks. */
  readonly decoders: number;
  /** Probability of dropping an attention weight in training. */
  readonly dropout: number;
  /**
   * Factor on the first weights of the coordinates' embedding.
   *
   * @default {1}
   */
  readonly coordinateGain?: number;
}

const SLOPE = 0.01;

/**
 * Width that splits into features, time and coordinates with whole heads: 3h * floor(embed / 3h).
 *
 * @param embed Requested width.
 * @param heads Attention heads.
 * @returns The width in use; 120 for 128 and 4 heads.
 */
export function effectiveWidth(embed: number, heads: number): number {
  return 3 * heads * Math.floor(embed / (3 * heads));
}

function feedForwardParams(rng: Rng, width: number, hidden: number): Params {
  return { fc1: linearParams(rng.fold("fc1"), width, hidden), fc2: linearParams(rng.fold("fc2"), hidden, width) };
}

function encoderParams(rng: Rng, width: number, hidden: number): Params {
  return {
    attn: attentionParams(rng.fold("attn"), width),
    ln_1: layerNormParams(width),
    ff: feedForwardParams(rng.fold("ff"), width, hidden),
    ln_2: layerNormParams(width),
  };
}

function decoderParams(rng: Rng, width: number, hidden: number): Params {
  return {
    self_attn: attentionParams(rng.fold("self_attn"), width),
    ln_1: layerNormParams(width),
    cross_attn: attentionParams(rng.fold("cross_attn"), width),
    ln_2: layerNormParams(width),
    ff: feedForwardParams(rng.fold("ff"), width, hidden),
    ln_3: layerNormParams(width),
  };
}

function feedForward(params: Params, path: string, x: Tensor): Tensor {
  return applyLinear(params, `${path}/fc2`, leakyRelu(applyLinear(params, `${path}/fc1`, x), SLOPE));
}

/**
 * The microenvironment transformer (NicheFlow, section 5.1): an encoder over the source set and a decoder over the noisy
 * target set, post-norm, without positional encoding, so that reordering target cells reorders the output.
 *
 * Parameter names are those of the authors' state dict with `/` for `.`; weights are `[in, out]`.
 *
 * @param sizes Sizes and dropout.
 * @returns The backbone; it predicts a {@linkcode Niche} whose meaning the objective fixes.
 */
export function nicheTransformer(sizes: TransformerSizes): Backbone<Niche, NicheCond, Niche> {
  const { features, coordinates, times, heads, encoders, decoders, feedForward: hidden, dropout } = sizes;
  const width = effectiveWidth(sizes.embed, heads);
  const slot = width / 3;

  function optionsAt(path: string, keyMask: Tensor | undefined, ctx: ApplyContext<Niche>): AttentionOptions {
    return {
      heads,
      ...(keyMask === undefined ? {} : { keyMask }),
      ...(ctx.train ? { dropout: { probability: dropout, rng: ctx.rng.fold(path) } } : {}),
    };
  }

  function attend(params: Params, path: string, h: Tensor, mask: Tensor | undefined, ctx: ApplyContext<Niche>): Tensor {
    return attentionLayer(params, path, h, h, optionsAt(path, mask, ctx));
  }

  function tokens(params: Params, x: Tensor, pos: Tensor, time: Tensor, flowTime: Tensor): Tensor {
    const points = x.shape[1]!;
    const featureTokens = applyLinear(params, "x_emb", concat([x, spreadOverPoints(time, points)], 2));
    return concat([featureTokens, flowTime, applyLinear(params, "pos_emb", pos)], 2);
  }

  function encodeSource(params: Params, cond: NicheCond, ctx: ApplyContext<Niche>): Tensor {
    const [batch, points] = cond.sourceX.shape as [number, number];
    const noTime = zeros([batch, points, slot]);
    let h = tokens(params, cond.sourceX, cond.sourcePos, cond.sourceTime, noTime);
    for (let block = 0; block < encoders; block++) {
      const path = `enc_blocks/${block}`;
      h = applyLayerNorm(params, `${path}/ln_1`, add(h, attend(params, `${path}/attn`, h, cond[SOURCE_MASK], ctx)));
      h = applyLayerNorm(params, `${path}/ln_2`, add(h, feedForward(params, `${path}/ff`, h)));
    }
    return h;
  }

  return Object.freeze({
    init(rng: Rng): Params {
      const blocks = (name: string, count: number, make: (rng: Rng, width: number, hidden: number) => Params) =>
        Array.from({ length: count }, (_, i) => make(rng.fold(name).fold(i), width, hidden));
      return {
        x_emb: linearParams(rng.fold("x_emb"), features + times, slot),
        pos_emb: linearParams(rng.fold("pos_emb"), coordinates, slot, sizes.coordinateGain),
        time_emb: { out_linear: linearParams(rng.fold("time_emb"), 2 * width, slot) },
        enc_blocks: blocks("enc_blocks", encoders, encoderParams),
        dec_blocks: blocks("dec_blocks", decoders, decoderParams),
        out_linear: linearParams(rng.fold("out_linear"), width, features + coordinates),
      };
    },
    apply(params: Params, xt: Niche, t: Tensor, cond: NicheCond, ctx: ApplyContext<Niche>): Niche {
      const [batch, points] = xt.x.shape as [number, number];
      const memories = Array.from({ length: decoders }, (_, block) => cond[memoryOf(block)]);
      if (memories.includes(undefined)) {
        throw new TypeError(
          `Cannot decode niches: the conditioning has no "${MEMORY}"; give apply() what encode() returned`,
        );
      }
      const flowTime = applyLinear(params, "time_emb/out_linear", integerTimeFeatures(t, width));
      let h = tokens(params, xt.x, xt.pos, cond.targetTime, spreadOverPoints(flowTime, points));
      for (let block = 0; block < decoders; block++) {
        const path = `dec_blocks/${block}`;
        h = applyLayerNorm(params, `${path}/ln_1`, add(h, attend(params, `${path}/self_attn`, h, ctx.mask?.x, ctx)));
        const options = optionsAt(`${path}/cross_attn`, cond[SOURCE_MASK], ctx);
        const cross = attendProjected(params, `${path}/cross_attn`, h, memories[block]!, options);
        h = applyLayerNorm(params, `${path}/ln_2`, add(h, cross));
        h = applyLayerNorm(params, `${path}/ln_3`, add(h, feedForward(params, `${path}/ff`, h)));
      }
      const out = applyLinear(params, "out_linear", h);
      return {
        x: slice(out, [0, 0, 0], [batch, points, features]),
        pos: slice(out, [0, 0, features], [batch, points, coordinates]),
      };
    },
    encode(params: Params, cond: NicheCond, ctx: ApplyContext<Niche>): NicheCond {
      const memory = encodeSource(params, cond, ctx);
      const projected = Array.from({ length: decoders }, (_, block) => [
        memoryOf(block),
        projectMemory(params, `dec_blocks/${block}/cross_attn`, memory),
      ]);
      return { ...cond, [MEMORY]: memory, ...Object.fromEntries(projected) };
    },
  });
}
