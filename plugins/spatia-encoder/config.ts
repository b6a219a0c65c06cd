import { checkChoice, checkNumber, checkText, checkWhole } from "../../core/mod.ts";

/** What of a cell the network may see. */
export type Modality = "image" | "genes";

/** How far around a cell an embedding looks. */
export type Level = "cell" | "niche" | "tissue";

/** Configuration of SPATIA's representation model. */
export interface SpatiaEncoderConfig {
  /** What the network sees and learns to reconstruct: `"image"`, `"genes"` or both. */
  readonly modalities: readonly Modality[];
  /** How images become tokens. */
  readonly images: {
    /** Part of the data: image patches `[H, W, C]`, or features `[F]` of a network that the user brings. */
    readonly part: string;
    /** Pixels that are averaged in each direction; divides the side of the images. */
    readonly shrink: number;
    /** Side of a token in (averaged) pixels; divides the side of the images. */
    readonly patch: number;
    /** Tokens that brought features are cut into. */
    readonly tokens: number;
    /** What values are z-scored by: those of each section, so that stain does not matter, or of all training sections. */
    readonly scale: "section" | "training";
    /** Whether training turns and mirrors images, together with the tissue around them. */
    readonly turn: boolean;
  };
  /** How counts become tokens. */
  readonly genes: {
    /** Genes that fewer cells of the training sections have are left out. */
    readonly minCells: number;
    /** Most variable genes to keep, by their rank in each training section; 0 keeps all. */
    readonly variable: number;
    /** Share of the kept genes that the network never sees, to be predicted from what it makes of the others. */
    readonly hidden: number;
    /** Most tokens of a cell: its expressed genes, then others. */
    readonly tokens: number;
    /** Whether logarithms are z-scored gene by gene within each section, so that sections compare, or taken as they are. */
    readonly scale: "section" | "none";
  };
  /** Levels that the embedding joins; the cell is always among them. */
  readonly levels: readonly Level[];
  /** Who is whose neighbour, in units of the typical distance between cells of a section. */
  readonly niche: {
    /** Nearest cells that make a niche, the cell itself not counted. */
    readonly neighbours: number;
    /** Largest distance of a neighbour, in typical distances; 0 for any. */
    readonly maxDistance: number;
  };
  /** Most niches of a section that others see; every niche sees them. */
  readonly tissueNiches: number;
  /** Sizes. */
  readonly network: {
    /** Width of tokens and embeddings; divisible by 8 and by the heads. */
    readonly width: number;
    /** Attention heads. */
    readonly heads: number;
    /** Inner width of feed-forward layers. */
    readonly feedForward: number;
    /** Layers of the image encoder. */
    readonly imageLayers: number;
    /** Layers of the gene encoder. */
    readonly geneLayers: number;
    /** Layers over the niches of a section. */
    readonly tissueLayers: number;
    /** Whose tokens look at the other's: the paper's `"image-queries"`, the released `"gene-queries"`, or `"both"`. */
    readonly fusion: "image-queries" | "gene-queries" | "both";
    /** Probability of dropping a value in training. */
    readonly dropout: number;
  };
  /** What training hides. */
  readonly masking: {
    /** Share of the image tokens. */
    readonly image: number;
    /** Thinning r of counts: about r of them go, see {@linkcode thinnedCounts}; 0 for none. */
    readonly counts: number;
    /** Probability that the cells of a region have no image; with both modalities only. */
    readonly dropImage: number;
    /** Probability that the cells of a region have no counts; never both. */
    readonly dropGenes: number;
  };
  /** Weights of the loss, and its forms. */
  readonly loss: {
    /** Of the likelihood of counts decoded from the cell's gene tokens. */
    readonly denoise: number;
    /** Of the likelihood of counts decoded from the embedding and the names of the genes alone. */
    readonly generate: number;
    /** Of the squared error of hidden image tokens. */
    readonly image: number;
    /** Of the contrast between image and counts. */
    readonly contrast: number;
    /** Temperature of the contrast. */
    readonly temperature: number;
    /** Distribution of counts: negative binomial, or zero-inflated. */
    readonly counts: "nb" | "zinb";
  };
  /** Batches: cells of some regions of one section. */
  readonly regions: {
    /** Regions of a batch. */
    readonly count: number;
    /** Cells of a region. */
    readonly cells: number;
  };
  /** How embeddings are measured. */
  readonly tasks: {
    /** Label for annotation and clusters: empty for the first that the data have. */
    readonly label: string;
    /** Share of the non-zero counts of a cell that imputation hides. */
    readonly entries: number;
    /** Share of the counts of every cell that is left where imputation is done from shallow counts; 1 leaves that out. */
    readonly depth: number;
    /** Cells among which retrieval has to find the right one. */
    readonly candidates: number;
    /** Neighbours in which the mixing of sections is counted. */
    readonly mixing: number;
    /** Starts of k-means. */
    readonly starts: number;
  };
}

