import type { Citation, Data } from "../core/mod.ts";
import { readAnnData } from "../core/io/anndata_reader.ts";
import { checkWhole } from "../core/config/check.ts";
import { embeddedStore } from "./embedded_store.ts";
import { labelShares, trainingFeatures } from "./features.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { tissueOf, toSections } from "./tissue.ts";

/** Configuration of the axolotl data. */
export interface AxolotlConfig {
  /** Sections that are never used to fit anything; by default the last replicate of each day that has several. */
  readonly holdOut: readonly string[];
  /** How labels become features. */
  readonly smoothing: {
    /** Cells over which the one-hot labels are averaged, the cell itself included. */
    readonly neighbours: number;
  };
  /** Principal components of the smoothed labels. */
  readonly components: number;
}

/** Cell types in the data; their shares sum to 1, so that there is one component less. */
const CELL_TYPES = 28;

const CITATION: Citation = Object.freeze({
  title: "Single-cell Stereo-seq reveals induced progenitor cells involved in axolotl brain regeneration",
  authors: "Wei X. et al.",
  year: 2022,
  venue: "Science 377, eabp9444",
  url: "https://doi.org/10.1126/science.abp9444",
  licence: "MIT, (c) 2022 BGI-DEV-REG",
  source: "github.com/BGI-DEV-REG/ARTISTA, commit 6c9545428a8fd81ae90859accfabe70fb325bc98",
});

function check({ smoothing, components }: AxolotlConfig): readonly string[] {
  return [
    ...checkWhole("smoothing.neighbours", smoothing.neighbours, 1, 1000),
    ...checkWhole("components", components, 1, CELL_TYPES - 1),
  ];
}

async function load(config: AxolotlConfig, options: LoadOptions): Promise<Data> {
  const { smoothing: { neighbours }, components, holdOut } = config;
  const store = options.location ?? embeddedStore(axolotl.name);
  const table = await readAnnData(store);
  const tissue = tissueOf(table, {
    time: "time",
    timeOrder: [],
    timeUnit: "days after injury",
    section: "section",
    label: "cell_type",
    spatial: "spatial",
    holdOut,
  }, options.note);
  const shares = tissue.sections.map(({ pos, label }) => labelShares(pos, label, tissue.labels.length, neighbours));
  const features = trainingFeatures(shares, tissue.sections.map(({ split }) => split), components);
  const times = tissue.times.map((time) => ({ ...time, name: `${time.name} days` }));
  const names = Array.from({ length: components }, (_, i) => `label PC${i + 1}`);
  return {
    spec: {
      name: axolotl.name,
      parts: {
        x: { shape: [components], unit: "standard deviations of the training cells", names },
        pos: { shape: [2], unit: "grid units of the chip", names: ["right", "dorsal"] },
      },
      times,
      labels: { cell_type: tissue.labels },
    },
    sections: toSections(tissue, features),
    citation: CITATION,
    source: options.location ?? `embedded:${axolotl.name}`,
    notes: [
      `Features are built from cell-type labels (one-hot, averaged over ${neighbours} nearest cells, ${components} ` +
      "principal components), not from expression, which the source does not publish",
      "Sections were brought to one anatomical frame by rigid maps: injured hemisphere at the right, dorsal at the top",
    ],
  };
}

/** Regenerating axolotl telencephalon, Stereo-seq, 13 sections at five days after injury; ships with the package. */
export const axolotl: Dataset<AxolotlConfig> = Object.freeze({
  name: "axolotl-brain-regeneration",
  description: "Regenerating axolotl brain, 120,114 cells in 13 sections at 5 times; features are built from labels",
  defaults: {
    holdOut: ["02dpi_rep3", "05dpi_rep3", "10dpi_rep4", "20dpi_rep3"],
    smoothing: { neighbours: 4 },
    components: 20,
  },
  check,
  load,
});
