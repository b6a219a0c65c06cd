import { checkChoice, checkNumber, checkText, checkWhole } from "../../core/mod.ts";
import { type ImageNetworkName, NETWORK_NAMES } from "./image_networks.ts";
import type { MorphologyOptions } from "./morphology.ts";
import { CONFIDENCE_KINDS, type ConfidenceKind } from "./pairing/confidence.ts";
import { MATCH_KINDS } from "./pairing/match.ts";
import type { PairingConfig } from "./pairing/pair_cells.ts";
import type { StartConfig } from "./start.ts";
import type { TransitionConfig } from "./transitions.ts";

/** Configuration of SPATIA's generator. */
export interface SpatiaConfig {
  /** Where states come from and which changes are learnt. */
  readonly transitions: TransitionConfig;
  /** Columns of the expression `x` that pairing and signatures use; empty takes all. */
  readonly features: readonly string[];
  /** Part of the data with an embedding of each cell, which joins the condition; empty for none. */
  readonly control: string;
  /** How cells are paired. */
  readonly pairing: PairingConfig;
  /** How pairs are weighted. */
  readonly confidence: {
    /** Form of the confidence. */
    readonly kind: ConfidenceKind;
    /** Its power; 0 weighs all pairs alike. */
    readonly gamma: number;
    /** What has the mean weight 1: the pairs of each transition, or each `batch` (released). */
    readonly normalise: "transition" | "batch";
    /** Least and most weight, of `transition`; empty leaves weights as they are. */
    readonly clip: readonly number[];
  };
  /** Where paths start. */
  readonly start: StartConfig;
  /** What is known of a transition. */
  readonly signatures: {
    /** Whether the mean change of expression joins the condition. */
    readonly expression: boolean;
    /** Whether the mean change of morphology does. */
    readonly morphology: boolean;
    /** Unit of the change of morphology: standard deviations of the `data`, or the `released` constants. */
    readonly scale: "data" | "released";
  };
  /** The network that joins the condition. */
  readonly conditioner: {
    /** Width of its vectors (512 as released). */
    readonly width: number;
    /** Probability of dropping a value. */
    readonly dropout: number;
  };
  /** The network of velocities. */
  readonly network: {
    /** `latent`: principal components and a multilayer perceptron; else a U-Net on pixels. */
    readonly name: "latent" | ImageNetworkName;
    /** How a U-Net's blocks are told the condition: `add` (released) or `scale-shift`. */
    readonly injection: "add" | "scale-shift";
    /** Whether the derivative of a U-Net computes blocks again: less memory, a third more time. */
    readonly recompute: boolean;
    /** Of `latent`. */
    readonly latent: {
      /** Principal components. */
      readonly components: number;
      /** Hidden width. */
      readonly hidden: number;
      /** Hidden layers. */
      readonly layers: number;
    };
  };
  /** The term that sets conditions apart. */
  readonly contrast: {
    /** `hinge` (the paper), `delta-fm` (Stoica et al. 2025) or `none`. */
    readonly kind: "hinge" | "delta-fm" | "none";
    /** Factor: rho of `hinge`, lambda of `delta-fm`. */
    readonly weight: number;
    /** Of `hinge`. */
    readonly margin: number;
    /** Of `hinge`: over the entries of a row. */
    readonly reduction: "mean" | "sum";
    /** Of `hinge`: what a wrong condition is. */
    readonly negative: "transition" | "permutation";
  };
  /** The term on the morphology of estimated ends. */
  readonly alignment: {
    /** Factor; 0 trains without, and without the feature network. */
    readonly weight: number;
    /** Random directions. */
    readonly directions: number;
    /** Estimates from this path time on are compared. */
    readonly from: number;
    /** Rows of a transition that make a distribution; 0 mixes all transitions (released). */
    readonly leastRows: number;
    /** Filters of the feature network's blocks, on pixels. */
    readonly filters: readonly number[];
    /** Its features. */
    readonly features: number;
    /** Passes over the cells that it is trained for. */
    readonly epochs: number;
    /** Cells of a batch. */
    readonly batch: number;
    /** Least share of the variance of morphology that it must explain of cells it has not seen; less is refused. */
    readonly leastR2: number;
  };
  /** How morphology is measured. */
  readonly morphology: MorphologyOptions;
  /** Training without condition, which guidance needs. */
  readonly dropping: {
    /** Probability. */
    readonly probability: number;
    /** What is dropped together: each `row` by itself, or the whole `batch` (released). */
    readonly per: "row" | "batch";
  };
  /** Path times of training: `uniform`, or `skewed` towards the data. */
  readonly times: "uniform" | "skewed";
  /** Pairs per batch. */
  readonly batch: number;
  /** Whether both crops of a pair are flipped alike, at random. */
  readonly flips: boolean;
  /** How cells are drawn. */
  readonly sampling: {
    /** `midpoint` (released), `heun` or `euler`. */
    readonly solver: "midpoint" | "heun" | "euler";
    /** Path times of the steps: `uniform`, or `edm`, which is fine at both ends. */
    readonly grid: "uniform" | "edm";
    /** Steps, at least 2 with `edm`. */
    readonly steps: number;
    /** Guidance s: (1 + s) times the conditional less s times the unconditional velocity; 0 is none. */
    readonly guidance: number;
    /** Control cells drawn per transition, and real targets compared; 0 takes all that are held out. */
    readonly cells: number;
    /** Cells drawn at a time. */
    readonly batch: number;
  };
  /** Mean signal within a mask and in the ring around it, as a further read-out. */
  readonly ratio: {
    /** Channel of the signal; -1 switches the read-out off. */
    readonly signal: number;
    /** Channel that shows the mask (nuclei). */
    readonly mask: number;
    /** Width of the ring, in px. */
    readonly ring: number;
  };
}

