import type { Rng } from "../../rng/mod.ts";
import { add, averagePool2d, mul, reshape, split, type Tensor, upsampleNearest2d, zeros } from "../../tensor/mod.ts";
import type { Params } from "../../tree.ts";
import { attentionLayer } from "../attention.ts";
import {
  dropoutLayer,
  IDENTITY,
  initNamed,
  type Layer,
  type LayerContext,
  linearLayer,
  paramsOf,
  sequential,
  SILU,
  within,
} from "../layer.ts";
import { linearParams } from "../layers.ts";
import { convolutionLayer, groupNormLayer } from "./layers.ts";
import type { Piece, Resample } from "./layout.ts";

/** A part of the U-Net that also sees the embedding of time and condition. */
export interface Block {
  /**
   * Create fresh parameters.
   *
   * @param rng Stream for the initializers.
   * @returns New tensors.
   */
  init(rng: Rng): Params;
  /**
   * Evaluate the block.
   *
   * @param params Its parameters.
   * @param x Images, `[B, H, W, C]`.
   * @param embedding Time and condition, `[B, M]`.
   * @param ctx Training flag and stream.
   * @returns Images.
   */
  apply(params: Params, x: Tensor, embedding: Tensor, ctx: LayerContext): Tensor;
}

/** What the blocks of a U-Net share. */
export interface BlockSizes {
  /** Width of the embedding (M). */
  readonly embedding: number;
  /**
   * How a residual block is told the embedding: `scale-shift` after its second norm (Perez et al. 2018), or `add` before it,
   * where the norm takes out whatever is equal within a group of channels.
   */
  readonly injection: "scale-shift" | "add";
  /** Probability of dropping a value in a residual block. */
  readonly dropout: number;
  /** Channels of a normalised group, at least; 1 is the published networks'. */
  readonly leastGroup: number;
}

const RESAMPLE: Readonly<Record<Resample, (x: Tensor) => Tensor>> = {
  none: (x) => x,
  down: (x) => averagePool2d(x, 2),
  up: (x) => upsampleNearest2d(x, 2),
};

const FILTER = { side: 3, zero: false } as const;
const ZERO_FILTER = { side: 3, zero: true } as const;

/**
 * Scale and shift of channels by the embedding, x (1 + scale) + shift; the first half of `factors` is the scale (Perez et
 * al. 2018).
 *
 * @param x Images, `[B, H, W, C]`.
 * @param factors `[B, 2 C]`.
 * @returns Images.
 */
export function modulate(x: Tensor, factors: Tensor): Tensor {
  const [images, width] = factors.shape as [number, number];
  const [scale, shift] = split(reshape(factors, [images, 1, 1, width]), 2, 3) as [Tensor, Tensor];
  return add(mul(x, add(scale, 1)), shift);
}

/** The layer after something without parameters. */
function preceded(before: (x: Tensor) => Tensor, layer: Layer): Layer {
  return {
    init: layer.init,
    apply: (params: Params, x: Tensor, ctx: LayerContext) => layer.apply(params, before(x), ctx),
  };
}

/** Values added to channels by the embedding. */
function shift(x: Tensor, values: Tensor): Tensor {
  const [images, width] = values.shape as [number, number];
  return add(x, reshape(values, [images, 1, 1, width]));
}

/** Residual block told the embedding; starts as its skip. */
function residualBlock({ inputs, outputs, resample }: Piece & { kind: "residual" }, sizes: BlockSizes): Block {
  const { embedding: width, injection, dropout, leastGroup } = sizes;
  const size = RESAMPLE[resample];
  const norm = groupNormLayer(outputs, leastGroup);
  const tail = [SILU, dropoutLayer(dropout), convolutionLayer(outputs, outputs, ZERO_FILTER)];
  const parts = {
    in_layers: sequential([
      groupNormLayer(inputs, leastGroup),
      SILU,
      preceded(size, convolutionLayer(inputs, outputs, FILTER)),
    ]),
    emb_layers: sequential([SILU, linearLayer(width, injection === "scale-shift" ? 2 * outputs : outputs)]),
    out_layers: sequential([norm, ...tail]),
    ...(inputs === outputs ? {} : { skip_connection: convolutionLayer(inputs, outputs, { side: 1, zero: false }) }),
  };
  // Scale and shift stand between the norm and what follows.
  const rest = sequential([IDENTITY, ...tail]);
  return {
    init: (rng: Rng): Params => initNamed(parts, rng),
    apply(params: Params, x: Tensor, embedding: Tensor, ctx: LayerContext): Tensor {
      const last = paramsOf(params, "out_layers");
      const entered = parts.in_layers.apply(paramsOf(params, "in_layers"), x, within(ctx, "in"));
      const factors = parts.emb_layers.apply(paramsOf(params, "emb_layers"), embedding, ctx);
      const told = injection === "scale-shift"
        ? modulate(norm.apply(paramsOf(last, 0), entered, ctx), factors)
        : norm.apply(paramsOf(last, 0), shift(entered, factors), ctx);
      const left = rest.apply(last, told, within(ctx, "out"));
      const way = size(x);
      return add(parts.skip_connection?.apply(paramsOf(params, "skip_connection"), way, ctx) ?? way, left);
    },
  };
}

/** Attention of all places of an image to each other, beside the image; starts as the identity. */
function attentionBlock({ channels, heads }: Piece & { kind: "attention" }, { leastGroup }: BlockSizes): Block {
  const norm = groupNormLayer(channels, leastGroup);
  return {
    init(rng: Rng): Params {
      const { weight, bias } = linearParams(rng.fold("qkv"), channels, 3 * channels) as Readonly<
        Record<string, Tensor>
      >;
      return {
        norm: norm.init(rng),
        in_proj_weight: weight!,
        in_proj_bias: bias!,
        out_proj: { weight: zeros([channels, channels]), bias: zeros([channels]) },
      };
    },
    apply(params: Params, x: Tensor, _: Tensor, ctx: LayerContext): Tensor {
      const [images, height, width] = x.shape as [number, number, number];
      const tokens = reshape(norm.apply(paramsOf(params, "norm"), x, ctx), [images, height * width, channels]);
      return add(x, reshape(attentionLayer({ layer: params }, "layer", tokens, tokens, { heads }), x.shape));
    },
  };
}

function plainBlock(layer: Layer): Block {
  return {
    init: layer.init,
    apply: (params: Params, x: Tensor, _: Tensor, ctx: LayerContext): Tensor => layer.apply(params, x, ctx),
  };
}

/**
 * Build one piece.
 *
 * @param piece What it is.
 * @param sizes What all blocks share.
 * @returns The block.
 */
export function blockOf(piece: Piece, sizes: BlockSizes): Block {
  switch (piece.kind) {
    case "convolution":
      return plainBlock(convolutionLayer(piece.inputs, piece.outputs, FILTER));
    case "residual":
      return residualBlock(piece, sizes);
    case "resample":
      return plainBlock({ ...IDENTITY, apply: (_: Params, x: Tensor) => RESAMPLE[piece.resample](x) });
    case "attention":
      return attentionBlock(piece, sizes);
  }
}

/**
 * Blocks one after the other; parameters lie under their numbers.
 *
 * @param blocks The blocks in order.
 * @returns One block.
 */
export function inOrder(blocks: readonly Block[]): Block {
  return {
    init: (rng: Rng): Params => initNamed(Object.fromEntries(blocks.entries()), rng),
    apply: (params: Params, x: Tensor, embedding: Tensor, ctx: LayerContext): Tensor =>
      blocks.reduce((h, block, i) => block.apply(paramsOf(params, i), h, embedding, within(ctx, i)), x),
  };
}
