import {
  add,
  checkpoint,
  concat,
  cos,
  leaves,
  mul,
  type Params,
  reshape,
  type Rng,
  sin,
  type Tensor,
  tensor,
  unflatten,
} from "../../../core/mod.ts";
import { initNamed, type LayerContext, linearLayer, paramsOf, sequential, SILU, within } from "../layers.ts";
import { type Block, blockOf, inOrder } from "./blocks.ts";
import { convolutionLayer, groupNormLayer } from "./layers.ts";
import { type Piece, unetLayout, type UNetShape } from "./layout.ts";

/** Form and settings of the U-Net. */
export interface UNetSizes extends UNetShape {
  /** Width of the condition (E). */
  readonly condition: number;
  /** Probability of dropping a value in a residual block. */
  readonly dropout: number;
  /** Factor of the time before its cosines and sines; 1 is the release's, 1000 that of most diffusion networks. */
  readonly timeScale: number;
  /** Whether the derivative computes each entry again instead of keeping what it computed: less memory, more time. */
  readonly recompute: boolean;
}

/** What one evaluation computes on the way. */
export interface UNetTrace {
  /** Cosines, then sines, of the time, `[B, d]`. */
  readonly time: Tensor;
  /** Embedding of time and condition, `[B, 4 d]`. */
  readonly embedding: Tensor;
  /** Outputs of the encoder's entries. */
  readonly entries: readonly Tensor[];
  /** Output of the middle. */
  readonly middle: Tensor;
  /** The result, of the images' shape. */
  readonly output: Tensor;
}

/** A U-Net conditioned on a vector. */
export interface UNet {
  /**
   * Create fresh parameters; the result is exactly 0 with them.
   *
   * @param rng Stream for the initializers.
   * @returns New tensors, under the names of the released program.
   */
  init(rng: Rng): Params;
  /**
   * Evaluate the network.
   *
   * @param params Parameters.
   * @param images Images, `[B, H, W, C]`; sides divide by 2 as often as there are levels after the first.
   * @param t Path times, `[B]`.
   * @param condition Condition, `[B, E]`.
   * @param ctx Training flag and stream.
   * @returns The result and what led to it.
   * @throws {TypeError} If the images have other channels or sides that do not divide.
   */
  trace(params: Params, images: Tensor, t: Tensor, condition: Tensor, ctx: LayerContext): UNetTrace;
}

/** Longest period of the time features, as a power of the unit. */
const LONGEST = 10_000;

/**
 * Cosines, then sines, of times at the frequencies 10000^(-i / half), i = 0 .. half - 1.
 *
 * @param t Times, `[B]`.
 * @param width Number of features, even.
 * @returns `[B, width]`.
 */
export function timeFeatures(t: Tensor, width: number): Tensor {
  const half = width / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => LONGEST ** (-i / half));
  const angles = mul(reshape(t, [t.size, 1]), tensor(frequencies, [1, half]));
  return concat([cos(angles), sin(angles)], 1);
}

/** Evaluate a block without keeping what it computes on the way: always outside of training, in training if asked. */
function lean(block: Block, recompute: boolean): Block {
  return {
    init: block.init,
    apply(params: Params, x: Tensor, embedding: Tensor, ctx: LayerContext): Tensor {
      if (ctx.train && !recompute) return block.apply(params, x, embedding, ctx);
      return checkpoint(
        ([images, given, ...weights]) => block.apply(unflatten<Tensor, Tensor>(params, weights), images!, given!, ctx),
        [x, embedding, ...leaves<Tensor>(params)],
      );
    },
  };
}

function requireImages({ shape }: Tensor, { channels, multipliers }: UNetShape): void {
  const step = 2 ** (multipliers.length - 1);
  const [, height = 0, width = 0, found] = shape;
  if (shape.length === 4 && found === channels && height % step === 0 && width % step === 0) return;
  throw new TypeError(
    `Cannot apply the U-Net to images of shape [${shape}]: expected [B, H, W, ${channels}] with sides divisible by ` +
      `${step}`,
  );
}

/**
 * The U-Net of GeneFlow (section 3.3; where paper and released program differ, the program): residual blocks with scale and
 * shift by the embedding of time and condition, attention in the middle.
 *
 * @param sizes Form and settings.
 * @returns The network; 42.06 million parameters at base 128.
 */
export function unet(sizes: UNetSizes): UNet {
  const { base, channels, condition, dropout } = sizes;
  const width = 4 * base;
  const layout = unetLayout(sizes);
  const entry = (pieces: readonly Piece[]): Block =>
    lean(inOrder(pieces.map((piece) => blockOf(piece, width, dropout))), sizes.recompute);
  const [input, output] = [layout.input.map(entry), layout.output.map(entry)];
  const middle = entry(layout.middle);
  const time = sequential([linearLayer(base, width), SILU, linearLayer(width, width)]);
  const given = sequential([linearLayer(condition, width), SILU, linearLayer(width, width)]);
  const end = sequential([
    groupNormLayer(layout.last),
    SILU,
    convolutionLayer(layout.last, channels, { side: 3, zero: true }),
  ]);
  const numbered = (blocks: readonly Block[]) => ({
    init: (rng: Rng): Params => initNamed(Object.fromEntries(blocks.entries()), rng),
  });
  const parts = {
    time_embed: time,
    rna_proj: given,
    input_blocks: numbered(input),
    middle_block: middle,
    output_blocks: numbered(output),
    out: end,
  };
  return Object.freeze({
    init: (rng: Rng): Params => initNamed(parts, rng),
    trace(params: Params, images: Tensor, t: Tensor, cond: Tensor, ctx: LayerContext): UNetTrace {
      requireImages(images, sizes);
      const features = timeFeatures(mul(t, sizes.timeScale), base);
      const embedding = add(
        time.apply(paramsOf(params, "time_embed"), features, ctx),
        given.apply(paramsOf(params, "rna_proj"), cond, ctx),
      );
      const entries: Tensor[] = [];
      let h = images;
      for (const [i, block] of input.entries()) {
        h = block.apply(paramsOf(paramsOf(params, "input_blocks"), i), h, embedding, within(ctx, `input ${i}`));
        entries.push(h);
      }
      const inside = middle.apply(paramsOf(params, "middle_block"), h, embedding, within(ctx, "middle"));
      h = inside;
      for (const [i, block] of output.entries()) {
        const joined = concat([h, entries[entries.length - 1 - i]!], 3);
        h = block.apply(paramsOf(paramsOf(params, "output_blocks"), i), joined, embedding, within(ctx, `output ${i}`));
      }
      return { time: features, embedding, entries, middle: inside, output: end.apply(paramsOf(params, "out"), h, ctx) };
    },
  });
}
