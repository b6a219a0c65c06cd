import { checkChoice, checkNumber, checkWhole } from "../../core/mod.ts";

/** Configuration of NicheFlow and its two ablations; defaults are the authors' code (methods table of the paper's release). */
export interface NicheFlowConfig {
  /** What a point cloud is: a niche, a random cloud of the slide, or a single cell. */
  readonly model: "nicheflow" | "rpcflow" | "spflow";
  /** What is learned, and with which losses. */
  readonly objective: {
    /** Velocity (cfm), end point with squared errors (gvfm), or with absolute errors on coordinates (glvfm). */
    readonly kind: "cfm" | "gvfm" | "glvfm";
    /** `code`: means over all entries; `paper`: sums over the points of a niche, features at half weight. */
    readonly lossForm: "code" | "paper";
    /** Let padded target cells count in the loss, as the reference code does. */
    readonly paddedLoss: boolean;
    /**
     * What gvfm and glvfm read from the network for coordinates: their posterior mean as in the paper, or a velocity from
     * which the mean follows. The losses are the same; with `velocity` niches keep their extent when training is short.
     */
    readonly positionOutput: "mean" | "velocity";
    /** Factor of the feature loss. */
    readonly featureWeight: number;
    /** Factor of the coordinate loss. */
    readonly positionWeight: number;
  };
  /** Where the flow starts. */
  readonly prior: {
    /**
     * Standard deviation of the coordinates' noise: 1 as in the paper, where it spans the section; near the extent of a
     * niche (0.1) coordinates take shape as early as features do, which short training needs.
     */
    readonly positionStd: number;
  };
  /** How niches are cut out of a section. */
  readonly niche: {
    /** Coordinates become z-scores per axis, z-scores with one scale for all axes, or [0, 1] per axis. */
    readonly scaling: "per-axis" | "isotropic" | "min-max";
    /** Radius in scaled coordinates; the most frequent number of cells within it is the niche size of the section. */
    readonly radius: number;
    /** Grid step along x for evaluation centres, in scaled coordinates. */
    readonly dx: number;
    /** Grid step along y. */
    readonly dy: number;
  };
  /** How a training instance is drawn. */
  readonly regions: {
    /** K-means regions per section. */
    readonly count: number;
    /** Niches drawn per section, spread evenly over the regions. */
    readonly niches: number;
    /** Matched niche pairs kept. */
    readonly pairs: number;
    /** Cells drawn per section by rpcflow and spflow. */
    readonly cells: number;
  };
  /** How source and target are paired. */
  readonly coupling: {
    /** Exact assignment or entropic transport. */
    readonly kind: "exact" | "sinkhorn";
    /** Weight of features against coordinates; it is squared in the cost. */
    readonly lambda: number;
    /** Entropic regularisation, in units of the cost. */
    readonly epsilon: number;
  };
  /** Instances (section pairs) per batch. */
  readonly instances: number;
  /** Sizes of the networks. */
  readonly network: {
    /** Requested width of the transformer; 128 becomes 120 with 4 heads. */
    readonly embed: number;
    /** Hidden width of the transformer's feed-forward layers. */
    readonly feedForward: number;
    /** Attention heads. */
    readonly heads: number;
    /** Encoder blocks. */
    readonly encoders: number;
    /** Decoder blocks. */
    readonly decoders: number;
    /** Dropout on attention weights. */
    readonly dropout: number;
    /**
     * Factor on the first weights of the layer that embeds coordinates: 1 as in the paper; above 1 differences within a
     * niche, which are small beside those of standardized features, count from the first step.
     */
    readonly coordinateGain: number;
    /** Embedding width of the single-point network. */
    readonly hidden: number;
    /** Time frequencies of the single-point network. */
    readonly timeDim: number;
  };
  /** How the flow is integrated. */
  readonly sampling: {
    /** Equally spaced path times, ends included; 20 points are 19 Euler steps. */
    readonly points: number;
    /** Repeats of every section pair with fresh noise. */
    readonly upsample: number;
    /** Niches integrated at once. */
    readonly chunk: number;
  };
  /** The cell-type classifier behind 1NN-F1. */
  readonly classifier: {
    /** Hidden width. */
    readonly hidden: number;
    /** Largest number of passes over the cells. */
    readonly epochs: number;
    /** Passes without a better validation F1 before stopping. */
    readonly patience: number;
    /** Passes without a better validation F1 before the learning rate drops to three quarters. */
    readonly plateau: number;
    /** Cells per batch. */
    readonly batch: number;
    /** Learning rate per update. */
    readonly lr: number;
    /** Decoupled weight decay. */
    readonly weightDecay: number;
  };
  /** Label that types the cells; empty takes the first label of the data. */
  readonly label: string;
}