/** Sizes that train on two cores in minutes. */
export const SPATIA_ENCODER_DEFAULTS: SpatiaEncoderConfig = {
  modalities: ["image", "genes"],
  images: { part: "img", shrink: 2, patch: 8, tokens: 8, scale: "section", turn: true },
  genes: { minCells: 20, variable: 256, hidden: 0.2, tokens: 256, scale: "section" },
  levels: ["cell", "niche", "tissue"],
  niche: { neighbours: 16, maxDistance: 0 },
  tissueNiches: 256,
  network: {
    width: 64,
    heads: 4,
    feedForward: 128,
    imageLayers: 2,
    geneLayers: 2,
    tissueLayers: 2,
    fusion: "both",
    dropout: 0.1,
  },
  masking: { image: 0.5, counts: 0.6, dropImage: 0.15, dropGenes: 0.15 },
  loss: { denoise: 1, generate: 1, image: 1, contrast: 0.1, temperature: 0.5, counts: "nb" },
  regions: { count: 4, cells: 24 },
  tasks: { label: "", entries: 0.2, depth: 0.1, candidates: 100, mixing: 15, starts: 10 },
};

const MODALITIES: readonly string[] = ["image", "genes"];
const LEVELS: readonly string[] = ["cell", "niche", "tissue"];

function checkList(key: string, found: readonly string[], known: readonly string[], needed?: string): string[] {
  const wrong = found.some((name, i) => !known.includes(name) || found.indexOf(name) < i);
  if (!wrong && found.length > 0 && (needed === undefined || found.includes(needed))) return [];
  const with_ = needed === undefined ? "" : `, "${needed}" among them`;
  return [
    `${key} is ${JSON.stringify(found)}, expected some of ${known.map((name) => `"${name}"`).join(", ")}${with_}`,
  ];
}

/**
 * Check a configuration of SPATIA's representation model.
 *
 * @param config Merged configuration.
 * @returns One message per problem.
 */
export function checkSpatiaEncoder(config: SpatiaEncoderConfig): readonly string[] {
  const { images, genes, niche, network, masking, loss, regions, tasks } = config;
  const key = (name: string): string => `plugin.config.${name}`;
  const whole: readonly (readonly [name: string, value: number, least: number])[] = [
    ["images.shrink", images.shrink, 1],
    ["images.patch", images.patch, 1],
    ["images.tokens", images.tokens, 1],
    ["genes.minCells", genes.minCells, 1],
    ["genes.variable", genes.variable, 0],
    ["genes.tokens", genes.tokens, 1],
    ["niche.neighbours", niche.neighbours, 1],
    ["tissueNiches", config.tissueNiches, 1],
    ["network.width", network.width, 8],
    ["network.heads", network.heads, 1],
    ["network.feedForward", network.feedForward, 1],
    ["network.imageLayers", network.imageLayers, 0],
    ["network.geneLayers", network.geneLayers, 0],
    ["network.tissueLayers", network.tissueLayers, 1],
    ["regions.count", regions.count, 1],
    ["regions.cells", regions.cells, 2],
    ["tasks.candidates", tasks.candidates, 2],
    ["tasks.mixing", tasks.mixing, 1],
    ["tasks.starts", tasks.starts, 1],
  ];
  const share = (v: number): boolean => v >= 0 && v < 1;
  const shares: readonly (readonly [name: string, value: number])[] = [
    ["genes.hidden", genes.hidden],
    ["network.dropout", network.dropout],
    ["masking.image", masking.image],
    ["masking.counts", masking.counts],
    ["masking.dropImage", masking.dropImage],
    ["masking.dropGenes", masking.dropGenes],
    ["tasks.entries", tasks.entries],
  ];
  const { temperature, counts, ...weights } = loss;
  return [
    ...checkList(key("modalities"), config.modalities, MODALITIES),
    ...checkList(key("levels"), config.levels, LEVELS, "cell"),
    ...checkText(key("images.part"), images.part),
    ...checkChoice(key("images.scale"), images.scale, ["section", "training"]),
    ...checkChoice(key("genes.scale"), genes.scale, ["section", "none"]),
    ...checkChoice(key("network.fusion"), network.fusion, ["image-queries", "gene-queries", "both"]),
    ...checkChoice(key("loss.counts"), counts, ["nb", "zinb"]),
    ...whole.flatMap(([name, value, least]) => checkWhole(key(name), value, least)),
    ...shares.flatMap(([name, value]) => checkNumber(key(name), value, share, "a share from 0 to below 1")),
    ...(network.width % 8 === 0 && network.width % network.heads === 0
      ? []
      : [`${key("network.width")} is ${network.width}, expected a multiple of 8 and of ${network.heads} heads`]),
    ...(masking.dropImage + masking.dropGenes < 1
      ? []
      : [`${key("masking.dropImage")} and dropGenes sum to 1 or more, expected some regions with both`]),
    ...checkNumber(key("niche.maxDistance"), niche.maxDistance, (v) => v >= 0, "a distance of at least 0"),
    ...checkNumber(key("tasks.depth"), tasks.depth, (v) => v > 0 && v <= 1, "a share above 0 and up to 1"),
    ...checkNumber(key("loss.temperature"), temperature, (v) => v > 0, "a positive number"),
    ...Object.entries(weights).flatMap(([name, value]) =>
      checkNumber(key(`loss.${name}`), value, (v) => v >= 0, "a number of at least 0")
    ),
  ];
}
