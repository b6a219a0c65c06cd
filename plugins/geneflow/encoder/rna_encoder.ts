import {
  concat,
  dropoutLayer,
  initNamed,
  type Layer,
  type LayerContext,
  layerNormLayer,
  linearLayer,
  mul,
  type Params,
  paramsOf,
  reshape,
  type Rng,
  sequential,
  sigmoid,
  type Tensor,
  within,
} from "../../../core/mod.ts";
import { type Aggregation, attendCells, averageCells, mixHeads, onlyCell } from "./aggregation.ts";
import { cellStack } from "./cell_stack.ts";
import { geneAttention, type GeneScale } from "./gene_attention.ts";
import { geneRelations } from "./gene_relations.ts";

/** Parts of the encoder that can be left out, for the paper's ablation. */
export interface EncoderParts {
  /** Low-rank relations between genes. */
  readonly geneRelations: boolean;
  /** One learned weight per gene. */
  readonly geneAttention: boolean;
  /** Attention over cells (or over projections of the one cell) instead of their mean. */
  readonly multiHead: boolean;
  /** The gate at the end. */
  readonly featureGating: boolean;
  /** Residual blocks instead of single affine maps. */
  readonly residualBlocks: boolean;
  /** Layer norms. */
  readonly layerNorm: boolean;
}

/** Form of an encoder of expression. */
export interface EncoderSizes extends EncoderParts {
  /** `single`: one cell per image; `multi`: all cells of an image. */
  readonly cells: "single" | "multi";
  /** Genes (G). */
  readonly genes: number;
  /** Widths of the stages that each cell goes through. */
  readonly hidden: readonly number[];
  /** Width of the embedding (E). */
  readonly output: number;
  /** Rank of the gene relations (K). */
  readonly rank: number;
  /** Attention heads. */
  readonly heads: number;
  /** What the gene weights sum to. */
  readonly geneScale: GeneScale;
  /** Whether the network also sees which genes were measured; doubles the width of its input. */
  readonly concatMask: boolean;
  /** Probability of dropping a value. */
  readonly dropout: number;
}

/** Expression of the cells of some images. */
export interface CellExpression {
  /** ln(1 + counts per million), `[B, C, G]`, rows of padding 0. */
  readonly x: Tensor;
  /** 1 for cells, 0 for padding, `[B, C]`. */
  readonly real: Tensor;
  /** 1 for genes that were measured, 0 for others, `[B, C, G]`; needed with `concatMask`. */
  readonly measured?: Tensor;
}

/** An encoder of expression. */
export interface RnaEncoder {
  /**
   * Create fresh parameters.
   *
   * @param rng Stream for the initializers.
   * @returns New tensors, under the names of the released program.
   */
  init(rng: Rng): Params;
  /**
   * Encode.
   *
   * @param params Parameters.
   * @param cells Expression.
   * @param ctx Training flag and stream.
   * @returns One vector per image, `[B, E]`.
   * @throws {TypeError} If the expression has another shape, or `measured` is needed and absent.
   */
  apply(params: Params, cells: CellExpression, ctx: LayerContext): Tensor;
  /** What is done to the genes before the cells' network, `[N, G]` to `[N, G]`, in order. */
  readonly genes: readonly Layer[];
}

/** Name of the stages' parameters in the released program. */
export const STACK_NAME = { single: "encoder", multi: "cell_encoder" } as const;

function aggregationOf({ cells, heads, multiHead, layerNorm, hidden }: EncoderSizes): Aggregation {
  const width = hidden.at(-1)!;
  if (cells === "multi") return multiHead ? attendCells(width, heads, layerNorm) : averageCells();
  return multiHead ? mixHeads(width, heads, layerNorm) : onlyCell();
}

/**
 * z · sigmoid(W z + b).
 *
 * @param width Width of z.
 * @returns The layer.
 */
