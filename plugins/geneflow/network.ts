import {
  type ApplyContext,
  type Backbone,
  initNamed,
  type Params,
  paramsOf,
  type Rng,
  type Tensor,
  within,
} from "../../core/mod.ts";
import { type EncoderSizes, rnaEncoder } from "./encoder/rna_encoder.ts";
import { type CellCond, EMBEDDING, MEASURED, type Picture } from "./picture.ts";
import { unet, type UNetSizes } from "./unet/unet.ts";

/** Sizes of the two networks. */
export interface PictureNetworkSizes {
  /** The encoder of expression. */
  readonly encoder: EncoderSizes;
  /** The U-Net; its condition is as wide as the encoder's output. */
  readonly unet: Omit<UNetSizes, "condition">;
}

/** The network, whose conditioning is always encoded. */
export interface PictureNetwork extends Backbone<Picture, CellCond, Picture> {
  /** Encode expression, once per loss or draw. */
  encode(params: Params, cond: CellCond, ctx: ApplyContext<Picture>): CellCond;
}

function embeddingOf(cond: CellCond): Tensor {
  const found = cond[EMBEDDING];
  if (found !== undefined) return found;
  throw new TypeError(
    `Cannot draw images: the conditioning has no "${EMBEDDING}"; give apply() what encode() returned`,
  );
}

/**
 * The network of GeneFlow: an encoder of expression and a U-Net conditioned on what it gives.
 *
 * @param sizes Sizes.
 * @returns The backbone; parameters lie under `rna_encoder` and `unet`, named as in the released program.
 */
export function pictureNetwork(sizes: PictureNetworkSizes): PictureNetwork {
  const encoder = rnaEncoder(sizes.encoder);
  const painter = unet({ ...sizes.unet, condition: sizes.encoder.output });
  return Object.freeze({
    init: (rng: Rng): Params => initNamed({ rna_encoder: encoder, unet: painter }, rng),
    encode(params: Params, cond: CellCond, ctx: ApplyContext<Picture>): CellCond {
      const measured = cond[MEASURED];
      const cells = { x: cond.expression, real: cond.cells, ...(measured === undefined ? {} : { measured }) };
      const embedding = encoder.apply(paramsOf(params, "rna_encoder"), cells, within(ctx, "encoder"));
      return { ...cond, [EMBEDDING]: embedding };
    },
    apply(params: Params, { img }: Picture, t: Tensor, cond: CellCond, ctx: ApplyContext<Picture>): Picture {
      return { img: painter.trace(paramsOf(params, "unet"), img, t, embeddingOf(cond), within(ctx, "unet")).output };
    },
  });
}
