import {
  applyLinear,
  concat,
  linearParams,
  mean,
  mul,
  type Params,
  type Rng,
  type Tensor,
  tensorAt,
  zeros,
} from "../../core/mod.ts";
import { apartGenes, encodeGenes, geneParams, type GeneSizes } from "./gene_encoder.ts";
import { encodeImages, imageParams, type ImageSizes } from "./image_encoder.ts";
import type { CellInputs } from "./inputs.ts";
import { orAbsent, overTokens } from "./modalities.ts";
import { attendingLayer, layerParams, type LayerSizes, type Pass, passOf } from "./transformer.ts";
import type { SpatiaEncoderConfig } from "./config.ts";

/** Sizes of what encodes a cell. */
export interface CellSizes {
  /** Image encoder; absent if the network sees no images. */
  readonly image?: ImageSizes;
  /** Gene encoder; absent if the network sees no counts. */
  readonly genes?: GeneSizes;
  /** Fusion blocks. */
  readonly fusion: LayerSizes;
  /** Whose tokens look at the other's. */
  readonly direction: SpatiaEncoderConfig["network"]["fusion"];
}

/** What is made of cells. */
export interface EncodedCells {
  /** Mean image token before fusion, `[B, E]`. */
  readonly image?: Tensor;
  /** Token of the cell among its genes before fusion, `[B, E]`. */
  readonly genes?: Tensor;
  /** Image tokens after fusion, `[B, V, E]`. */
  readonly imageTokens?: Tensor;
  /** Gene tokens after fusion, `[B, L, E]`. */
  readonly geneTokens?: Tensor;
  /** Embedding of each cell, `[B, E]`. */
  readonly z: Tensor;
}

/**
 * Parameters of {@linkcode encodeCells}.
 *
 * @param rng Stream.
 * @param sizes Sizes.
 * @returns Encoders, fusion blocks, the vectors that stand for what is absent, and the last map.
 */
export function cellParams(rng: Rng, { image, genes, fusion, direction }: CellSizes): Params {
  const { width } = fusion;
  const both = image !== undefined && genes !== undefined;
  const block = (name: string): Params => layerParams(rng.fold(name), fusion);
  return {
    ...(image === undefined ? {} : { image: imageParams(rng.fold("image"), image), noImage: zeros([width]) }),
    ...(genes === undefined ? {} : { genes: geneParams(rng.fold("genes"), genes), noGenes: zeros([width]) }),
    ...(both && direction !== "gene-queries" ? { imageFusion: block("imageFusion") } : {}),
    ...(both && direction !== "image-queries" ? { geneFusion: block("geneFusion") } : {}),
    out: linearParams(rng.fold("out"), both ? 2 * width : width, width),
  };
}

/**
 * Encode cells: images and counts by themselves, then each side looks at the other's tokens, then both are joined. A side
 * that a cell does not have is neither looked at nor read.
 *
 * @param params Parameters of {@linkcode cellParams} at `path`.
 * @param path Where they lie.
 * @param inputs What is seen.
 * @param sizes Sizes.
 * @param pass Training or not.
 * @returns Embeddings and tokens.
 */
export function encodeCells(
  params: Params,
  path: string,
  { image, genes }: CellInputs,
  sizes: CellSizes,
  pass: Pass,
): EncodedCells {
  const own = (name: string): Pass => passOf(pass, name);
  const x = image === undefined ? undefined : encodeImages(params, `${path}/image`, image, sizes.image!, own("image"));
  const g = genes === undefined ? undefined : encodeGenes(params, `${path}/genes`, genes, sizes.genes!, own("genes"));
  const { fusion, direction } = sizes;
  let [imageTokens, tokens] = [x, g?.tokens];
  if (x !== undefined && g !== undefined) {
    if (direction !== "gene-queries") {
      const gate = (seen: Tensor): Tensor => mul(seen, overTokens(genes!.present));
      imageTokens = attendingLayer(params, `${path}/imageFusion`, x, g.tokens, fusion, own("fusion"), { gate });
    }
    if (direction !== "image-queries") {
      const gate = (seen: Tensor): Tensor => mul(seen, overTokens(image!.present));
      tokens = attendingLayer(params, `${path}/geneFusion`, g.tokens, x, fusion, own("fusion"), { gate });
    }
  }
  const apart = tokens === undefined ? undefined : apartGenes(tokens);
  const absent = (name: string): Tensor => tensorAt(params, `${path}/${name}`);
  const sides = [
    ...(imageTokens === undefined ? [] : [orAbsent(mean(imageTokens, 1), image!.present, absent("noImage"))]),
    ...(apart === undefined ? [] : [orAbsent(apart.cell, genes!.present, absent("noGenes"))]),
  ];
  return {
    ...(x === undefined ? {} : { image: mean(x, 1), imageTokens: imageTokens! }),
    ...(g === undefined ? {} : { genes: g.cell, geneTokens: apart!.genes }),
    z: applyLinear(params, `${path}/out`, sides.length === 1 ? sides[0]! : concat(sides, 1)),
  };
}
