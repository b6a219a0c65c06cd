import type { Params, Rng, Tensor } from "../../core/mod.ts";
import { cellParams, type CellSizes, encodeCells, type EncodedCells } from "./cell.ts";
import type { SpatiaEncoderConfig } from "./config.ts";
import {
  contextParams,
  type ContextSizes,
  embedNiches,
  embedTissue,
  joinLevels,
  type NicheInputs,
  type PlacedNiches,
} from "./context.ts";
import { countLaw, decoderParams, decodeShares, toldGenes, toldParams } from "./expression_decoder.ts";
import type { CountLaw } from "./count_likelihood.ts";
import { geneVectors } from "./gene_encoder.ts";
import { decodeImages, type ImageSource } from "./image_encoder.ts";
import type { ImageLayout } from "./image_layout.ts";
import type { CellInputs, GeneInputs } from "./inputs.ts";
import type { LayerSizes, Pass } from "./transformer.ts";

/** Sizes of the whole network. */
export interface SpatiaSizes {
  /** What encodes a cell. */
  readonly cell: CellSizes;
  /** What sees the surroundings. */
  readonly context: ContextSizes;
}

/**
 * Sizes that a configuration and the data lead to.
 *
 * @param config Configuration.
 * @param genes Genes that the network sees.
 * @param layout How images become tokens; absent without images.
 * @returns The sizes.
 */
export function sizesOf(
  { modalities, levels, network }: Pick<SpatiaEncoderConfig, "modalities" | "levels" | "network">,
  genes: number,
  layout: ImageLayout | undefined,
): SpatiaSizes {
  const { width, heads, feedForward, dropout, imageLayers, geneLayers, tissueLayers, fusion } = network;
  const layer: LayerSizes = { width, heads, feedForward, dropout };
  return {
    cell: {
      ...(layout === undefined ? {} : { image: { ...layer, layers: imageLayers, layout } }),
      ...(modalities.includes("genes") ? { genes: { ...layer, layers: geneLayers, genes } } : {}),
      fusion: { ...layer, feedForward: width / 2 },
      direction: fusion,
    },
    context: { ...layer, levels, tissueLayers },
  };
}

/** Embeddings of some cells at all levels. */
export interface EmbeddedLevels {
  /** Niches, `[B, E]`; absent without that level. */
  readonly niche?: Tensor;
  /** Tissue as each niche sees it, `[B, E]`; absent without that level. */
  readonly tissue?: Tensor;
  /** All levels joined, `[B, E]`. */
  readonly z: Tensor;
}

/** The network as pure functions. */
export interface SpatiaNetwork {
  /** Sizes. */
  readonly sizes: SpatiaSizes;
  /**
   * Create parameters.
   *
   * @param rng Stream.
   * @returns `{ cell, context, generate?, denoise? }`.
   */
  init(rng: Rng): Params;
  /**
   * Encode cells.
   *
   * @param params Parameters.
   * @param inputs What is seen of them.
   * @param pass Training or not.
   * @returns Embeddings and tokens.
   */
  cells(params: Params, inputs: CellInputs, pass: Pass): EncodedCells;
  /**
   * Embed niches.
   *
   * @param params Parameters.
   * @param cells Embeddings of cells, `[N, E]`.
   * @param niches Neighbours among them.
   * @param pass Training or not.
   * @returns Embeddings, `[B, E]`.
   */
  niches(params: Params, cells: Tensor, niches: NicheInputs, pass: Pass): Tensor;
  /**
   * Embed the tissue around niches.
   *
   * @param params Parameters.
   * @param own Niches.
   * @param others Niches that are looked at; undefined for the same.
   * @param pass Training or not.
   * @returns Embeddings, `[B, E]`.
   */
  tissue(params: Params, own: PlacedNiches, others: PlacedNiches | undefined, pass: Pass): Tensor;
  /**
   * Join the levels.
   *
   * @param params Parameters.
   * @param levels Cell, niche, tissue: those that the configuration has.
   * @returns Embeddings, `[B, E]`.
   */
  join(params: Params, levels: readonly [Tensor, ...Tensor[]]): Tensor;
  /**
   * Distribution of counts from the tokens of genes.
   *
   * @param params Parameters.
   * @param tokens Fused tokens, `[B, L, E]`.
   * @param totals Total over the tokens of each cell, `[B, 1]`.
   * @returns The distribution.
   */
  denoise(params: Params, tokens: Tensor, totals: Tensor): CountLaw;
  /**
   * Distribution of counts from embeddings and the names of genes.
   *
   * @param params Parameters.
   * @param genes Which genes; their values are not read.
   * @param z Embeddings, `[B, E]`.
   * @param totals Total over the tokens of each cell, `[B, 1]`.
   * @returns The distribution.
   */
  generate(params: Params, genes: GeneInputs, z: Tensor, totals: Tensor): CountLaw;
  /**
   * Reconstruct images.
   *
   * @param params Parameters.
   * @param source Tokens that were seen, and embeddings.
   * @param pass Training or not.
   * @returns Values of all tokens, `[B, P, D]`.
   */
  images(params: Params, source: ImageSource, pass: Pass): Tensor;
}

/**
 * SPATIA's representation model (Kong et al. 2025): image and gene encoders, fusion by cross-attention, niches of cells,
 * tissue of niches.
 *
 * @param sizes Sizes.
 * @returns The network.
 */
export function spatiaNetwork(sizes: SpatiaSizes): SpatiaNetwork {
  const { cell, context } = sizes;
  const { width } = context;
  return Object.freeze({
    sizes,
    init: (rng: Rng): Params => ({
      cell: cellParams(rng.fold("cell"), cell),
      context: contextParams(rng.fold("context"), context),
      ...(cell.genes === undefined ? {} : {
        denoise: decoderParams(rng.fold("denoise"), width),
        generate: { told: toldParams(rng.fold("told"), width), decoder: decoderParams(rng.fold("generate"), width) },
      }),
    }),
    cells: (params: Params, inputs: CellInputs, pass: Pass): EncodedCells =>
      encodeCells(params, "cell", inputs, cell, pass),
    niches: (params: Params, cells: Tensor, niches: NicheInputs, pass: Pass): Tensor =>
      embedNiches(params, "context", cells, niches, context, pass),
    tissue: (params: Params, own: PlacedNiches, others: PlacedNiches | undefined, pass: Pass): Tensor =>
      embedTissue(params, "context", own, others, context, pass),
    join: (params: Params, levels: readonly [Tensor, ...Tensor[]]): Tensor => joinLevels(params, "context", levels),
    denoise: (params: Params, tokens: Tensor, totals: Tensor): CountLaw =>
      countLaw(decodeShares(params, "denoise", tokens), totals),
    generate(params: Params, genes: GeneInputs, z: Tensor, totals: Tensor): CountLaw {
      const tokens = toldGenes(params, "generate/told", geneVectors(params, "cell/genes", genes), z);
      return countLaw(decodeShares(params, "generate/decoder", tokens), totals);
    },
    images: (params: Params, source: ImageSource, pass: Pass): Tensor =>
      decodeImages(params, "cell/image", source, cell.image!, pass),
  });
}
