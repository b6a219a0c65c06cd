import type { Rng } from "../../rng/mod.ts";
import { checkpoint, concat, type Tensor } from "../../tensor/mod.ts";
import { leaves, type Params, unflatten } from "../../tree.ts";
import { initNamed, type LayerContext, paramsOf, sequential, SILU, within } from "../layer.ts";
import { type Block, blockOf, type BlockSizes, inOrder } from "./blocks.ts";
import { convolutionLayer, groupNormLayer } from "./layers.ts";
import { type Piece, unetLayout, type UNetShape } from "./layout.ts";

/** Form and settings of a U-Net without what makes its embedding. */
export interface UNetTrunkSizes extends UNetShape, BlockSizes {
  /** Whether the derivative computes each entry again instead of keeping what it computed: less memory, more time. */
  readonly recompute: boolean;
}

/** What one evaluation computes on the way. */
export interface UNetTrunkTrace {
  /** Outputs of the encoder's entries. */
  readonly entries: readonly Tensor[];
  /** Output of the middle. */
  readonly middle: Tensor;
  /** The result, of the images' shape. */
  readonly output: Tensor;
}

/** A U-Net that is told a vector per image. */
export interface UNetTrunk {
  /** What has parameters, under the names of the published programs. */
  readonly parts: Readonly<Record<string, Pick<Block, "init">>>;
  /**
   * Evaluate the network; the result is exactly 0 with fresh parameters.
   *
   * @param params Parameters of the parts by name.
   * @param images Images, `[B, H, W, C]`; sides divide by 2 as often as there are levels after the first.
   * @param embedding Time and condition, `[B, M]`.
   * @param ctx Training flag and stream.
   * @returns The result and what led to it.
   * @throws {TypeError} If the images have other channels or sides that do not divide.
   */
  trace(params: Params, images: Tensor, embedding: Tensor, ctx: LayerContext): UNetTrunkTrace;
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
 * The U-Net of Dhariwal and Nichol (2021) from its embedding to its result: residual blocks, attention in the middle.
 *
 * @param sizes Form and settings.
 * @returns The network.
 */
export function unetTrunk(sizes: UNetTrunkSizes): UNetTrunk {
  const layout = unetLayout(sizes);
  const entry = (pieces: readonly Piece[]): Block =>
    lean(inOrder(pieces.map((piece) => blockOf(piece, sizes))), sizes.recompute);
  const [input, output] = [layout.input.map(entry), layout.output.map(entry)];
  const middle = entry(layout.middle);
  const end = sequential([
    groupNormLayer(layout.last, sizes.leastGroup),
    SILU,
    convolutionLayer(layout.last, sizes.channels, { side: 3, zero: true }),
  ]);
  const numbered = (blocks: readonly Block[]): Pick<Block, "init"> => ({
    init: (rng: Rng): Params => initNamed(Object.fromEntries(blocks.entries()), rng),
  });
  return Object.freeze({
    parts: {
      input_blocks: numbered(input),
      middle_block: middle,
      output_blocks: numbered(output),
      out: end,
    },
    trace(params: Params, images: Tensor, embedding: Tensor, ctx: LayerContext): UNetTrunkTrace {
      requireImages(images, sizes);
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
      return { entries, middle: inside, output: end.apply(paramsOf(params, "out"), h, ctx) };
    },
  });
}
