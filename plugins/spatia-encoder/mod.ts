/**
 * SPATIA's representation model: one embedding of cell, niche and tissue from images and counts.
 *
 * Kong, Qiu, Boesen, Lin, Yun, Chen, Kellis, Zitnik, "SPATIA: Multimodal Generation and Prediction of Spatial Cell
 * Phenotypes", ICML 2026, arXiv 2507.04704; reference code github.com/mims-harvard/SPATIA at 5e06517.
 *
 * Deliberate differences from the reference code: both sides query each other; niche and tissue, which the paper describes
 * and the released program does not have, are there; nothing is hidden when cells are embedded, so that equal calls give
 * equal numbers; either modality may be missing; the residual of a fusion block counts once; embeddings and genes meet by
 * product in the decoder; sections can be held out; small sizes, no downloaded weights.
 *
 * @module
 */
import type {
  Batches,
  ColumnStats,
  Data,
  DataSpec,
  Figure,
  HostArray,
  Metric,
  Model,
  Plugin,
  Prepared,
  Progress,
  Rng,
  Trained,
} from "../../core/mod.ts";
import { DataError, hostArray } from "../../core/mod.ts";
import { regionBatches, type SpatiaBatch } from "./batch.ts";
import { checkSpatiaEncoder, SPATIA_ENCODER_DEFAULTS, type SpatiaEncoderConfig } from "./config.ts";
import type { SpatiaEmbedder } from "./embed.ts";
import { evaluateSpatiaEncoder } from "./evaluate.ts";
import { spatiaEncoderFigures } from "./figures.ts";
import { type ImageLayout, imageLayout } from "./image_layout.ts";
import { imageStats, readImages } from "./images.ts";
import { sizesOf, spatiaNetwork } from "./network.ts";
import { choosePanel, type GenePanel } from "./panel.ts";
import { sampleSpatiaEncoder, type SpatiaEncoderSamples } from "./samples.ts";
import { filledSections, readSection, requireParts, type SpatiaSection } from "./sections.ts";
import { type TaskResults, taskResults } from "./tasks/results.ts";
import { spatiaTrainable } from "./trainable.ts";

export * from "./batch.ts";
export * from "./cell.ts";
export * from "./config.ts";
export * from "./context.ts";
export * from "./contrast.ts";
export * from "./count_likelihood.ts";
export * from "./embed.ts";
export * from "./evaluate.ts";
export * from "./expression_decoder.ts";
export * from "./gene_encoder.ts";
export * from "./image_encoder.ts";
export * from "./image_layout.ts";
export * from "./images.ts";
export * from "./inputs.ts";
export * from "./masked_error.ts";
export * from "./modalities.ts";
export * from "./network.ts";
export * from "./panel.ts";
export * from "./places.ts";
export * from "./probes/logistic.ts";
export * from "./probes/mutual_information.ts";
export * from "./probes/ridge.ts";
export * from "./regions.ts";
export * from "./released_losses.ts";
export * from "./samples.ts";
export * from "./sections.ts";
export * from "./tasks/annotation.ts";
export * from "./tasks/imputation.ts";
export * from "./tasks/representations.ts";
export * from "./tasks/results.ts";
export * from "./tasks/retrieval.ts";
export * from "./tokens.ts";
export * from "./trainable.ts";
export * from "./transformer.ts";

/** Label that categories are told of: the one asked for, else the first. */
function labelOf(
  { tasks }: SpatiaEncoderConfig,
  { name, labels }: DataSpec,
): { readonly name: string; readonly categories: readonly string[] } | undefined {
  const chosen = tasks.label === "" ? Object.keys(labels)[0] : tasks.label;
  if (chosen === undefined) return undefined;
  const categories = labels[chosen];
  if (categories !== undefined) return { name: chosen, categories };
  throw new DataError(
    `Cannot tell "${chosen}": "${name}" has the labels ${Object.keys(labels).join(", ") || "(none)"}; ` +
      "set plugin.config.tasks.label",
  );
}

function layoutOf({ modalities, images }: SpatiaEncoderConfig, spec: DataSpec): ImageLayout | undefined {
  return modalities.includes("image") ? imageLayout(images, spec) : undefined;
}

