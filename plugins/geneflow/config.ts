import { checkChoice, checkNumber, checkWhole } from "../../core/mod.ts";
import type { EncoderParts } from "./encoder/rna_encoder.ts";
import type { Sparsity } from "./sparsity.ts";

/** Configuration of GeneFlow and its baselines. */
export interface GeneFlowConfig {
  /** `flow` (the paper), or a baseline of the same networks: `diffusion`, or `regression` of the image itself. */
  readonly model: "flow" | "diffusion" | "regression";
  /** What an image is drawn for: `expression` (the part `x`), or `time`, the time point or dose of its section. */
  readonly condition: "expression" | "time";
  /** Images per batch. */
  readonly batch: number;
  /** What images, values in [0, 1], become for the networks: less `mean`, over `std`; one number, or one per channel. */
  readonly pixels: {
    /** Subtracted. */
    readonly mean: readonly number[];
    /** Divisor. */
    readonly std: readonly number[];
  };
  /** The encoder of expression. */
  readonly encoder: EncoderParts & {
    /** Widths of the stages that each cell goes through. */
    readonly hidden: readonly number[];
    /** Rank of the gene relations. */
    readonly rank: number;
    /** Attention heads. */
    readonly heads: number;
    /** `softmax`: gene weights sum to 1, as released; `softmaxTimesG`: to the number of genes, for large panels. */
    readonly geneScale: "softmax" | "softmaxTimesG";
    /** Probability of dropping a value. */
    readonly dropout: number;
  };
  /** The U-Net. */
  readonly network: {
    /** Width of the first level. */
    readonly base: number;
    /** Width of each level in units of the first. */
    readonly multipliers: readonly number[];
    /** Residual blocks per level. */
    readonly blocks: number;
    /** Factors of reduction (1, 2, 4, ...) of levels with attention, besides the middle. */
    readonly attentionAt: readonly number[];
    /** Channels of an attention head. */
    readonly headChannels: number;
    /** Probability of dropping a value. */
    readonly dropout: number;
    /** Factor of the time before its cosines and sines. */
    readonly timeScale: number;
    /** Whether the derivative computes blocks again: less memory, a third more time. */
    readonly recompute: boolean;
  };
  /** The path of `flow`. */
  readonly path: {
    /** `sinusoidal` (the paper) or `linear`. */
    readonly kind: "sinusoidal" | "linear";
    /** Standard deviation of the second noise at the start. */
    readonly perturbation: number;
    /** Whether the velocity holds the derivative of the second noise: `omit` (released), `exact` or `printed`. */
    readonly velocity: "omit" | "exact" | "printed";
  };
  /** The noise of `diffusion`. */
  readonly diffusion: {
    /** Schedule. */
    readonly schedule: "cosine" | "linear";
    /** Noise levels. */
    readonly levels: number;
  };
  /** L1 penalty on the encoder. */
  readonly l1: Sparsity;
  /** Loss on the spatial structure of the estimated image. */
  readonly spatial: {
    /**
     * `none`; `graph` (the paper's gradient-based loss); `released` (the program's, with a gradient); `segmentation` (the
     * paper's loss on nuclei, found in the real image).
     */
    readonly kind: "none" | "graph" | "released" | "segmentation";
    /** Factor at full weight. */
    readonly weight: number;
    /** First training step of the ramp. */
    readonly start: number;
    /** Steps from nothing to full weight. */
    readonly ramp: number;
    /** Of `graph`: pixels between nodes. */
    readonly stride: number;
    /** Of `graph` and `segmentation`: neighbours of a node or nucleus. */
    readonly neighbours: number;
    /** Of `graph`: reach of the patches, in pixels. */
    readonly radius: number;
    /** Of `segmentation`: nuclei of an image that are compared. */
    readonly nuclei: number;
  };
  /** How images are drawn. */
  readonly sampling: {
    /** Of `flow`: `dopri5`, `dopri5-released`, `euler`, `heun` or `rk4`. */
    readonly solver: "dopri5" | "dopri5-released" | "euler" | "heun" | "rk4";
    /** Of `euler`, `heun` and `rk4`: steps. */
    readonly steps: number;
    /** Of `diffusion`: `ancestral` (all levels) or `implicit` (as many steps). */
    readonly diffusion: "ancestral" | "implicit";
    /** Of the adaptive solvers: largest number of steps. */
    readonly maxSteps: number;
    /** Images drawn and compared; 0 takes all of the held-out sections. */
    readonly images: number;
    /** Images drawn at a time. */
    readonly batch: number;
  };
  /** How nuclei are found in the evaluation. */
  readonly nuclei: {
    /** `dark` in bright-field images, `bright` in fluorescence. */
    readonly stain: "dark" | "bright";
    /** Channel that shows them, of images with one or two. */
    readonly channel: number;
    /** Objects with fewer pixels are none. */
    readonly leastArea: number;
    /** Holes with fewer pixels are filled. */
    readonly leastHole: number;
    /** Whether label images that the data carry (part `nuclei`) say where the nuclei of real images are. */
    readonly masks: boolean;
  };
  /** Which genes move the images. */
  readonly genes: {
    /** Images whose gradients are averaged; 0 leaves the analysis out. */
    readonly images: number;
    /** Where the network is asked: at `noise` whatever the time (released), or on the `path` to the real image. */
    readonly state: "noise" | "path";
    /** Genes that count as the top ones. */
    readonly top: number;
    /** File of gene sets (`.gmt`) that the top genes are tested against; empty for none. */
    readonly sets: string;
    /** Folders of runs whose top genes are compared with. */
    readonly others: readonly string[];
  };
}