/** The authors' code: 2 instances of 64 pairs, K = 64, exact transport, 20 time points, 4 repeats. */
export const NICHEFLOW_DEFAULTS: NicheFlowConfig = {
  model: "nicheflow",
  objective: {
    kind: "glvfm",
    lossForm: "code",
    paddedLoss: false,
    positionOutput: "mean",
    featureWeight: 1,
    positionWeight: 1,
  },
  prior: { positionStd: 1 },
  niche: { scaling: "per-axis", radius: 0.15, dx: 0.15, dy: 0.2 },
  regions: { count: 64, niches: 256, pairs: 64, cells: 1024 },
  coupling: { kind: "exact", lambda: 0.1, epsilon: 0.05 },
  instances: 2,
  network: {
    embed: 128,
    feedForward: 256,
    heads: 4,
    encoders: 2,
    decoders: 2,
    dropout: 0.1,
    coordinateGain: 1,
    hidden: 64,
    timeDim: 64,
  },
  sampling: { points: 20, upsample: 4, chunk: 128 },
  classifier: { hidden: 32, epochs: 500, patience: 100, plateau: 25, batch: 1024, lr: 1e-3, weightDecay: 1e-5 },
  label: "",
};

/**
 * Check constraints that types cannot say.
 *
 * @param config Merged configuration.
 * @returns One message per problem.
 */
export function checkNicheFlow(config: NicheFlowConfig): readonly string[] {
  const { objective, niche, regions, coupling, network, sampling, classifier } = config;
  const key = (name: string): string => `plugin.config.${name}`;
  const whole: readonly (readonly [name: string, value: number, least: number])[] = [
    ["instances", config.instances, 1],
    ["regions.count", regions.count, 1],
    ["regions.niches", regions.niches, 1],
    ["regions.pairs", regions.pairs, 1],
    ["regions.cells", regions.cells, 1],
    ["network.heads", network.heads, 1],
    ["network.embed", network.embed, 3 * network.heads],
    ["network.feedForward", network.feedForward, 1],
    ["network.encoders", network.encoders, 0],
    ["network.decoders", network.decoders, 1],
    ["network.hidden", network.hidden, 1],
    ["network.timeDim", network.timeDim, 1],
    ["sampling.points", sampling.points, 2],
    ["sampling.upsample", sampling.upsample, 1],
    ["sampling.chunk", sampling.chunk, 1],
    ["classifier.hidden", classifier.hidden, 1],
    ["classifier.epochs", classifier.epochs, 1],
    ["classifier.batch", classifier.batch, 1],
  ];
  const positive: readonly (readonly [name: string, value: number])[] = [
    ["prior.positionStd", config.prior.positionStd],
    ["niche.radius", niche.radius],
    ["niche.dx", niche.dx],
    ["niche.dy", niche.dy],
    ["coupling.epsilon", coupling.epsilon],
    ["classifier.lr", classifier.lr],
  ];
  const drawn = Math.max(regions.niches, regions.count);
  return [
    ...checkChoice(key("model"), config.model, ["nicheflow", "rpcflow", "spflow"]),
    ...checkChoice(key("objective.kind"), objective.kind, ["cfm", "gvfm", "glvfm"]),
    ...checkChoice(key("objective.lossForm"), objective.lossForm, ["code", "paper"]),
    ...checkChoice(key("objective.positionOutput"), objective.positionOutput, ["mean", "velocity"]),
    ...checkChoice(key("niche.scaling"), niche.scaling, ["per-axis", "isotropic", "min-max"]),
    ...checkChoice(key("coupling.kind"), coupling.kind, ["exact", "sinkhorn"]),
    ...whole.flatMap(([name, value, least]) => checkWhole(key(name), value, least)),
    ...positive.flatMap(([name, value]) => checkNumber(key(name), value, (v) => v > 0, "a positive number")),
    ...checkNumber(key("coupling.lambda"), coupling.lambda, (v) => v >= 0 && v <= 1, "a number from 0 to 1"),
    ...checkNumber(key("network.coordinateGain"), network.coordinateGain, (v) => v > 0, "a positive number"),
    ...checkNumber(key("network.dropout"), network.dropout, (v) => v >= 0 && v < 1, "a number from 0 to below 1"),
    ...checkNumber(key("regions.pairs"), regions.pairs, (v) => v <= drawn, `at most the ${drawn} niches drawn`),
  ];
}
