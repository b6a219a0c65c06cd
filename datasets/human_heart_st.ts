import { type Citation, type Data, inMemory } from "../core/mod.ts";
import { numberColumn } from "./csv.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { needsData } from "./needs_data.ts";
import { sparseRows } from "./sparse_rows.ts";
import { splitOf } from "./split.ts";
import { readSpotCounts, spotLabels, spotPlaces } from "./spot_counts.ts";

/** Configuration of the heart. */
export interface HumanHeartConfig {
  /** Sections that are never used to fit anything, for example `["section 5"]`. */
  readonly holdOut: readonly string[];
}

/** Distance between spots of the array, in µm. */
const PITCH = 200;

const CITATION: Citation = Object.freeze({
  title: "A spatiotemporal organ-wide gene expression and cell atlas of the developing human heart",
  authors: "Asp M. et al.",
  year: 2019,
  venue: "Cell 179, 1647-1660",
  url: "https://doi.org/10.1016/j.cell.2019.11.025",
  licence: "GPL-3.0",
  source: "github.com/MickanAsp/Developmental_heart, commit 5dab2a5a7587f026d136b45deb58dc448e053cb0",
});

const FILES = { spots: "spots.csv.gz", genes: "genes.csv.gz", counts: "counts.mtx.gz" } as const;

async function load({ holdOut }: HumanHeartConfig, options: LoadOptions): Promise<Data> {
  if (options.location === undefined) {
    const what = "the folder with spots.csv.gz, genes.csv.gz and counts.mtx.gz (made from " +
      "github.com/MickanAsp/Developmental_heart, 9 MB, GPL-3.0)";
    throw needsData(humanHeart.name, what, "mouse-cortex-osmfish");
  }
  const { table, genes, counts } = await readSpotCounts(options.location.replace(/\/+$/, ""), FILES);
  const number = numberColumn(table, "section");
  const depth = numberColumn(table, "anterior_posterior");
  const region = spotLabels(table, "region");
  const numbers = [...new Set(number)].sort((a, b) => a - b);
  const names = numbers.map((section) => `section ${section}`);
  const split = splitOf(names, holdOut);
  const rows = numbers.map((section) => Int32Array.from(number.keys()).filter((row) => number[row] === section));
  return {
    spec: {
      name: humanHeart.name,
      parts: {
        x: { shape: [genes.length], unit: "counts", names: genes },
        pos: { shape: [2], unit: "µm", names: ["x", "y"] },
      },
      times: names.map((name, i) => ({ name, value: depth[rows[i]![0]!]!, unit: "depth in units of the atlas" })),
      labels: { region: region.names },
    },
    sections: names.map((name, i) =>
      Object.freeze({
        name,
        time: i,
        split: split[i]!,
        rows: rows[i]!.length,
        parts: {
          x: sparseRows(counts, rows[i]!),
          pos: inMemory(spotPlaces(name, table, ["grid_x", "grid_y"], rows[i]!, PITCH)),
        },
        labels: { region: rows[i]!.map((row) => region.codes[row]!) },
      })
    ),
    citation: CITATION,
    source: options.location,
    notes: ["Stages are serial sections of one heart in order of depth, not times: there is no independent replicate"],
  };
}

/** Human embryonic heart, nine serial sections with full counts; read from a folder of tables. */
export const humanHeart: Dataset<HumanHeartConfig> = Object.freeze({
  name: "human-heart-st",
  description: "Human embryonic heart, 1,467 spots x 20,658 counts in 9 serial sections, regions; needs --data FOLDER",
  defaults: { holdOut: ["section 5"] },
  check: (): readonly string[] => [],
  load,
});