/** The paper's networks and training objective, drawn with Dormand-Prince done right. */
export const GENEFLOW_DEFAULTS: GeneFlowConfig = {
  model: "flow",
  condition: "expression",
  batch: 16,
  pixels: { mean: [0], std: [1] },
  encoder: {
    geneRelations: true,
    geneAttention: true,
    multiHead: true,
    featureGating: true,
    residualBlocks: true,
    layerNorm: true,
    hidden: [512, 256],
    rank: 50,
    heads: 4,
    geneScale: "softmax",
    dropout: 0.1,
  },
  network: {
    base: 128,
    multipliers: [1, 2, 2, 2],
    blocks: 2,
    attentionAt: [],
    headChannels: 16,
    dropout: 0.1,
    timeScale: 1,
    recompute: true,
  },
  path: { kind: "sinusoidal", perturbation: 0.05, velocity: "omit" },
  diffusion: { schedule: "cosine", levels: 300 },
  l1: { target: "layerNormGain", weight: 0.001, reduction: "sum" },
  spatial: { kind: "none", weight: 0.1, start: 0, ramp: 100, stride: 8, neighbours: 5, radius: 4, nuclei: 16 },
  sampling: { solver: "dopri5", steps: 50, diffusion: "ancestral", maxSteps: 100, images: 0, batch: 16 },
  nuclei: { stain: "dark", channel: 0, leastArea: 50, leastHole: 100, masks: true },
  genes: { images: 64, state: "noise", top: 50, sets: "", others: [] },
};

function fraction(name: string, value: number): readonly string[] {
  return checkNumber(name, value, (v) => v >= 0 && v < 1, "a number from 0 to below 1");
}

function checkNetwork({ network, encoder }: GeneFlowConfig, key: (name: string) => string): readonly string[] {
  const { base, multipliers, headChannels, attentionAt } = network;
  const inside = [multipliers.at(-1), ...multipliers.filter((_, level) => attentionAt.includes(2 ** level))];
  const odd = inside.filter((multiplier) => (multiplier ?? 0) * base % headChannels !== 0);
  return [
    ...checkWhole(key("network.base"), base, 2),
    ...checkNumber(key("network.base"), base, (v) => v % 2 === 0, "an even number"),
    ...(multipliers.length === 0 ? [`${key("network.multipliers")} is empty, expected one number per level`] : []),
    ...multipliers.flatMap((value) => checkWhole(key("network.multipliers"), value, 1)),
    ...attentionAt.flatMap((value) => checkWhole(key("network.attentionAt"), value, 1)),
    ...checkWhole(key("network.blocks"), network.blocks, 1),
    ...checkWhole(key("network.headChannels"), headChannels, 1),
    ...(odd.length > 0
      ? [`${key("network.headChannels")} is ${headChannels}, expected a divisor of the widths with attention`]
      : []),
    ...fraction(key("network.dropout"), network.dropout),
    ...checkNumber(key("network.timeScale"), network.timeScale, (v) => v > 0, "a positive number"),
    ...(encoder.hidden.length === 0 ? [`${key("encoder.hidden")} is empty, expected one width per stage`] : []),
    ...encoder.hidden.flatMap((value) => checkWhole(key("encoder.hidden"), value, 1)),
    ...checkWhole(key("encoder.rank"), encoder.rank, 1),
    ...checkWhole(key("encoder.heads"), encoder.heads, 1),
    ...checkChoice(key("encoder.geneScale"), encoder.geneScale, ["softmax", "softmaxTimesG"]),
    ...fraction(key("encoder.dropout"), encoder.dropout),
  ];
}

