import {
  add,
  applyLayerNorm,
  applyLinear,
  concat,
  div,
  expandDims,
  gatherRows,
  gelu,
  linearParams,
  mul,
  type Params,
  reshape,
  type Rng,
  sum,
  type Tensor,
  zeros,
} from "../../core/mod.ts";
import type { Level } from "./config.ts";
import { placeCodes } from "./places.ts";
import { attendingLayer, layerParams, type LayerSizes, type Pass, passOf } from "./transformer.ts";

/** Sizes of what sees the surroundings. */
export interface ContextSizes extends LayerSizes {
  /** Levels that the embedding joins. */
  readonly levels: readonly Level[];
  /** Layers over the niches of a section. */
  readonly tissueLayers: number;
}

/** Neighbours of some cells, as rows of the embeddings that are given. */
export interface NicheInputs {
  /** Rows of the neighbours, the cell itself first, int32 `[B K]`. */
  readonly index: Tensor;
  /** 1 for neighbours that are there, `[B, K]`. */
  readonly seen: Tensor;
  /** From the cell to each neighbour, in typical distances, `[B K, 2]`. */
  readonly offsets: Tensor;
}

/**
 * Parameters of niche, tissue and what joins them with the cell; the last map starts at zero, so that training starts from
 * the embedding of the cell alone.
 *
 * @param rng Stream.
 * @param sizes Sizes.
 * @returns `{ niche?, tissue?, join? }`.
 */
export function contextParams(rng: Rng, { levels, tissueLayers, ...sizes }: ContextSizes): Params {
  const { width } = sizes;
  const linear = (name: string, inputs = width): Params => linearParams(rng.fold(name), inputs, width);
  return {
    ...(!levels.includes("niche") ? {} : {
      niche: { query: linear("query"), offsets: linear("offsets"), layer: layerParams(rng.fold("niche"), sizes) },
    }),
    ...(!levels.includes("tissue") ? {} : {
      tissue: {
        places: linear("places"),
        layers: Array.from({ length: tissueLayers }, (_, i) => layerParams(rng.fold("tissue").fold(i), sizes)),
      },
    }),
    ...(levels.length === 1 ? {} : {
      join: {
        inner: linear("join", levels.length * width),
        outer: { weight: zeros([width, width]), bias: zeros([width]) },
      },
    }),
  };
}

/**
 * Embed niches: the mean of the cells of a niche looks at them, each with the code of where it lies.
 *
 * @param params Parameters of {@linkcode contextParams} at `path`.
 * @param path Where they lie.
 * @param cells Embeddings of cells, `[N, E]`.
 * @param niches Neighbours of B cells among the N.
 * @param sizes Sizes.
 * @param pass Training or not.
 * @returns Embeddings of the niches, `[B, E]`.
 */
export function embedNiches(
  params: Params,
  path: string,
  cells: Tensor,
  { index, seen, offsets }: NicheInputs,
  sizes: ContextSizes,
  pass: Pass,
): Tensor {
  const [count, size] = seen.shape as [number, number];
  const { width } = sizes;
  const around = reshape(gatherRows(cells, index), [count, size, width]);
  const weights = reshape(seen, [count, size, 1]);
  const average = div(sum(mul(around, weights), 1), sum(weights, 1));
  const query = expandDims(applyLinear(params, `${path}/niche/query`, average), 1);
  const codes = applyLinear(params, `${path}/niche/offsets`, placeCodes(offsets, width));
  const memory = add(around, reshape(codes, [count, size, width]));
  const layer = `${path}/niche/layer`;
  const out = attendingLayer(params, layer, query, memory, sizes, passOf(pass, "niche"), { keyMask: seen });
  return reshape(out, [count, width]);
}

/** Niches with their places in the section. */
export interface PlacedNiches {
  /** Embeddings, `[M, E]`. */
  readonly niches: Tensor;
  /** Places in typical distances from the middle of the section, `[M, 2]`. */
  readonly places: Tensor;
}

/**
 * Embed the tissue around niches: they look at niches of their section, which look at each other.
 *
 * @param params Parameters of {@linkcode contextParams} at `path`.
 * @param path Where they lie.
 * @param own Niches, B of them.
 * @param others Niches that are looked at; undefined for the same.
 * @param sizes Sizes.
 * @param pass Training or not.
 * @returns The tissue as each niche sees it, `[B, E]`.
 */
export function embedTissue(
  params: Params,
  path: string,
  own: PlacedNiches,
  others: PlacedNiches | undefined,
  sizes: ContextSizes,
  pass: Pass,
): Tensor {
  const placed = ({ niches, places }: PlacedNiches): Tensor =>
    expandDims(add(niches, applyLinear(params, `${path}/tissue/places`, placeCodes(places, sizes.width))), 0);
  let x = placed(own);
  let memory = others === undefined ? x : placed(others);
  for (let i = 0; i < sizes.tissueLayers; i++) {
    const layer = `${path}/tissue/layers/${i}`;
    const look = (tokens: Tensor, name: string): Tensor => {
      const seen = applyLayerNorm(params, `${layer}/queries`, memory);
      return attendingLayer(params, layer, tokens, seen, sizes, passOf(pass, name));
    };
    const next = look(x, "tissue");
    memory = others === undefined ? next : look(memory, "others");
    x = next;
  }
  return reshape(x, own.niches.shape);
}

/**
 * Join the levels: z = z_cell + W2 GELU(W1 [z_cell; z_niche; z_tissue]).
 *
 * @param params Parameters of {@linkcode contextParams} at `path`.
 * @param path Where they lie.
 * @param levels Embeddings in the order cell, niche, tissue, `[B, E]` each.
 * @returns Embeddings, `[B, E]`.
 */
export function joinLevels(params: Params, path: string, levels: readonly [Tensor, ...Tensor[]]): Tensor {
  if (levels.length === 1) return levels[0];
  const inner = gelu(applyLinear(params, `${path}/join/inner`, concat([...levels], 1)));
  return add(levels[0], applyLinear(params, `${path}/join/outer`, inner));
}
