import { type Citation, type Data, DataError } from "../core/mod.ts";
import { readAnnData } from "../core/io/anndata_reader.ts";
import { embeddedStore } from "./embedded_store.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { imagesOf, nucleusMasks, obsFeatures, rowsByCategory, tissueOfGroups } from "./row_groups.ts";
import { checkExpression, scaledExpression, type ScaledExpressionConfig } from "./scaled_expression.ts";
import { splitOf } from "./split.ts";
import { NO_LABELS, toSections } from "./tissue.ts";

/** Configuration of the olfactory bulb data. */
export interface OlfactoryBulbConfig extends ScaledExpressionConfig {
  /** Sections that are never used to fit anything; by default those of the second mouse. */
  readonly holdOut: readonly string[];
}

const GENES = 1000;

const DEFAULTS: OlfactoryBulbConfig = Object.freeze({
  normalize: "log1p-median",
  highlyVariable: 0,
  components: 0,
  scale: "training",
  holdOut: ["MOB3", "MOB4"],
});

const CITATION: Citation = Object.freeze({
  title: "Visualization and analysis of gene expression in tissue sections by spatial transcriptomics",
  authors: "Ståhl P. L. et al.; package data by Bergenstråhle J. et al. (BMC Genomics 21, 482, 2020)",
  year: 2016,
  venue: "Science 353, 78-82",
  url: "https://doi.org/10.1126/science.aaf2403",
  licence: "MIT, (c) 2019 Joseph Bergenstråhle",
  source: "github.com/jbergenstrahle/STUtility, commit 9a8f421499e58b13340ee386db07b0eba923c88c",
});

async function load(config: OlfactoryBulbConfig, options: LoadOptions): Promise<Data> {
  const table = await readAnnData(options.location ?? embeddedStore(olfactoryBulb.name));
  const found = [...rowsByCategory(table, "section")];
  const split = splitOf(found.map(([name]) => name), config.holdOut);
  const groups = found.map(([name, rows], i) => ({ name, time: -1, split: split[i]!, rows }));
  const masks = nucleusMasks(table);
  const tissue = tissueOfGroups(table, groups, { times: [], label: "" });
  const mice = groups.map(({ rows }) => new Set(obsFeatures(table, ["mouse"], rows).data));
  const odd = mice.findIndex((names) => names.size !== 1);
  if (odd >= 0) {
    throw new DataError(`Cannot use section "${groups[odd]!.name}": it is of ${mice[odd]!.size} mice, expected 1`);
  }
  const donors = mice.map(([mouse]) => `mouse ${mouse}`);
  const shared = donors.find((donor, i) =>
    split[i] === "test" && donors.some((d, j) => d === donor && split[j] !== "test")
  );
  if (shared !== undefined) {
    options.warn(`Sections of ${shared} are in training and in test: results look better for it`);
  }
  const { features, spec } = scaledExpression(table, tissue, config);
  return {
    spec: {
      name: olfactoryBulb.name,
      parts: {
        x: spec,
        pos: { shape: [2], unit: "px of the section's image", names: ["x", "y"] },
        img: { shape: [48, 48, 3], unit: "grey values, 0 to 255", names: ["red", "green", "blue"] },
        ...masks.spec,
      },
      times: [],
      labels: {},
    },
    sections: toSections(tissue, features).map((section, i) => {
      const img = imagesOf(table, "patches", groups[i]!.rows);
      return Object.freeze({
        ...section,
        donor: donors[i]!,
        parts: { ...section.parts, img, ...masks.of(groups[i]!.rows) },
      });
    }),
    citation: CITATION,
    source: options.location ?? `embedded:${olfactoryBulb.name}`,
    notes: [
      "Two sections each of two mice; image patches show tissue layers, not single nuclei",
      NO_LABELS,
    ],
  };
}

/** Mouse olfactory bulb, Spatial Transcriptomics with an H&E patch per spot; ships with the repository. */
export const olfactoryBulb: Dataset<OlfactoryBulbConfig> = Object.freeze({
  name: "mouse-olfactory-bulb-st-he",
  description: "Mouse olfactory bulb, ST + H&E, 1,627 spots x 1,000 genes with 48 px patches; one of two mice held out",
  defaults: DEFAULTS,
  check: (config: OlfactoryBulbConfig): readonly string[] => checkExpression(config, GENES),
  load,
});