/** The profile `sound` of section 8: the paper's method where it is sound, for a processor. */
export const SPATIA_DEFAULTS: SpatiaConfig = {
  transitions: { by: "label", label: "cell_states", table: [], holdOut: [], groups: "niche" },
  features: [],
  control: "",
  pairing: {
    least: 5,
    most: 500,
    components: 50,
    scale: "mean",
    epsilon: 0.05,
    iterations: 5000,
    tolerance: 1e-6,
    match: "argmax",
  },
  confidence: { kind: "rowmax", gamma: 1, normalise: "transition", clip: [0.1, 10] },
  start: { kind: "noisy-control", noise: 0.2, probability: 0.5 },
  signatures: { expression: true, morphology: true, scale: "data" },
  conditioner: { width: 128, dropout: 0.1 },
  network: {
    name: "latent",
    injection: "scale-shift",
    recompute: false,
    latent: { components: 64, hidden: 256, layers: 3 },
  },
  contrast: { kind: "hinge", weight: 0.1, margin: 0.05, reduction: "mean", negative: "transition" },
  alignment: {
    weight: 0.1,
    directions: 64,
    from: 0.5,
    leastRows: 8,
    filters: [32, 64, 128, 256],
    features: 256,
    epochs: 50,
    batch: 128,
    leastR2: 0.5,
  },
  morphology: { channel: 0, foreground: "bright" },
  dropping: { probability: 0.1, per: "row" },
  times: "uniform",
  batch: 128,
  flips: true,
  sampling: { solver: "midpoint", grid: "uniform", steps: 20, guidance: 0.2, cells: 128, batch: 128 },
  ratio: { signal: -1, mask: 0, ring: 5 },
};

function checkPairs({ transitions, pairing, confidence }: SpatiaConfig, key: (name: string) => string): string[] {
  const bad = transitions.table.filter((line) => line.split(" -> ").length !== 2);
  const { clip } = confidence;
  const range = clip.length === 0 || (clip.length === 2 && clip[0]! > 0 && clip[0]! <= 1 && clip[1]! >= 1);
  return [
    ...checkChoice(key("transitions.by"), transitions.by, ["label", "time"]),
    ...(transitions.by === "label" ? checkText(key("transitions.label"), transitions.label) : []),
    ...bad.map((line) => `${key("transitions.table")} has "${line}", expected "STATE -> STATE"`),
    ...checkWhole(key("pairing.least"), pairing.least, 1),
    ...checkWhole(key("pairing.most"), pairing.most, pairing.least),
    ...checkWhole(key("pairing.components"), pairing.components, 1),
    ...checkChoice(key("pairing.scale"), pairing.scale, ["mean", "none"]),
    ...checkNumber(key("pairing.epsilon"), pairing.epsilon, (v) => v > 0, "a positive number"),
    ...checkWhole(key("pairing.iterations"), pairing.iterations, 1),
    ...checkNumber(key("pairing.tolerance"), pairing.tolerance, (v) => v >= 0, "0 or a positive number"),
    ...checkChoice(key("pairing.match"), pairing.match, MATCH_KINDS),
    ...checkChoice(key("confidence.kind"), confidence.kind, CONFIDENCE_KINDS),
    ...checkNumber(key("confidence.gamma"), confidence.gamma, (v) => v >= 0, "0 or a positive number"),
    ...checkChoice(key("confidence.normalise"), confidence.normalise, ["transition", "batch"]),
    ...(range ? [] : [`${key("confidence.clip")} is [${clip}], expected [] or [LEAST, MOST] around 1`]),
  ];
}

