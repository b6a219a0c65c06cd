import { checkChoice, checkNumber, checkWhole, type HarmonyVariant } from "../../core/mod.ts";

/** How counts become the components that SEDR reads. */
export interface SedrExpression {
  /**
   * `"counts"`: filter genes, scale each cell to a million, choose variable genes; `"log1p"`: the same, then ln(1 + x), which
   * few counts need, since a single one is a spike otherwise; `"none"` takes columns as they are.
   */
  readonly normalize: "counts" | "log1p" | "none";
  /** With counts: genes found in fewer cells of the training sections are left out. */
  readonly minCells: number;
  /** With counts: genes with a smaller total over the training sections are left out. */
  readonly minCounts: number;
  /** With counts: most variable genes to keep (rule "seurat_v3" on raw counts, per section); 0 keeps all. */
  readonly variableGenes: number;
  /** Most principal components of z-scored genes (at most genes - 1 are used); 0 takes features as they are. */
  readonly components: number;
}

/** Configuration of SEDR. */
export interface SedrConfig {
  /** From the data's features to the input of the network. */
  readonly expression: SedrExpression;
  /** Which cells are neighbours. */
  readonly graph: {
    /** Nearest cells each is linked with, in both directions; 6 for a lattice of bins, 12 for Visium. */
    readonly neighbours: number;
    /** Longest link in the unit of the positions; 0 for any length. */
    readonly maxDistance: number;
  };
  /** Widths and dropout. */
  readonly network: {
    /** Width of the first layer of the encoder of expression. */
    readonly encoder: number;
    /** Coordinates of the embedding that come from expression alone. */
    readonly features: number;
    /** Width of the first graph convolution. */
    readonly hidden: number;
    /** Coordinates of the embedding that come from the neighbourhood. */
    readonly spatial: number;
    /** Probability of dropping a value in training. */
    readonly dropout: number;
  };
  /** What is hidden from the encoder in training. */
  readonly masking: {
    /** `"add"` adds the learned token to masked cells, as the released program does; `"replace"` puts it in their place. */
    readonly mode: "add" | "replace";
    /** Share of the cells that is masked, drawn anew in each epoch; 0 masks none. */
    readonly share: number;
  };
  /** Weights of the loss. */
  readonly loss: {
    /** Of the squared error of the reconstruction. */
    readonly reconstruction: number;
    /** Of the reconstruction of the graph, its Kullback-Leibler divergence included. */
    readonly graph: number;
    /** Of the cosine error of masked cells. */
    readonly self: number;
    /** Factor on the divergence, which is divided by the number of cells twice. */
    readonly klScale: number;
    /** Decay that is added to the gradient of every parameter (not decoupled). */
    readonly weightDecay: number;
  };
  /**
   * What is fitted on what: `"joint"` fits one model on the training sections of all time points, and embeds held-out ones by
   * it; `"jointTransductive"` lets held-out sections take part, as a pipeline without a guard does, and says so.
   */
  readonly fit: "joint" | "jointTransductive";
  /** Most cells to train on, drawn evenly over time points; every cell is embedded afterwards. */
  readonly cells: number;
  /** Epochs of deep embedded clustering after training, as the authors' clustering tutorials have it; 0 for none. */
  readonly refinement: {
    /** Epochs. */
    readonly epochs: number;
    /** Clusters. */
    readonly clusters: number;
    /** Epochs between refreshed targets. */
    readonly refresh: number;
    /** Learning rate per epoch. */
    readonly lr: number;
  };
  /** Correction of batch effects between the sections of a time point: `"none"`, or the form of Harmony's penalty. */
  readonly harmony: "none" | HarmonyVariant;
  /** How domains are found and measured. */
  readonly domains: {
    /** Label that domains are compared with: empty for the first that the data have. */
    readonly label: string;
    /** Clusters; 0 for as many as the label has. */
    readonly clusters: number;
    /** Starts of k-means, of which the best is taken. */
    readonly starts: number;
    /** Times that k-means is repeated with other seeds, each with all its starts. */
    readonly seeds: number;
  };
}

/** The authors' settings, with 6 neighbours. */
export const SEDR_DEFAULTS: SedrConfig = {
  expression: { normalize: "counts", minCells: 50, minCounts: 10, variableGenes: 2000, components: 200 },
  graph: { neighbours: 6, maxDistance: 0 },
  network: { encoder: 64, features: 16, hidden: 64, spatial: 16, dropout: 0.2 },
  masking: { mode: "add", share: 0.8 },
  loss: { reconstruction: 10, graph: 0.1, self: 1, klScale: 1, weightDecay: 0.01 },
  fit: "joint",
  cells: 110_000,
  refinement: { epochs: 0, clusters: 10, refresh: 20, lr: 0.01 },
  harmony: "none",
  domains: { label: "", clusters: 0, starts: 10, seeds: 3 },
};

/**
 * Check a configuration of SEDR.
 *
 * @param config Merged configuration.
 * @returns One message per problem.
 */
export function checkSedr(config: SedrConfig): readonly string[] {
  const { expression, graph, network, masking, loss, refinement, domains } = config;
  const key = (name: string): string => `plugin.config.${name}`;
  const whole: readonly (readonly [name: string, value: number, least: number])[] = [
    ["expression.minCells", expression.minCells, 0],
    ["expression.minCounts", expression.minCounts, 0],
    ["expression.variableGenes", expression.variableGenes, 0],
    ["expression.components", expression.components, 0],
    ["graph.neighbours", graph.neighbours, 1],
    ["network.encoder", network.encoder, 1],
    ["network.features", network.features, 1],
    ["network.hidden", network.hidden, 1],
    ["network.spatial", network.spatial, 1],
    ["cells", config.cells, 2],
    ["refinement.epochs", refinement.epochs, 0],
    ["refinement.clusters", refinement.clusters, 2],
    ["refinement.refresh", refinement.refresh, 1],
    ["domains.clusters", domains.clusters, 0],
    ["domains.starts", domains.starts, 1],
    ["domains.seeds", domains.seeds, 1],
  ];
  const share = (v: number): boolean => v >= 0 && v < 1;
  const weight = (v: number): boolean => v >= 0;
  return [
    ...checkChoice(key("expression.normalize"), expression.normalize, ["counts", "log1p", "none"]),
    ...checkChoice(key("masking.mode"), masking.mode, ["add", "replace"]),
    ...checkChoice(key("fit"), config.fit, ["joint", "jointTransductive"]),
    ...checkChoice(key("harmony"), config.harmony, ["none", "ratio", "plus1"]),
    ...whole.flatMap(([name, value, least]) => checkWhole(key(name), value, least)),
    ...checkNumber(key("network.dropout"), network.dropout, share, "a share from 0 to below 1"),
    ...checkNumber(key("masking.share"), masking.share, share, "a share from 0 to below 1"),
    ...checkNumber(key("graph.maxDistance"), graph.maxDistance, weight, "a distance of at least 0"),
    ...checkNumber(key("refinement.lr"), refinement.lr, (v) => v > 0, "a positive number"),
    ...Object.entries(loss).flatMap(([name, value]) =>
      checkNumber(key(`loss.${name}`), value, weight, "a number of at least 0")
    ),
  ];
}
