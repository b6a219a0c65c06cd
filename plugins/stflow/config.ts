import { checkChoice, checkNumber, checkWhole, type ZinbFit } from "../../core/mod.ts";
import { REGION_LAWS, type RegionLaw } from "./regions.ts";

/** Where a flow starts. */
export type PriorKind = "zinb" | "gaussian" | "zero" | "empirical" | "fitted";

/** What is done about the directions of neighbours; see {@linkcode StFlowConfig.frames}. */
export type FrameKind = "pca" | "pca-safe" | "none";

/** Which spots choose among the saved parameters. */
export type Selection = "none" | "validation" | "test";

/** Configuration of STFlow on slides with images. */
export interface StFlowConfig {
  /**
   * What is seen of a spot, side by side: `"statistics"` and `"thumbnail"` of its patch, `"convolution"` trained on it, a
   * part of the data by name (features of a pathology model), or an encoder that the plugin was made with.
   */
  readonly images: readonly string[];
  /**
   * By what `statistics` and `thumbnail` are z-scored: the spots of the slide itself, which takes out how strongly it was
   * stained, or the spots of all training slides. What the data or other encoders bring stays as it is.
   */
  readonly imageScale: "slide" | "training";
  /** The trained encoder of patches. */
  readonly convolution: {
    /** Rows and columns that patches are reduced to. */
    readonly pixels: number;
    /** Channels after each convolution. */
    readonly channels: readonly number[];
  };
  /** Genes to predict; empty takes all that the data have. */
  readonly genes: readonly string[];
  /** Start of the flow. */
  readonly prior: {
    /** Fixed counts, normal noise, zeros, rows of the training spots, or counts fitted gene by gene. */
    readonly kind: PriorKind;
    /** Of `zinb`: number of failures (inverse dispersion). */
    readonly totalCount: number;
    /** Of `zinb`: log odds of a success; the mean of the negative binomial part is `totalCount * exp(logits)`. */
    readonly logits: number;
    /** Of `zinb`: log odds of an extra zero. */
    readonly zeroLogits: number;
    /** Of `fitted`: how. */
    readonly fit: ZinbFit;
  };
  /** What a training step sees. */
  readonly regions: {
    /** Regions in a step, of any slides. */
    readonly perStep: number;
    /** Regions drawn of each slide in one pass over all slides. */
    readonly perSlide: number;
    /** Law of the share of the slide. */
    readonly law: RegionLaw;
    /** Most spots of a region, to bound memory. */
    readonly most: number;
    /** Whether the regions of a pass are in random order; the authors' program goes slide by slide. */
    readonly shuffle: boolean;
  };
  /** Whether distances are in the unit of the data, or in typical distances between spots of the slide. */
  readonly coordinates: "data" | "spacing";
  /**
   * Axes of each neighbourhood: `pca`, also where they are arbitrary (interior of a square grid); `pca-safe`, which keeps
   * the distance alone there; `none`, no geometry at all.
   */
  readonly frames: FrameKind;
  /** Sizes of the network. */
  readonly network: {
    /** Width of a token. */
    readonly width: number;
    /** Width of the features of a pair. */
    readonly pairWidth: number;
    /** Attention heads. */
    readonly heads: number;
    /** Blocks. */
    readonly layers: number;
    /** Neighbours of a spot. */
    readonly neighbours: number;
    /** Probability of dropping values in training. */
    readonly dropout: number;
  };
  /** How slides are predicted. */
  readonly sampling: {
    /** Network calls S; the last one is the prediction. */
    readonly steps: number;
    /** `even`: from 0, as in the paper. `release`: from 0.01, as in the authors' program. */
    readonly grid: "even" | "release";
    /** Predictions from draws of the prior, which are averaged; their spread is the uncertainty. */
    readonly draws: number;
    /** Most spots that are computed together; larger slides go in tiles, with the same result. */
    readonly tile: number;
  };
  /**
   * What chooses among the parameters that were saved while training: nothing (the last ones are used), spots kept out of
   * training, or the test slides themselves, which makes results look better than they are and is for comparison with
   * published numbers alone.
   */
  readonly selectOn: Selection;
  /** What is predicted beside the flow from the same images: `ridge`, `knn`, `mlp`. */
  readonly baselines: readonly string[];
}

