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
  type Citation,
  DataError,
  type DataSpec,
  type Figure,
  flowTrainable,
  type Metric,
  type Model,
  type Plugin,
  type Prepared,
  type SlideImage,
  type SlideRequest,
  type Trained,
} from "../../core/mod.ts";
import { checkGeneFlow, GENEFLOW_DEFAULTS, type GeneFlowConfig } from "./config.ts";
import { evaluatePictures } from "./evaluate.ts";
import { pictureFigures } from "./figures.ts";
import { geneFigures } from "./genes/figures.ts";
import { findGenes, readGeneSources } from "./genes/find_genes.ts";
import type { GeneFindings } from "./genes/findings.ts";
import { geneMetrics, noteGenes } from "./genes/metrics.ts";
import { withGenes } from "./genes/stored.ts";
import { checkHooks, type GeneFlowHooks } from "./hooks.ts";
import { type PictureMethod, pictureMethod } from "./method.ts";
import type { CellCond, Picture } from "./picture.ts";
import { PUBLISHED } from "./published.ts";
import { type PictureSamples, samplePictures } from "./samples.ts";
import { drawSlide } from "./slide/draw_slide.ts";

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
export * from "./genes/enrichment.ts";
export * from "./genes/find_genes.ts";
export * from "./genes/findings.ts";
export * from "./genes/overlap.ts";
export * from "./genes/ranking.ts";
export * from "./genes/scores.ts";
export * from "./genes/sensitivity.ts";
export * from "./genes/stored.ts";
export * from "./hooks.ts";
export * from "./masks.ts";
export * from "./method.ts";
export * from "./network.ts";
export * from "./noise_schedule.ts";
export * from "./nuclei.ts";
export * from "./picture.ts";
export * from "./released_solver.ts";
export * from "./rows.ts";
export * from "./samples.ts";
export * from "./slide/draw_slide.ts";
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
export * from "./unet/unet.ts";

function requireParts({ condition, network, genes }: GeneFlowConfig, { name, parts, times }: DataSpec): void {
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
  if (parts["x"]?.names === undefined && (genes.sets !== "" || genes.others.length > 0)) {
    throw new DataError(`Cannot compare genes of "${name}": the data do not name them; clear plugin.config.genes`);
  }
}

/** Images that were drawn, and what was found about genes on the way. */
export interface GeneFlowSamples extends PictureSamples {
  /** Which genes move the images; absent if that was not asked. */
  readonly genes?: GeneFindings;
}

async function sample(method: PictureMethod, config: GeneFlowConfig, trained: Trained): Promise<GeneFlowSamples> {
  // A file that cannot be used is known before anything is drawn.
  const sources = await readGeneSources(config.genes);
  const pictures = await samplePictures(method, config, trained);
  const genes = await findGenes(config, trained, sources);
  return genes === undefined ? pictures : { ...pictures, genes, table: withGenes(pictures.table, genes) };
}

async function evaluate(
  config: GeneFlowConfig,
  trained: Trained,
  samples: GeneFlowSamples,
  hooks: GeneFlowHooks,
): Promise<readonly Metric[]> {
  const metrics = await evaluatePictures(samples, config, trained, hooks);
  return samples.genes === undefined ? metrics : [...metrics, ...geneMetrics(samples.genes)];
}

function figures(config: GeneFlowConfig, trained: Trained, samples: GeneFlowSamples): readonly Figure[] {
  const pictures = pictureFigures(samples, config, trained.data.spec.parts["img"]!);
  if (samples.genes === undefined) return pictures;
  noteGenes(samples.genes, trained);
  return [...pictures, ...geneFigures(samples.genes)];
}

/** Nothing is fitted, but files that cannot be used are known before hours of training. */
async function prepare({ genes }: GeneFlowConfig): Promise<Prepared> {
  await readGeneSources(genes);
  return {};
}

function build(
  config: GeneFlowConfig,
  spec: DataSpec,
  hooks: GeneFlowHooks,
): Model<Batch<Picture, CellCond>, GeneFlowSamples> {
  requireParts(config, spec);
  const method = pictureMethod(config, spec);
  return Object.freeze({
    method,
    trainable: flowTrainable(method),
    batches: method.batches,
    sample: (trained: Trained): Promise<GeneFlowSamples> => sample(method, config, trained),
    evaluate: (trained: Trained, samples: GeneFlowSamples): Promise<readonly Metric[]> =>
      evaluate(config, trained, samples, hooks),
    figures: (trained: Trained, samples: GeneFlowSamples): Promise<readonly Figure[]> =>
      Promise.resolve(figures(config, trained, samples)),
    slide: (trained: Trained, request: SlideRequest): Promise<SlideImage> =>
      drawSlide(method, config, trained, request),
  });
}

const PAPER: Citation = {
  title: "GeneFlow: Translation of Single-cell Gene Expression to Histopathological Images via Rectified Flow",
  authors: "Wang M. et al.",
  year: 2025,
  venue: "NeurIPS 2025",
  url: "https://arxiv.org/abs/2511.00119",
  licence: "reference code MIT by its file, CC BY-NC-ND 4.0 by its readme",
  source: "github.com/wangmengbo/GeneFlow @ 2f2bb0b",
};

/**
 * The GeneFlow plugin, with networks and a segmentation of one's own for the evaluation.
 *
 * @example Usage
 * ```ts ignore
 * // my_geneflow.ts, used by: deno task eval RUN --plugin ./my_geneflow.ts
 * export const plugin = geneflowPlugin({ features: { uni: onnxFeatures(runtime, { file: "uni.onnx", side: 224 }) } });
 * ```
 *
 * @param hooks Networks and segmentation.
 * @returns The plugin.
 * @throws {ConfigError} If the name of a network cannot be part of a metric's name, or is taken.
 */
export function geneflowPlugin(hooks: GeneFlowHooks = {}): Plugin<GeneFlowConfig> {
  const checked = checkHooks(hooks);
  return Object.freeze({
    name: "geneflow",
    contract: 1,
    paper: PAPER,
    published: PUBLISHED,
    defaults: GENEFLOW_DEFAULTS,
    check: checkGeneFlow,
    prepare,
    build: (config: GeneFlowConfig, spec: DataSpec) => build(config, spec, checked),
  });
}

/** The GeneFlow plugin. */
export const plugin: Plugin<GeneFlowConfig> = geneflowPlugin();