function checkPixels({ pixels: { mean, std } }: GeneFlowConfig, key: (name: string) => string): readonly string[] {
  const empty = ([["mean", mean], ["std", std]] as const).filter(([, values]) => values.length === 0);
  return [
    ...empty.map(([name]) => `${key(`pixels.${name}`)} is empty, expected one number, or one per channel`),
    ...mean.flatMap((value) => checkNumber(key("pixels.mean"), value, Number.isFinite, "a number")),
    ...std.flatMap((value) => checkNumber(key("pixels.std"), value, (v) => v > 0, "a positive number")),
  ];
}

function checkGenes({ genes, condition }: GeneFlowConfig, key: (name: string) => string): readonly string[] {
  const asked = ([["sets", genes.sets !== ""], ["others", genes.others.length > 0]] as const).filter(([, is]) => is);
  const without = condition === "time"
    ? `${key("condition")} is "time", which has no genes`
    : genes.images === 0
    ? `${key("genes.images")} is 0`
    : undefined;
  return [
    ...checkWhole(key("genes.images"), genes.images, 0),
    ...(genes.images === 1 ? [`${key("genes.images")} is 1, expected 0 or at least 2, which make two halves`] : []),
    ...checkChoice(key("genes.state"), genes.state, ["noise", "path"]),
    ...checkWhole(key("genes.top"), genes.top, 1),
    ...(without === undefined ? [] : asked.map(([name]) => `${key(`genes.${name}`)} is given, and ${without}`)),
  ];
}

/**
 * Check a configuration of GeneFlow.
 *
 * @param config Merged configuration.
 * @returns One message per problem.
 */
export function checkGeneFlow(config: GeneFlowConfig): readonly string[] {
  const { path, diffusion, l1, spatial, sampling, nuclei } = config;
  const key = (name: string): string => `plugin.config.${name}`;
  const notNegative = (name: string, value: number): readonly string[] =>
    checkNumber(key(name), value, (v) => v >= 0, "0 or a positive number");
  return [
    ...checkChoice(key("model"), config.model, ["flow", "diffusion", "regression"]),
    ...checkChoice(key("condition"), config.condition, ["expression", "time"]),
    ...checkWhole(key("batch"), config.batch, 1),
    ...checkPixels(config, key),
    ...checkNetwork(config, key),
    ...checkChoice(key("path.kind"), path.kind, ["sinusoidal", "linear"]),
    ...notNegative("path.perturbation", path.perturbation),
    ...checkChoice(key("path.velocity"), path.velocity, ["omit", "exact", "printed"]),
    ...checkChoice(key("diffusion.schedule"), diffusion.schedule, ["cosine", "linear"]),
    ...checkWhole(key("diffusion.levels"), diffusion.levels, 2),
    ...checkChoice(key("l1.target"), l1.target, ["layerNormGain", "firstLinear", "none"]),
    ...checkChoice(key("l1.reduction"), l1.reduction, ["sum", "mean"]),
    ...notNegative("l1.weight", l1.weight),
    ...(l1.target === "layerNormGain" && l1.weight > 0 && !config.encoder.layerNorm
      ? [`${key("l1.target")} is "layerNormGain", which needs ${key("encoder.layerNorm")}`]
      : []),
    ...checkChoice(key("spatial.kind"), spatial.kind, ["none", "graph", "released", "segmentation"]),
    ...notNegative("spatial.weight", spatial.weight),
    ...checkWhole(key("spatial.start"), spatial.start, 0),
    ...checkWhole(key("spatial.ramp"), spatial.ramp, 1),
    ...checkWhole(key("spatial.stride"), spatial.stride, 1),
    ...checkWhole(key("spatial.neighbours"), spatial.neighbours, 1),
    ...checkWhole(key("spatial.radius"), spatial.radius, 1),
    ...checkWhole(key("spatial.nuclei"), spatial.nuclei, 1),
    ...(spatial.kind !== "none" && config.model !== "flow"
      ? [`${key("spatial.kind")} is "${spatial.kind}", expected "none" with the model "${config.model}"`]
      : []),
    ...checkChoice(key("sampling.solver"), sampling.solver, ["dopri5", "dopri5-released", "euler", "heun", "rk4"]),
    ...checkChoice(key("sampling.diffusion"), sampling.diffusion, ["ancestral", "implicit"]),
    ...checkWhole(key("sampling.steps"), sampling.steps, 1),
    ...checkWhole(key("sampling.maxSteps"), sampling.maxSteps, 1),
    ...checkWhole(key("sampling.images"), sampling.images, 0),
    ...checkWhole(key("sampling.batch"), sampling.batch, 1),
    ...checkChoice(key("nuclei.stain"), nuclei.stain, ["dark", "bright"]),
    ...checkWhole(key("nuclei.channel"), nuclei.channel, 0),
    ...checkWhole(key("nuclei.leastArea"), nuclei.leastArea, 0),
    ...checkWhole(key("nuclei.leastHole"), nuclei.leastHole, 0),
    ...checkGenes(config, key),
  ];
}
