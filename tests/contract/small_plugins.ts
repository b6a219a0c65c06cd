/** How small each plugin can be on the tiny tissue; a new one adds a line. */
export const SMALL_PLUGINS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  cfm: { batch: 16, network: { hidden: 8, layers: 1, timeDim: 4 }, sampling: { points: 3, cells: 32 } },
  geneflow: {
    batch: 2,
    encoder: { hidden: [4], multiHead: false, featureGating: false, residualBlocks: false },
    network: { base: 2, multipliers: [1], blocks: 1, headChannels: 2, dropout: 0, recompute: false },
    spatial: { stride: 2, neighbours: 3, radius: 1, ramp: 2 },
    sampling: { solver: "heun", steps: 2, images: 4, batch: 4 },
    nuclei: { leastArea: 4, leastHole: 2 },
    genes: { images: 2 },
  },
  gmflow: { batch: 16, sampling: { steps: 2, substeps: 2, cells: 32, controls: [] } },
  nicheflow: {
    niche: { radius: 0.5, dx: 0.8, dy: 0.8 },
    regions: { count: 2, niches: 4, pairs: 2, cells: 8 },
    network: { embed: 12, feedForward: 8, encoders: 1, decoders: 1, hidden: 8, timeDim: 4 },
    sampling: { points: 3, upsample: 1 },
    classifier: { epochs: 2 },
  },
  sedr: {
    expression: { minCells: 1, minCounts: 1, components: 4 },
    network: { encoder: 8, features: 4, hidden: 8, spatial: 4 },
    domains: { starts: 2, seeds: 1 },
  },
  spatia: {
    transitions: { by: "label", label: "kind", table: ["inner -> outer"], groups: "" },
    pairing: { most: 24, components: 4 },
    conditioner: { width: 8 },
    network: { latent: { components: 4, hidden: 8, layers: 1 } },
    alignment: { directions: 4, filters: [2, 2, 2], features: 4, epochs: 1, batch: 16, leastR2: -10 },
    batch: 8,
    sampling: { steps: 2, cells: 16, batch: 16 },
  },
  "spatia-encoder": {
    images: { shrink: 2, patch: 2, tokens: 4 },
    genes: { minCells: 1, variable: 6, tokens: 6 },
    niche: { neighbours: 3 },
    tissueNiches: 4,
    network: { width: 8, heads: 2, feedForward: 8, imageLayers: 1, geneLayers: 1, tissueLayers: 1 },
    regions: { count: 2, cells: 6 },
    tasks: { candidates: 4, mixing: 3, starts: 2 },
  },
  stflow: {
    images: ["convolution"],
    convolution: { pixels: 8, channels: [4] },
    regions: { most: 24 },
    network: { width: 8, pairWidth: 8, heads: 2, layers: 1, neighbours: 3, dropout: 0 },
    sampling: { steps: 2, draws: 2 },
    baselines: [],
  },
};

/** The same for the plugin that new ones are copied from. */
export const SMALL_TEMPLATE = {
  batch: 16,
  network: { hidden: 8, blocks: 1, timeDim: 4 },
  sampling: { points: 3, cells: 16 },
} as const;
