import { type Citation, type Data, inMemory } from "../core/mod.ts";
import { checkChoice } from "../core/config/check.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { needsData } from "./needs_data.ts";
import { sparseRows } from "./sparse_rows.ts";
import { readSpotCounts, spotLabels, spotPlaces } from "./spot_counts.ts";

/** Configuration of the prefrontal cortex. */
export interface DlpfcConfig {
  /** Section to read; the two have different genes. */
  readonly section: string;
}

/** Sections with counts. */
const SECTIONS: readonly string[] = ["151510", "151673"];

const CITATION: Citation = Object.freeze({
  title: "Transcriptome-scale spatial gene expression in the human dorsolateral prefrontal cortex",
  authors: "Maynard K. R. et al.",
  year: 2021,
  venue: "Nature Neuroscience 24, 425-436",
  url: "https://doi.org/10.1038/s41593-020-00787-0",
  licence: "GPL-3.0 (counts), Artistic-2.0 (positions and layers)",
  source: "github.com/LieberInstitute/HumanPilot, commit 044446d6bd8fc154aa74f7be62ec67effb1ec376; counts of 151510: " +
    "github.com/feiyoung/DR.SC; of 151673: github.com/peicai/DESpace",
});

async function load({ section }: DlpfcConfig, options: LoadOptions): Promise<Data> {
  if (options.location === undefined) {
    const what = "the folder with 151510_spots.csv.gz, 151510_genes.csv.gz and 151510_counts.mtx.gz (made from " +
      "github.com/feiyoung/DR.SC, 3 MB, GPL-3.0)";
    throw needsData(dlpfc.name, what, "mouse-cortex-osmfish");
  }
  const { table, genes, counts } = await readSpotCounts(options.location.replace(/\/+$/, ""), {
    spots: `${section}_spots.csv.gz`,
    genes: `${section}_genes.csv.gz`,
    counts: `${section}_counts.mtx.gz`,
  });
  const layer = spotLabels(table, "layer");
  const rows = Int32Array.from(layer.codes.keys());
  return {
    spec: {
      name: dlpfc.name,
      parts: {
        x: { shape: [genes.length], unit: "counts", names: genes },
        pos: { shape: [2], unit: "px of the full image", names: ["x", "y"] },
      },
      times: [],
      labels: { layer: layer.names },
    },
    sections: [Object.freeze({
      name: section,
      time: -1,
      split: "train",
      rows: rows.length,
      parts: { x: sparseRows(counts, rows), pos: inMemory(spotPlaces(section, table, ["x_px", "y_px"], rows)) },
      labels: { layer: layer.codes },
    })],
    citation: CITATION,
    source: options.location,
    notes: ["Counts of 500 genes that other authors chose, not of all genes"],
  };
}

/** Human prefrontal cortex, Visium, seven layers, one of two sections with counts; read from a folder of tables. */
export const dlpfc: Dataset<DlpfcConfig> = Object.freeze({
  name: "human-dlpfc-visium",
  description: "Human prefrontal cortex, Visium, 4,634 spots x 500 counts, 7 layers; needs --data FOLDER",
  defaults: { section: "151510" },
  check: ({ section }: DlpfcConfig): readonly string[] => checkChoice("section", section, SECTIONS),
  load,
});
