import {
  type AnnData,
  type Citation,
  type Column,
  type Data,
  inMemory,
  selectRows,
  type SparseMatrix,
} from "../core/mod.ts";
import { readCsv, textColumn } from "./csv.ts";
import { readImageArray } from "./images/image_array.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { needsData } from "./needs_data.ts";
import { rowsByCategory, tissueOfGroups } from "./row_groups.ts";
import { checkExpression, scaledExpression, type ScaledExpressionConfig } from "./scaled_expression.ts";
import { splitOf } from "./split.ts";
import { readCounts, type SpotCounts, spotLabels, spotPlaces } from "./spot_counts.ts";
import { toSections } from "./tissue.ts";

/** Configuration of the breast cancer sections. */
export interface Her2Config extends ScaledExpressionConfig {
  /** Sections that are never used to fit anything. */
  readonly holdOut: readonly string[];
}

const DEFAULTS: Her2Config = Object.freeze({
  normalize: "log1p-median",
  highlyVariable: 0,
  components: 0,
  scale: "training",
  holdOut: ["C5"],
});

const CITATION: Citation = Object.freeze({
  title: "Spatial deconvolution of HER2-positive breast cancer delineates tumor-associated cell type interactions",
  authors: "Andersson A. et al.",
  year: 2021,
  venue: "Nature Communications 12, 6012",
  url: "https://doi.org/10.1038/s41467-021-26271-2",
  licence: "public data of a CC BY 4.0 article; no licence file in the repository",
  source: "github.com/almaan/her2st, commit 85df7411b987a7dec3feff9718b869a7a82091ec",
});

function categorical(spots: SpotCounts["table"], column: string): Column {
  const { names, codes } = spotLabels(spots, column);
  return { kind: "categorical", codes, categories: names, ordered: false };
}

function tableOf(spots: SpotCounts["table"], genes: readonly string[], X: SparseMatrix): AnnData {
  return {
    obs: {
      index: textColumn(spots, "spot_id"),
      columns: {
        section: categorical(spots, "section"),
        cluster: categorical(spots, "cluster"),
      },
    },
    var: { index: genes, columns: {} },
    X,
    layers: {},
    obsm: { spatial: spotPlaces("spots.csv.gz", spots, ["x_px", "y_px"]) },
    varm: {},
    obsp: {},
    uns: {},
  };
}

async function load(config: Her2Config, options: LoadOptions): Promise<Data> {
  if (options.location === undefined) {
    const what = "the folder with spots.csv.gz, genes.csv.gz, counts.mtx.gz and patches_64.npy.gz (made from " +
      "github.com/almaan/her2st)";
    throw needsData(her2.name, what, "mouse-olfactory-bulb-st-he");
  }
  const folder = options.location.replace(/\/+$/, "");
  const spots = await readCsv(`${folder}/spots.csv.gz`);
  const genes = textColumn(await readCsv(`${folder}/genes.csv.gz`), "gene");
  const count = textColumn(spots, "spot_id").length;
  const table = tableOf(spots, genes, await readCounts(`${folder}/counts.mtx.gz`, count, genes.length));
  const patches = await readImageArray(`${folder}/patches_64.npy.gz`, count);
  const found = [...rowsByCategory(table, "section")];
  const split = splitOf(found.map(([name]) => name), config.holdOut);
  const groups = found.map(([name, rows], i) => ({ name, time: -1, split: split[i]!, rows }));
  const tissue = tissueOfGroups(table, groups, { times: [], label: "cluster" });
  const { features, spec } = scaledExpression(table, tissue, config);
  const patient = textColumn(spots, "patient");
  const images = inMemory(patches);
  const sections = toSections(tissue, features).map((section, i) =>
    Object.freeze({
      ...section,
      donor: `patient ${patient[groups[i]!.rows[0]!]}`,
      parts: { ...section.parts, img: selectRows(images, groups[i]!.rows) },
    })
  );
  if (
    sections.some(({ donor, split }) =>
      split === "test" && sections.some((o) => o.split === "train" && o.donor === donor)
    )
  ) {
    options.warn("Training and test sections are of one patient: results look better than on another one");
  }
  return {
    spec: {
      name: her2.name,
      parts: {
        x: spec,
        pos: { shape: [2], unit: "px of the section's image", names: ["x", "y"] },
        img: { shape: patches.shape.slice(1), unit: "grey values, 0 to 255", names: ["red", "green", "blue"] },
      },
      times: [],
      labels: { cluster: tissue.labels },
    },
    sections,
    citation: CITATION,
    source: options.location,
    notes: ["Clusters are the authors' own, found in the expression of the same spots"],
  };
}

/** HER2-positive breast tumour, Spatial Transcriptomics with an H&E patch per spot; read from a folder of tables. */
export const her2: Dataset<Her2Config> = Object.freeze({
  name: "her2-breast-cancer-st-he",
  description: "HER2-positive breast tumour, ST + H&E, 732 spots x 17,597 genes in 4 sections; needs --data FOLDER",
  defaults: DEFAULTS,
  check: (config: Her2Config): readonly string[] => checkExpression(config, Infinity),
  load,
});
