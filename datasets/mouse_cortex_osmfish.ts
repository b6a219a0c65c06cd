import type { Citation, Data } from "../core/mod.ts";
import { readAnnData } from "../core/io/anndata_reader.ts";
import { categoriesOf } from "./columns.ts";
import { embeddedStore } from "./embedded_store.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { tissueOfGroups } from "./row_groups.ts";
import { checkExpression, scaledExpression, type ScaledExpressionConfig } from "./scaled_expression.ts";
import { checkStrip, type Strip } from "./strip.ts";
import { stripGroups } from "./strip_groups.ts";
import { toSections } from "./tissue.ts";

/** Configuration of the osmFISH data. */
export interface OsmfishConfig extends ScaledExpressionConfig {
  /** Part of the section that is never used to fit anything; x runs along the layers, y across them. */
  readonly strip: Strip;
}

const GENES = 33;

const DEFAULTS: OsmfishConfig = Object.freeze({
  normalize: "log1p-median",
  highlyVariable: 0,
  components: 0,
  scale: "training",
  strip: { axis: "x", from: 0.4, to: 0.6, gap: 20 },
});

const CITATION: Citation = Object.freeze({
  title: "Spatial organization of the somatosensory cortex revealed by osmFISH",
  authors: "Codeluppi S. et al.",
  year: 2018,
  venue: "Nature Methods 15, 932-935",
  url: "https://doi.org/10.1038/s41592-018-0175-z",
  licence: "MIT, (c) 2019 Ruben Dries",
  source: "github.com/drieslab/spatial-datasets, commit 12a495fe6b2394a703f570615b3470d3b3d2bec8",
});

async function load(config: OsmfishConfig, options: LoadOptions): Promise<Data> {
  const table = await readAnnData(options.location ?? embeddedStore(osmfish.name));
  const { groups, between } = stripGroups(table, config.strip);
  const tissue = tissueOfGroups(table, groups, { times: [], label: "cell_type" });
  const { features, spec } = scaledExpression(table, tissue, config);
  const region = categoriesOf(table, "region", "regions");
  return {
    spec: {
      name: osmfish.name,
      parts: { x: spec, pos: { shape: [2], unit: "µm", names: ["along the layers", "towards the surface"] } },
      times: [],
      labels: { cell_type: tissue.labels, region: region.names },
    },
    sections: toSections(tissue, features).map((section, i) => {
      const codes = tissue.sections[i]!.rows.map((row) => region.codes[row]!);
      return Object.freeze({ ...section, labels: { ...section.labels, region: codes } });
    }),
    citation: CITATION,
    source: options.location ?? `embedded:${osmfish.name}`,
    notes: [
      `One section of one mouse: a strip of it is held out (${between} cells beside it ` +
      "are left out), there is no independent replicate",
    ],
  };
}

/** Mouse somatosensory cortex, osmFISH, 33 genes with cell types and layers; ships with the repository. */
export const osmfish: Dataset<OsmfishConfig> = Object.freeze({
  name: "mouse-cortex-osmfish",
  description:
    "Mouse cortex, osmFISH, 4,839 cells x 33 genes, 31 cell types, 11 regions; one section, a strip held out",
  defaults: DEFAULTS,
  check: (config: OsmfishConfig): readonly string[] => [
    ...checkExpression(config, GENES),
    ...checkStrip(config.strip, 2),
  ],
  load,
});
