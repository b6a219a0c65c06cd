/**
 * STFlow: expression of the spots of a whole slide from its histology, by flow matching with attention to neighbours.
 *
 * Huang, Liu, Babadi, Jin, Ying, "Scalable Generation of Spatial Transcriptomics from Histology Images via Whole-Slide
 * Flow Matching", ICML 2025, arXiv 2506.05361; reference code github.com/Graph-and-Geometric-Learning/STFlow at 880c2ee.
 *
 * Deliberate differences from the reference code: padding does not exist, so that no pad is anybody's neighbour; regions
 * with few spots have fewer neighbours; neighbours are found without a table of all distances; the time grid is the
 * paper's (`sampling.grid` restores the code's); parameters are not chosen on the test slides unless asked
 * (`selectOn`); regions come in random order (`regions.shuffle`).
 *
 * @module
 */
import {
  type Citation,
  type Data,
  DataError,
  type DataSpec,
  flowTrainable,
  type Metric,
  type Model,
  type Plugin,
  type Prepared,
  rng as streamOf,
  type Trainable,
  type Trained,
} from "../../core/mod.ts";
import type { ChosenBaseline } from "./baselines/mod.ts";
import { SPOT_ROWS, type SpotBatch } from "./batches.ts";
import { checkStFlow, STFLOW_DEFAULTS, type StFlowConfig } from "./config.ts";
import { evaluateSlides } from "./evaluate.ts";
import { fitScalings, scalingsOf, seenSlide } from "./features.ts";
import { spotFigures } from "./figures.ts";
import type { NamedEncoder, PatchEncoder } from "./images/encoder.ts";
import { convolutionalEncoder, type ImageNetwork } from "./images/image_network.ts";
import { patchStatistics, patchThumbnail } from "./images/statistics.ts";
import { spotMethod } from "./method.ts";
import { spotTransformer } from "./network.ts";
import { STFLOW_PUBLISHED } from "./published.ts";
import { preparePrior, priorOf } from "./prior.ts";
import { fitBaselines, type SampleSetting, sampleSlides, selectionScore, type StSamples } from "./samples.ts";
import { type Divided, divideSlides } from "./selection.ts";
import { CONVOLUTION, geneNames, givenImages, panelOf, type RawSlide, readSlides, type Slide } from "./slides.ts";

export * from "./baselines/mod.ts";
export * from "./batches.ts";
export * from "./block.ts";
export * from "./config.ts";
export * from "./evaluate.ts";
export * from "./features.ts";
export * from "./frames.ts";
export * from "./gated_mlp.ts";
export * from "./images/encoder.ts";
export * from "./images/image_network.ts";
export * from "./images/statistics.ts";
export * from "./method.ts";
export * from "./network.ts";
export * from "./predict.ts";
export * from "./prior.ts";
export * from "./regions.ts";
export * from "./samples.ts";
export * from "./score.ts";
export * from "./selection.ts";
export * from "./slide.ts";
export * from "./slides.ts";
export * from "./tiles.ts";
export * from "./time_features.ts";

/** Encoders of patches that come with the plugin; their features are z-scored. */
const OWN_ENCODERS: Readonly<Record<string, NamedEncoder>> = {
  statistics: { encode: patchStatistics, standardize: true },
  thumbnail: { encode: patchThumbnail, standardize: true },
};

function requireParts(
  config: StFlowConfig,
  { name, parts }: DataSpec,
  encoders: Readonly<Record<string, unknown>>,
): void {
  const own = config.images.filter((image) => image === CONVOLUTION || Object.hasOwn(encoders, image));
  const wanted = [
    "x",
    "pos",
    ...config.images.filter((image) => !own.includes(image)),
    ...(own.length === 0 ? [] : ["img"]),
  ];
  const missing = wanted.find((part) => parts[part] === undefined);
  if (missing !== undefined) {
    throw new DataError(
      `Cannot build stflow on "${name}": it needs "${missing}", the data have ${Object.keys(parts).join(", ")}; ` +
        "plugin.config.images says what is seen of a spot",
    );
  }
  if (parts["pos"]!.shape.join() !== "2") {
    throw new DataError(
      `Cannot build stflow on "${name}": coordinates have shape [${parts["pos"]!.shape}], expected [2]`,
    );
  }
  panelOf(config.genes, { name, parts, times: [], labels: {} });
}

/** What image features are z-scored by; undefined if they stay as they are. */
function scaledBy(
  { imageScale }: StFlowConfig,
  encoders: Readonly<Record<string, NamedEncoder>>,
  name: string,
): StFlowConfig["imageScale"] | undefined {
  return encoders[name]?.standardize === true ? imageScale : undefined;
}

/** Stream that divides slides: the same for training and for what chooses, whatever the seed. */
const DIVISION = streamOf(0).fold("stflow validation");

/** Sentence that goes with results whose parameters the test slides chose. */
const SELECTED_ON_TEST =
  "the parameters were chosen on the test slides (plugin.config.selectOn=test), as in the authors' program: the results " +
  "are better than on new slides, and are for comparison with published numbers alone";

const PAPER: Citation = {
  title: "Scalable Generation of Spatial Transcriptomics from Histology Images via Whole-Slide Flow Matching",
  authors: "Huang T., Liu T., Babadi M., Jin W., Ying R.",
  year: 2025,
  venue: "ICML 2025",
  url: "https://arxiv.org/abs/2506.05361",
  source: "github.com/Graph-and-Geometric-Learning/STFlow @ 880c2ee",
};

