import {
  add,
  applyLayerNorm,
  applyLinear,
  concat,
  expandDims,
  gatherRows,
  layerNormParams,
  linearParams,
  mul,
  type Params,
  reshape,
  type Rng,
  type Tensor,
  tensor,
  tensorAt,
} from "../../core/mod.ts";
import type { ImageLayout } from "./image_layout.ts";
import type { ImageInputs } from "./inputs.ts";
import { placeCodes } from "./places.ts";
import { attendingLayer, layerParams, type LayerSizes, type Pass } from "./transformer.ts";

/** Sizes of the image encoder. */
export interface ImageSizes extends LayerSizes {
  /** Layers. */
  readonly layers: number;
  /** How images become tokens. */
  readonly layout: Pick<ImageLayout, "tokens" | "width" | "places">;
}

/**
 * Parameters of the vision transformer and of what reconstructs images from it.
 *
 * @param rng Stream.
 * @param sizes Sizes.
 * @returns `{ tokens, layers, norm, hidden, told, decoder, out }`.
 */
export function imageParams(rng: Rng, { layers, layout, ...sizes }: ImageSizes): Params {
  const { width } = sizes;
  return {
    tokens: linearParams(rng.fold("tokens"), layout.width, width),
    layers: Array.from({ length: layers }, (_, i) => layerParams(rng.fold("layer").fold(i), sizes)),
    norm: layerNormParams(width),
    hidden: mul(rng.fold("hidden").normal([width]), 0.02),
    told: linearParams(rng.fold("told"), width, width),
    decoder: { layer: layerParams(rng.fold("decoder"), sizes), norm: layerNormParams(width) },
    out: linearParams(rng.fold("out"), width, layout.width),
  };
}

/** Sine codes of the tokens' places in the image, `[P, E]`. */
function codesOf({ layout, width }: ImageSizes): Tensor {
  return placeCodes(tensor(layout.places, [layout.tokens, 2]), width);
}

/**
 * Encode the tokens of images that are seen (Dosovitskiy et al. 2021; He et al. 2022 where some are hidden).
 *
 * @param params Parameters of {@linkcode imageParams} at `path`.
 * @param path Where they lie.
 * @param inputs Images.
 * @param sizes Sizes.
 * @param pass Training or not.
 * @returns Encoded tokens, `[B, V, E]`.
 */
export function encodeImages(
  params: Params,
  path: string,
  { tokens, kept }: ImageInputs,
  sizes: ImageSizes,
  pass: Pass,
): Tensor {
  const [cells, count, width] = tokens.shape as [number, number, number];
  const codes = codesOf(sizes);
  const seen = kept === undefined ? tokens : gatherRows(reshape(tokens, [cells * count, width]), kept.rows);
  const placed = kept === undefined ? codes : gatherRows(codes, kept.places);
  const flat = add(applyLinear(params, `${path}/tokens`, seen), placed);
  let x = kept === undefined ? flat : reshape(flat, [cells, flat.shape[0]! / cells, sizes.width]);
  for (let i = 0; i < sizes.layers; i++) x = attendingLayer(params, `${path}/layers/${i}`, x, undefined, sizes, pass);
  return applyLayerNorm(params, `${path}/norm`, x);
}

/** What images are reconstructed from. */
export interface ImageSource {
  /** Fused tokens that were seen, `[B, V, E]`. */
  readonly tokens: Tensor;
  /** Row among the seen ones for each token, int32 `[B P]`; B V for one that was hidden. */
  readonly back: Tensor;
  /** Embeddings, `[B, E]`. */
  readonly z: Tensor;
}

/**
 * Reconstruct images from what was seen of them and from the embedding.
 *
 * @param params Parameters of {@linkcode imageParams} at `path`.
 * @param path Where they lie.
 * @param source Tokens and embedding.
 * @param sizes Sizes.
 * @param pass Training or not.
 * @returns Values of all tokens, `[B, P, D]`.
 */
export function decodeImages(
  params: Params,
  path: string,
  { tokens, back, z }: ImageSource,
  sizes: ImageSizes,
  pass: Pass,
): Tensor {
  const [cells, seen, width] = tokens.shape as [number, number, number];
  const { tokens: count } = sizes.layout;
  const all = concat([
    reshape(tokens, [cells * seen, width]),
    reshape(tensorAt(params, `${path}/hidden`), [1, width]),
  ], 0);
  const placed = add(reshape(gatherRows(all, back), [cells, count, width]), codesOf(sizes));
  const told = add(placed, expandDims(applyLinear(params, `${path}/told`, z), 1));
  const x = attendingLayer(params, `${path}/decoder/layer`, told, undefined, sizes, pass);
  return applyLinear(params, `${path}/out`, applyLayerNorm(params, `${path}/decoder/norm`, x));
}