/** The paper's constants; image statistics, since a pathology model has to be brought along. */
export const STFLOW_DEFAULTS: StFlowConfig = {
  images: ["statistics"],
  imageScale: "slide",
  convolution: { pixels: 32, channels: [16, 32, 64] },
  genes: [],
  prior: { kind: "zinb", totalCount: 1, logits: 0.1, zeroLogits: 0, fit: "likelihood" },
  regions: { perStep: 2, perSlide: 10, law: "uniform", most: 8192, shuffle: true },
  coordinates: "data",
  frames: "pca",
  network: { width: 128, pairWidth: 128, heads: 4, layers: 4, neighbours: 8, dropout: 0.2 },
  sampling: { steps: 5, grid: "even", draws: 5, tile: 8192 },
  selectOn: "none",
  baselines: ["ridge", "knn", "mlp"],
};

/** Baselines by name. */
export const BASELINES = ["ridge", "knn", "mlp"] as const;

/**
 * Check a configuration of STFlow.
 *
 * @param config Merged configuration.
 * @returns One message per problem.
 */
export function checkStFlow(config: StFlowConfig): readonly string[] {
  const { convolution, prior, regions, network, sampling } = config;
  const key = (name: string): string => `plugin.config.${name}`;
  const whole: readonly (readonly [name: string, value: number, least: number])[] = [
    ["convolution.pixels", convolution.pixels, 1],
    ...convolution.channels.map((width) => ["convolution.channels", width, 1] as const),
    ["regions.perStep", regions.perStep, 1],
    ["regions.perSlide", regions.perSlide, 1],
    ["regions.most", regions.most, 2],
    ["network.width", network.width, 1],
    ["network.pairWidth", network.pairWidth, 1],
    ["network.heads", network.heads, 1],
    ["network.layers", network.layers, 1],
    ["network.neighbours", network.neighbours, 1],
    ["sampling.steps", sampling.steps, 1],
    ["sampling.draws", sampling.draws, 1],
    ["sampling.tile", sampling.tile, 64],
  ];
  const uneven = (["width", "pairWidth"] as const).filter((name) => network[name] % (2 * network.heads) !== 0);
  return [
    ...whole.flatMap(([name, value, least]) => checkWhole(key(name), value, least)),
    ...(config.images.length === 0 ? [`${key("images")} is empty, expected something to see of a spot`] : []),
    ...(convolution.channels.length === 0 ? [`${key("convolution.channels")} is empty, expected widths`] : []),
    ...checkChoice(key("prior.kind"), prior.kind, ["zinb", "gaussian", "zero", "empirical", "fitted"]),
    ...checkChoice(key("prior.fit"), prior.fit, ["moments", "likelihood"]),
    ...checkNumber(key("prior.totalCount"), prior.totalCount, (v) => v > 0, "a positive number"),
    ...checkNumber(key("prior.logits"), prior.logits, (v) => Math.abs(v) < 10, "log odds from -10 to 10"),
    ...checkNumber(key("prior.zeroLogits"), prior.zeroLogits, () => true, "log odds"),
    ...checkChoice(key("regions.law"), regions.law, REGION_LAWS),
    ...checkChoice(key("imageScale"), config.imageScale, ["slide", "training"]),
    ...checkChoice(key("coordinates"), config.coordinates, ["data", "spacing"]),
    ...checkChoice(key("frames"), config.frames, ["pca", "pca-safe", "none"]),
    ...checkChoice(key("sampling.grid"), sampling.grid, ["even", "release"]),
    ...checkChoice(key("selectOn"), config.selectOn, ["none", "validation", "test"]),
    ...checkNumber(key("network.dropout"), network.dropout, (v) => v >= 0 && v < 1, "a number from 0 to below 1"),
    ...uneven.map((name) => `${key(`network.${name}`)} is ${network[name]}, expected a multiple of twice the heads`),
    ...config.baselines.flatMap((name) => checkChoice(key("baselines"), name, BASELINES)),
  ];
}
