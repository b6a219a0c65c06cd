/**
 * GeneFlow: histology images from gene expression by rectified flow, with its baselines.
 *
 * Wang et al., "GeneFlow: Translation of Single-cell Gene Expression to Histopathological Images via Rectified Flow",
 * NeurIPS 2025, arXiv 2511.00119; reference code github.com/wangmengbo/GeneFlow at 2f2bb0b, from which nothing is taken
 * (its licence statements disagree).
 *
 * Deliberate differences from the reference code: Dormand-Prince with a true error estimate and rejected steps
 * (`sampling.solver=dopri5-released` restores the program's); spatial losses that have a gradient; the end of the path is
 * estimated along the sine; diffusion on its own noise levels in steps; no unused projections. Where paper and program
 * differ otherwise, the program is followed, since its results are the ones reported.
 *
 * @module
 */
import {
  type Batch,
  DataError,
  type DataSpec,
  flowTrainable,
  type Metric,
  type Model,
  type Plugin,
  type Trained,
} from "../../core/mod.ts";
import { checkGeneFlow, GENEFLOW_DEFAULTS, type GeneFlowConfig } from "./config.ts";
import { evaluatePictures } from "./evaluate.ts";
import { pictureFigures } from "./figures.ts";
import { pictureMethod } from "./method.ts";
import type { NucleusOptions } from "./nuclei.ts";
import type { CellCond, Picture } from "./picture.ts";
import { PUBLISHED } from "./published.ts";
import { type PictureSamples, samplePictures } from "./samples.ts";

export * from "./config.ts";
export * from "./diffusion/path.ts";
export * from "./diffusion/samplers.ts";
export * from "./diffusion/schedule.ts";
export * from "./encoder/aggregation.ts";
export * from "./encoder/cell_mask.ts";
export * from "./encoder/cell_stack.ts";
export * from "./encoder/gene_attention.ts";
export * from "./encoder/gene_relations.ts";
export * from "./encoder/rna_encoder.ts";
export * from "./evaluate.ts";
export * from "./features.ts";
export * from "./gene_sensitivity.ts";
export * from "./layers.ts";
export * from "./method.ts";
export * from "./network.ts";
export * from "./noise_schedule.ts";
export * from "./nuclei.ts";
export * from "./picture.ts";
export * from "./released_solver.ts";
export * from "./rows.ts";
export * from "./samples.ts";
export * from "./sparsity.ts";
export * from "./spatial/graph_loss.ts";
export * from "./spatial/nucleus_graph.ts";
export * from "./spatial/nucleus_terms.ts";
export * from "./spatial/nucleus_windows.ts";
export * from "./spatial/released_loss.ts";
export * from "./spatial/segmentation_loss.ts";
export * from "./spatial/sobel.ts";
export * from "./spatial/term.ts";
export * from "./spatial/warm_up.ts";
export * from "./state_dict.ts";
export * from "./unet/blocks.ts";
export * from "./unet/layers.ts";
export * from "./unet/layout.ts";
export * from "./unet/unet.ts";

function requireParts({ condition, network }: GeneFlowConfig, { name, parts, times }: DataSpec): void {
  const known = Object.keys(parts).join(", ");
  const shape = parts["img"]?.shape;
  if (shape === undefined) {
    throw new DataError(`Cannot build geneflow on "${name}": it needs images "img", the data have ${known}`);
  }
  const step = 2 ** (network.multipliers.length - 1);
  if (shape.length !== 3 || shape[0]! % step !== 0 || shape[1]! % step !== 0) {
    throw new DataError(
      `Cannot build geneflow on "${name}": images have shape [${shape}], expected [H, W, C] with sides divisible by ` +
        `${step}, or fewer plugin.config.network.multipliers`,
    );
  }
  if (condition === "time" && times.length === 0) {
    throw new DataError(
      `Cannot build geneflow on "${name}": plugin.config.condition is "time", the data have no times`,
    );
  }
  if (condition === "expression" && parts["x"] === undefined) {
    throw new DataError(`Cannot build geneflow on "${name}": it needs expression "x", the data have ${known}`);
  }
}

function nucleiOf({ nuclei }: GeneFlowConfig): NucleusOptions {
  const { stain, ...rest } = nuclei;
  return { ...rest, nuclei: stain };
}

function build(config: GeneFlowConfig, spec: DataSpec): Model<Batch<Picture, CellCond>, PictureSamples> {
  requireParts(config, spec);
  const method = pictureMethod(config, spec);
  return Object.freeze({
    method,
    trainable: flowTrainable(method),
    batches: method.batches,
    sample: (trained: Trained): Promise<PictureSamples> => samplePictures(method, config, trained),
    evaluate: (trained: Trained, samples: PictureSamples): Promise<readonly Metric[]> =>
      evaluatePictures(samples, nucleiOf(config), trained),
    figures: (_: Trained, samples: PictureSamples) => Promise.resolve(pictureFigures(samples, config)),
  });
}

/** The GeneFlow plugin. */
export const plugin: Plugin<GeneFlowConfig> = Object.freeze({
  name: "geneflow",
  contract: 1,
  paper: {
    title: "GeneFlow: Translation of Single-cell Gene Expression to Histopathological Images via Rectified Flow",
    authors: "Wang M. et al.",
    year: 2025,
    venue: "NeurIPS 2025",
    url: "https://arxiv.org/abs/2511.00119",
    licence: "reference code MIT by its file, CC BY-NC-ND 4.0 by its readme",
    source: "github.com/wangmengbo/GeneFlow @ 2f2bb0b",
  },
  published: PUBLISHED,
  defaults: GENEFLOW_DEFAULTS,
  check: checkGeneFlow,
  build,
});