function checkNetworks({ network, conditioner, alignment }: SpatiaConfig, key: (name: string) => string): string[] {
  return [
    ...checkChoice(key("network.name"), network.name, NETWORK_NAMES),
    ...checkChoice(key("network.injection"), network.injection, ["add", "scale-shift"]),
    ...checkWhole(key("network.latent.components"), network.latent.components, 1),
    ...checkWhole(key("network.latent.hidden"), network.latent.hidden, 1),
    ...checkWhole(key("network.latent.layers"), network.latent.layers, 1),
    ...checkWhole(key("conditioner.width"), conditioner.width, 1),
    ...checkNumber(
      key("conditioner.dropout"),
      conditioner.dropout,
      (v) => v >= 0 && v < 1,
      "a number from 0 to below 1",
    ),
    ...checkNumber(key("alignment.weight"), alignment.weight, (v) => v >= 0, "0 or a positive number"),
    ...checkWhole(key("alignment.directions"), alignment.directions, 1),
    ...checkNumber(key("alignment.from"), alignment.from, (v) => v >= 0 && v < 1, "a number from 0 to below 1"),
    ...checkWhole(key("alignment.leastRows"), alignment.leastRows, 0),
    ...(alignment.filters.length < 3
      ? [`${key("alignment.filters")} has ${alignment.filters.length}, expected 3`]
      : []),
    ...alignment.filters.flatMap((width) => checkWhole(key("alignment.filters"), width, 1)),
    ...checkWhole(key("alignment.features"), alignment.features, 1),
    ...checkWhole(key("alignment.epochs"), alignment.epochs, 1),
    ...checkWhole(key("alignment.batch"), alignment.batch, 1),
    ...checkNumber(key("alignment.leastR2"), alignment.leastR2, (v) => v <= 1, "a number up to 1"),
  ];
}

/**
 * Check a configuration of SPATIA's generator.
 *
 * @param config Merged configuration.
 * @returns One message per problem.
 */
export function checkSpatia(config: SpatiaConfig): readonly string[] {
  const { start, signatures, contrast, morphology, dropping, sampling, ratio } = config;
  const key = (name: string): string => `plugin.config.${name}`;
  const share = (name: string, value: number): readonly string[] =>
    checkNumber(key(name), value, (v) => v >= 0 && v <= 1, "a number from 0 to 1");
  const notNegative = (name: string, value: number): readonly string[] =>
    checkNumber(key(name), value, (v) => v >= 0, "0 or a positive number");
  return [
    ...checkPairs(config, key),
    ...checkNetworks(config, key),
    ...checkChoice(key("start.kind"), start.kind, ["noise", "control", "noisy-control"]),
    ...notNegative("start.noise", start.noise),
    ...share("start.probability", start.probability),
    ...checkChoice(key("signatures.scale"), signatures.scale, ["data", "released"]),
    ...checkChoice(key("contrast.kind"), contrast.kind, ["hinge", "delta-fm", "none"]),
    ...notNegative("contrast.weight", contrast.weight),
    ...notNegative("contrast.margin", contrast.margin),
    ...checkChoice(key("contrast.reduction"), contrast.reduction, ["mean", "sum"]),
    ...checkChoice(key("contrast.negative"), contrast.negative, ["transition", "permutation"]),
    ...checkWhole(key("morphology.channel"), morphology.channel, 0),
    ...checkChoice(key("morphology.foreground"), morphology.foreground, ["bright", "dark"]),
    ...checkNumber(
      key("dropping.probability"),
      dropping.probability,
      (v) => v >= 0 && v < 1,
      "a number from 0 to below 1",
    ),
    ...checkChoice(key("dropping.per"), dropping.per, ["row", "batch"]),
    ...checkWhole(key("batch"), config.batch, 1),
    ...checkChoice(key("sampling.solver"), sampling.solver, ["midpoint", "heun", "euler"]),
    ...checkChoice(key("times"), config.times, ["uniform", "skewed"]),
    ...checkChoice(key("sampling.grid"), sampling.grid, ["uniform", "edm"]),
    ...checkWhole(key("sampling.steps"), sampling.steps, sampling.grid === "edm" ? 2 : 1),
    ...notNegative("sampling.guidance", sampling.guidance),
    ...(sampling.guidance > 0 && dropping.probability === 0
      ? [`${key("sampling.guidance")} is ${sampling.guidance}, which needs ${key("dropping.probability")} above 0`]
      : []),
    ...checkWhole(key("sampling.cells"), sampling.cells, 0),
    ...checkWhole(key("sampling.batch"), sampling.batch, 1),
    ...checkWhole(key("ratio.signal"), ratio.signal, -1),
    ...checkWhole(key("ratio.mask"), ratio.mask, 0),
    ...checkWhole(key("ratio.ring"), ratio.ring, 1),
  ];
}
