import type { Citation, Data } from "../core/mod.ts";
import { readAnnData } from "../core/io/anndata_reader.ts";
import { checkWhole } from "../core/config/check.ts";
import { embeddedStore } from "./embedded_store.ts";
import { trainingFeatures } from "./features.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { NO_LABELS, tissueOf, toSections } from "./tissue.ts";
import { floatRows, leadingColumns } from "./matrix.ts";

/** Configuration of the zebrafish data. */
export interface ZebrafishConfig {
  /** Leading components to use, of the 50 in the source. */
  readonly components: number;
}

const CITATION: Citation = Object.freeze({
  title: "Spatiotemporal mapping of gene expression landscapes and developmental trajectories during zebrafish " +
    "embryogenesis",
  authors: "Liu C. et al.; components by Zhang Z. et al. (NeurIPS 2025)",
  year: 2022,
  venue: "Developmental Cell 57, 1284-1298",
  url: "https://doi.org/10.1016/j.devcel.2022.04.009",
  licence: "MIT, (c) 2025 Zhenyi Zhang",
  source: "github.com/zhenyiizhang/CytoBridge-NeurIPS, commit db53686d95c8967418235e50a71e4e7fc5ea6403",
});

async function load({ components }: ZebrafishConfig, options: LoadOptions): Promise<Data> {
  const store = options.location ?? embeddedStore(zebrafish.name);
  const table = await readAnnData(store);
  const tissue = tissueOf(table, {
    time: "time",
    timeOrder: [],
    timeUnit: "stage",
    section: "",
    label: "",
    spatial: "spatial",
    holdOut: [],
  }, options.note);
  const raw = tissue.sections.map(({ rows }) => leadingColumns(floatRows(table, "X_pca", rows), components));
  const features = trainingFeatures(raw, tissue.sections.map(({ split }) => split), 0);
  const sections = toSections(tissue, features).map((section) => ({ ...section, name: `stage ${section.name}` }));
  return {
    spec: {
      name: zebrafish.name,
      parts: {
        x: {
          shape: [components],
          unit: "standard deviations",
          names: Array.from({ length: components }, (_, i) => `PC${i + 1}`),
        },
        pos: { shape: [2], unit: "scaled units of the source", names: ["x", "y"] },
      },
      times: tissue.times.map((time) => ({ ...time, name: `stage ${time.name}` })),
      labels: {},
    },
    sections,
    citation: CITATION,
    source: options.location ?? `embedded:${zebrafish.name}`,
    notes: [
      "Two consecutive stages with one section each, both used for training: nothing is held out",
      NO_LABELS,
    ],
  };
}

/** Zebrafish embryos at two stages, Stereo-seq, as expression components; ships with the package. */
export const zebrafish: Dataset<ZebrafishConfig> = Object.freeze({
  name: "zebrafish-embryo-stereoseq-pcs",
  description: "Zebrafish embryo, 563 and 1,036 cells at 2 stages; 50 expression components, no labels",
  defaults: { components: 50 },
  check: ({ components }: ZebrafishConfig): readonly string[] => checkWhole("components", components, 1, 50),
  load,
});
