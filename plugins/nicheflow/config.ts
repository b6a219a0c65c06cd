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
    /** Factor of the feature loss. */
    readonly featureWeight: number;
    /** Factor of the coordinate loss. */
    readonly positionWeight: number;
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
  objective: { kind: "glvfm", lossForm: "code", paddedLoss: false, featureWeight: 1, positionWeight: 1 },
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
  const { niche, regions, coupling, network, sampling, classifier } = config;
  const oneOf = (name: string, value: string, known: readonly string[]): string =>
    known.includes(value) ? "" : `plugin.config.${name} is "${value}", expected one of ${known.join(", ")}`;
  const above = (name: string, value: number, least: number): string =>
    value >= least ? "" : `plugin.config.${name} is ${value}, expected at least ${least}`;
  return [
    oneOf("model", config.model, ["nicheflow", "rpcflow", "spflow"]),
    oneOf("objective.kind", config.objective.kind, ["cfm", "gvfm", "glvfm"]),
    oneOf("objective.lossForm", config.objective.lossForm, ["code", "paper"]),
    oneOf("niche.scaling", niche.scaling, ["per-axis", "isotropic", "min-max"]),
    oneOf("coupling.kind", coupling.kind, ["exact", "sinkhorn"]),
    above("instances", config.instances, 1),
    above("regions.count", regions.count, 1),
    above("regions.niches", regions.niches, 1),
    above("regions.pairs", regions.pairs, 1),
    above("regions.cells", regions.cells, 1),
    above("network.embed", network.embed, 3 * network.heads),
    above("network.heads", network.heads, 1),
    above("sampling.points", sampling.points, 2),
    above("sampling.upsample", sampling.upsample, 1),
    above("sampling.chunk", sampling.chunk, 1),
    above("classifier.epochs", classifier.epochs, 1),
    above("classifier.batch", classifier.batch, 1),
    niche.radius > 0 ? "" : `plugin.config.niche.radius is ${niche.radius}, expected a positive number`,
    niche.dx > 0 && niche.dy > 0 ? "" : `plugin.config.niche.dx and dy are ${niche.dx}, ${niche.dy}, expected positive`,
    coupling.lambda >= 0 && coupling.lambda <= 1
      ? ""
      : `plugin.config.coupling.lambda is ${coupling.lambda}, expected 0 to 1`,
    coupling.epsilon > 0 ? "" : `plugin.config.coupling.epsilon is ${coupling.epsilon}, expected a positive number`,
    network.dropout >= 0 && network.dropout < 1
      ? ""
      : `plugin.config.network.dropout is ${network.dropout}, expected 0 or more and less than 1`,
    regions.pairs <= Math.max(regions.niches, regions.count)
      ? ""
      : `plugin.config.regions.pairs is ${regions.pairs}, expected at most the ${regions.niches} niches drawn`,
  ].filter((message) => message !== "");
}