export function featureGate(width: number): Layer {
  const gate = sequential([linearLayer(width, width)]);
  return {
    init: gate.init,
    apply: (params: Params, z: Tensor, ctx: LayerContext): Tensor => mul(z, sigmoid(gate.apply(params, z, ctx))),
  };
}

function requireShapes({ x, real, measured }: CellExpression, { genes, concatMask, cells }: EncoderSizes): void {
  const [images, count] = real.shape;
  if (x.shape.join() !== [images, count, genes].join() || (cells === "single" && count !== 1)) {
    throw new TypeError(
      `Cannot encode expression of shape [${x.shape}] with cells [${real.shape}]: expected [B, ${
        cells === "single" ? 1 : "C"
      }, ${genes}] and [B, ${cells === "single" ? 1 : "C"}]`,
    );
  }
  if (concatMask && measured?.shape.join() !== x.shape.join()) {
    throw new TypeError(
      `Cannot encode expression: the mask of measured genes has shape [${
        measured?.shape ?? "none"
      }], expected [${x.shape}]`,
    );
  }
}

/**
 * The encoder of GeneFlow (NeurIPS 2025, section 3.2 and appendix; where paper and released program differ, the program):
 * gene relations, gene attention, a network on each cell, aggregation over cells, read-out and gate.
 *
 * @param sizes Form; with all parts off it is the paper's "simple" encoder.
 * @returns The encoder.
 */
export function rnaEncoder(sizes: EncoderSizes): RnaEncoder {
  const { genes, hidden, output, dropout, layerNorm, concatMask } = sizes;
  const relations = sizes.geneRelations ? [geneRelations(sizes)] : [];
  const attention = sizes.geneAttention ? [geneAttention(genes, sizes.geneScale)] : [];
  const onGenes = [...relations, ...attention];
  const name = STACK_NAME[sizes.cells];
  const stack = cellStack({
    inputs: concatMask ? 2 * genes : genes,
    hidden,
    dropout,
    residual: sizes.residualBlocks,
    layerNorm,
  });
  const aggregation = aggregationOf(sizes);
  const width = hidden.at(-1)!;
  const norm = (size: number): readonly Layer[] => layerNorm ? [layerNormLayer(size)] : [];
  const readOut = sequential([
    ...norm(width),
    linearLayer(width, output),
    dropoutLayer(dropout),
    ...norm(output),
  ]);
  const gate = sizes.featureGating ? { feature_gate: featureGate(output) } : {};
  const own: Readonly<Record<string, Layer>> = { [name]: stack, final_encoder: readOut, ...gate };
  return Object.freeze({
    genes: onGenes,
    init: (rng: Rng): Params => ({
      ...Object.assign({}, ...onGenes.map((layer, i) => layer.init(rng.fold("genes").fold(i)))),
      ...initNamed(own, rng),
      ...(aggregation.init(rng.fold("aggregation")) as Readonly<Record<string, Params>>),
    }),
    apply(params: Params, cells: CellExpression, ctx: LayerContext): Tensor {
      requireShapes(cells, sizes);
      const [images, count] = cells.real.shape as [number, number];
      const rows = images * count;
      const weighted = onGenes.reduce(
        (x, layer, i) => layer.apply(params, x, within(ctx, `genes ${i}`)),
        reshape(cells.x, [rows, genes]),
      );
      const seen = concatMask ? concat([weighted, reshape(cells.measured!, [rows, genes])], 1) : weighted;
      const vectors = stack.apply(paramsOf(params, name), seen, within(ctx, "cells"));
      const grouped = reshape(vectors, [images, count, width]);
      const one = aggregation.apply(params, grouped, cells.real, within(ctx, "aggregation"));
      const z = readOut.apply(paramsOf(params, "final_encoder"), one, within(ctx, "read-out"));
      return sizes.featureGating ? own["feature_gate"]!.apply(paramsOf(params, "feature_gate"), z, ctx) : z;
    },
  });
}