/** Patches are read and encoded once per data set: preparation, training and sampling see the same slides. */
function slideCache(
  encoders: Readonly<Record<string, NamedEncoder>>,
): (config: StFlowConfig, data: Data) => Promise<readonly RawSlide[]> {
  const known = new WeakMap<Data, Map<string, Promise<readonly RawSlide[]>>>();
  return (config, data) => {
    const { images, genes, convolution } = config;
    const own = known.get(data) ?? new Map<string, Promise<readonly RawSlide[]>>();
    known.set(data, own);
    const key = JSON.stringify([images, genes, convolution.pixels]);
    const slides = own.get(key) ?? readSlides(data, config, encoders);
    own.set(key, slides);
    return slides;
  };
}

function imageNetworkOf({ images, convolution }: StFlowConfig, { parts }: DataSpec): ImageNetwork | undefined {
  if (!images.includes(CONVOLUTION)) return undefined;
  return convolutionalEncoder(parts["img"]!.shape[2]!, convolution.channels);
}

/**
 * The STFlow plugin, with encoders of patches besides its own.
 *
 * @example Usage
 * ```ts ignore
 * // my_stflow.ts, run by: deno task exp stflow-embedded --plugin ./my_stflow.ts --set 'plugin.config.images=["uni"]'
 * export const plugin = stflowPlugin({ uni: async (patches) => await encodeWithMyNetwork(patches) });
 * ```
 *
 * @param encoders Encoders by the name that `plugin.config.images` gives them; their features are used as they come.
 * @returns The plugin.
 */
export function stflowPlugin(encoders: Readonly<Record<string, PatchEncoder>> = {}): Plugin<StFlowConfig> {
  const known: Readonly<Record<string, NamedEncoder>> = {
    ...OWN_ENCODERS,
    ...Object.fromEntries(Object.entries(encoders).map(([name, encode]) => [name, { encode, standardize: false }])),
  };
  const slidesOf = slideCache(known);

  async function prepare(config: StFlowConfig, data: Data): Promise<Prepared> {
    requireParts(config, data.spec, known);
    const training = (await slidesOf(config, data)).filter(({ split }) => split === "train");
    const names = givenImages(config.images);
    const images = names.length === 0
      ? {}
      : { images: fitScalings(names, training, (name) => scaledBy(config, known, name) === "training") };
    return { ...preparePrior(config.prior, training), ...images };
  }

  function build(config: StFlowConfig, spec: DataSpec, prepared: Prepared = {}): Model<SpotBatch, StSamples> {
    requireParts(config, spec, known);
    const names = givenImages(config.images);
    const kept = scalingsOf(prepared, names);
    const scalings = names.map((name, i) => scaledBy(config, known, name) === "slide" ? "slide" as const : kept[i]!);
    const genes = geneNames(config.genes, spec);
    const slides = async (data: Data): Promise<readonly Slide[]> =>
      (await slidesOf(config, data)).map((slide) => seenSlide(slide, scalings));
    const divided = async (data: Data): Promise<Divided> => divideSlides(await slides(data), config.selectOn, DIVISION);
    const { neighbours: _, ...sizes } = config.network;
    const features = kept.reduce((sum, { mean }) => sum + mean.length, 0);
    const backbone = spotTransformer({ ...sizes, genes: genes.length, features }, imageNetworkOf(config, spec));
    const method = spotMethod(
      config,
      backbone,
      priorOf(config.prior, prepared),
      async (data) => (await divided(data)).training,
    );
    const fitted = new WeakMap<Data, Promise<readonly ChosenBaseline[]>>();
    const setting: SampleSetting = {
      config,
      method,
      genes,
      baselines(trained: Trained): Promise<readonly ChosenBaseline[]> {
        const { data } = trained;
        const made = fitted.get(data) ??
          slides(data).then((all) => fitBaselines(config.baselines, all, trained));
        fitted.set(data, made);
        return made;
      },
    };
    const trainable: Trainable<SpotBatch> = Object.freeze({ ...flowTrainable(method), rows: SPOT_ROWS });
    return Object.freeze({
      method,
      trainable,
      batches: method.batches,
      ...(config.selectOn === "none" ? {} : {
        select: async (trained: Trained) => selectionScore((await divided(trained.data)).validation, setting, trained),
      }),
      async sample(trained: Trained): Promise<StSamples> {
        if (config.selectOn === "test") trained.note(SELECTED_ON_TEST);
        return sampleSlides(await slides(trained.data), setting, trained);
      },
      evaluate: (trained: Trained, samples: StSamples): Promise<readonly Metric[]> =>
        Promise.resolve(evaluateSlides(samples, setting, trained)),
      figures: (trained: Trained, samples: StSamples) => Promise.resolve(spotFigures(samples, setting, trained)),
    });
  }

  return Object.freeze({
    name: "stflow",
    contract: 1,
    paper: PAPER,
    published: STFLOW_PUBLISHED,
    defaults: STFLOW_DEFAULTS,
    check: checkStFlow,
    prepare,
    build,
  });
}

/** The STFlow plugin. */
export const plugin: Plugin<StFlowConfig> = stflowPlugin();