async function prepare(config: SpatiaEncoderConfig, data: Data, rng: Rng, progress: Progress): Promise<Prepared> {
  requireParts(data.spec);
  const layout = layoutOf(config, data.spec);
  const training = filledSections(data).filter(({ split }) => split === "train");
  progress(0, 2, "genes");
  const panel = await choosePanel(training.map(({ name, parts }) => ({ name, x: parts["x"]! })), config.genes, rng);
  if (layout === undefined || config.images.scale === "section") return { panel };
  progress(1, 2, "images");
  const images = [];
  for (const section of training) images.push(await readImages(section, config.images, layout));
  const { mean, std } = imageStats(images, layout);
  const stored = (values: Float64Array): HostArray => hostArray(Float32Array.from(values), [values.length]);
  return { panel, images: { mean: stored(mean), std: stored(std) } };
}

function panelOf(prepared: Prepared): GenePanel {
  const found = prepared["panel"] as GenePanel | undefined;
  if (found !== undefined) return found;
  throw new TypeError("Cannot build spatia-encoder without genes: pass what prepare() returned");
}

function statsOf(prepared: Prepared): ColumnStats | undefined {
  const found = prepared["images"] as Readonly<Record<string, HostArray>> | undefined;
  if (found === undefined) return undefined;
  return { mean: Float64Array.from(found["mean"]!.data), std: Float64Array.from(found["std"]!.data) };
}

function build(
  config: SpatiaEncoderConfig,
  spec: DataSpec,
  prepared: Prepared = {},
): Model<SpatiaBatch, SpatiaEncoderSamples> {
  requireParts(spec);
  const label = labelOf(config, spec);
  const layout = layoutOf(config, spec);
  const [panel, stats] = [panelOf(prepared), statsOf(prepared)];
  const network = spatiaNetwork(sizesOf(config, panel.visible.data.length, layout));
  const seen = { config, ...(layout === undefined ? {} : { layout }) };
  const known = new WeakMap<Data, Promise<readonly SpatiaSection[]>>();
  const sectionsOf = (data: Data): Promise<readonly SpatiaSection[]> => {
    const setting = { ...seen, panel, ...(stats === undefined ? {} : { stats }) };
    const read = known.get(data) ?? Array.fromAsync(filledSections(data), (section) => readSection(section, setting));
    known.set(data, read);
    return read;
  };
  const embedder = ({ params }: Trained): SpatiaEmbedder => ({ ...seen, network, params });
  const done = new WeakMap<SpatiaEncoderSamples, Promise<TaskResults>>();
  const resultsOf = (trained: Trained, samples: SpatiaEncoderSamples): Promise<TaskResults> => {
    const found = done.get(samples) ?? taskResults(embedder(trained), samples, label, trained.rng.fold("tasks"));
    done.set(samples, found);
    return found;
  };
  return Object.freeze({
    trainable: spatiaTrainable(network, config),
    async batches(data: Data, rng: Rng): Promise<Batches<SpatiaBatch>> {
      return regionBatches(await sectionsOf(data), seen, rng);
    },
    async sample(trained: Trained): Promise<SpatiaEncoderSamples> {
      return sampleSpatiaEncoder(embedder(trained), await sectionsOf(trained.data), trained);
    },
    async evaluate(trained: Trained, samples: SpatiaEncoderSamples): Promise<readonly Metric[]> {
      if (label === undefined) {
        trained.note("the data have no labels: nothing is told of cells, clusters are not compared");
      }
      return evaluateSpatiaEncoder(await resultsOf(trained, samples), samples, config, trained);
    },
    async figures(trained: Trained, samples: SpatiaEncoderSamples): Promise<readonly Figure[]> {
      return spatiaEncoderFigures(samples, await resultsOf(trained, samples), { config, panel }, trained);
    },
  });
}

/** The plugin of SPATIA's representation model. */
export const plugin: Plugin<SpatiaEncoderConfig> = Object.freeze({
  name: "spatia-encoder",
  contract: 1,
  paper: {
    title: "SPATIA: Multimodal Generation and Prediction of Spatial Cell Phenotypes",
    authors: "Kong, Qiu, Boesen, Lin, Yun, Chen, Kellis, Zitnik",
    year: 2026,
    venue: "ICML 2026",
    url: "https://arxiv.org/abs/2507.04704",
    source: "github.com/mims-harvard/SPATIA @ 5e06517",
  },
  defaults: SPATIA_ENCODER_DEFAULTS,
  check: checkSpatiaEncoder,
  prepare,
  build,
});
