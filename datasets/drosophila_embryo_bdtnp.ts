import type { Citation, Data } from "../core/mod.ts";
import { readAnnData } from "../core/io/anndata_reader.ts";
import { embeddedStore } from "./embedded_store.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { tissueOfGroups } from "./row_groups.ts";
import { checkExpression, scaledExpression, type ScaledExpressionConfig } from "./scaled_expression.ts";
import { checkStrip, type Strip } from "./strip.ts";
import { stripGroups } from "./strip_groups.ts";
import { NO_LABELS, toSections } from "./tissue.ts";

/** Configuration of the Drosophila data. */
export interface DrosophilaConfig extends ScaledExpressionConfig {
  /** Part of the embryo that is never used to fit anything; x runs from head to tail, z from ventral to dorsal. */
  readonly strip: Strip;
}

const GENES = 84;

const DEFAULTS: DrosophilaConfig = Object.freeze({
  normalize: "none",
  highlyVariable: 0,
  components: 0,
  scale: "training",
  strip: { axis: "z", from: 0.4, to: 0.6, gap: 5 },
});

const CITATION: Citation = Object.freeze({
  title: "A quantitative spatiotemporal atlas of gene expression in the Drosophila blastoderm",
  authors: "Fowlkes C. C. et al.; selection by Nitzan M. et al. (Nature 576, 132-137, 2019)",
  year: 2008,
  venue: "Cell 133, 364-374",
  url: "https://doi.org/10.1016/j.cell.2008.01.053",
  licence: "BSD-3-Clause, (c) 2019 Karaiskos N., Nitzan M., Friedman N., Rajewsky N.",
  source: "github.com/rajewsky-lab/novosparc, commit a3c9f3d76e59c7a601cfcd0e211630e2458d79a3",
});

async function load(config: DrosophilaConfig, options: LoadOptions): Promise<Data> {
  const table = await readAnnData(options.location ?? embeddedStore(drosophila.name));
  const { groups, between } = stripGroups(table, config.strip);
  const tissue = tissueOfGroups(table, groups, { times: [], label: "" });
  const { features, spec } = scaledExpression(table, tissue, config);
  return {
    spec: {
      name: drosophila.name,
      parts: { x: spec, pos: { shape: [3], unit: "µm", names: ["posterior", "side", "z"] } },
      times: [],
      labels: {},
    },
    sections: toSections(tissue, features),
    citation: CITATION,
    source: options.location ?? `embedded:${drosophila.name}`,
    notes: [
      "An average embryo made from many, in relative units: neither single cells nor counts",
      `One embryo: a strip of it is held out (${between} positions beside it are ` +
      "left out), there is no independent replicate",
      NO_LABELS,
    ],
  };
}

/** Drosophila embryo at the end of stage 5, 84 genes at 3,039 positions in space; ships with the repository. */
export const drosophila: Dataset<DrosophilaConfig> = Object.freeze({
  name: "drosophila-embryo-bdtnp",
  description:
    "Drosophila embryo in 3-D, 84 genes at 3,039 positions without noise; a strip from head to tail held out",
  defaults: DEFAULTS,
  check: (config: DrosophilaConfig): readonly string[] => [
    ...checkExpression(config, GENES),
    ...checkStrip(config.strip, 3),
  ],
  load,
});
