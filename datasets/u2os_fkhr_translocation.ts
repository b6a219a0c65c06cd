import { type AnnData, type Citation, type Data, DataError, type TimePoint } from "../core/mod.ts";
import { readAnnData } from "../core/io/anndata_reader.ts";
import { checkChoice } from "../core/config/check.ts";
import { categoriesOf } from "./columns.ts";
import { embeddedStore } from "./embedded_store.ts";
import { standardizeByTraining } from "./features.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { imagesOf, nucleusMasks, obsFeatures, type RowGroup, rowsByCategory, tissueOfGroups } from "./row_groups.ts";
import { splitOf } from "./split.ts";
import { toSections } from "./tissue.ts";

/** Configuration of the drug response data. */
export interface U2osConfig {
  /**
   * `"wortmannin"` (plate rows A to C), `"LY294002"` (plate rows E to G), or `"both"`: the doses of one after those of the
   * other, in units of their own; each has untreated wells of its own.
   */
  readonly drug: "wortmannin" | "LY294002" | "both";
  /** Plate rows that are never used to fit anything; each row has every dose once. */
  readonly holdOut: readonly string[];
}

const DRUGS: readonly string[] = ["wortmannin", "LY294002"];

/** Columns of the table that become features. */
const MEASURES: readonly string[] = [
  "nucleus_area_px",
  "eccentricity",
  "gfp_nucleus",
  "gfp_ring",
  "dna_nucleus",
  "nuc_cyt_ratio",
];

const DEFAULTS: U2osConfig = Object.freeze({ drug: "wortmannin", holdOut: ["C", "G"] });

const CITATION: Citation = Object.freeze({
  title: "Image set BBBC013v1, Broad Bioimage Benchmark Collection (Nature Methods 9, 637, 2012)",
  authors: "Ilya Ravkin; Ljosa V. et al.",
  year: 2012,
  url: "https://bbbc.broadinstitute.org/BBBC013",
  licence: "CC BY 3.0, Ilya Ravkin",
  source: "github.com/CellProfiler/CellProfiler, commit 5b9c361fcc1116d3d47496d7ce429ba1dddbce16",
});

interface Well {
  readonly name: string;
  readonly rows: Int32Array;
  readonly plateRow: string;
  readonly drug: string;
  readonly dose: number;
  readonly unit: string;
}

function wellsOf(table: AnnData, wanted: string): readonly Well[] {
  const [drugs, plateRows, units] = ["drug", "row", "unit"].map((name) => categoriesOf(table, name, "wells"));
  return [...rowsByCategory(table, "well")].flatMap(([name, rows]) => {
    const first = rows[0]!;
    const drug = drugs!.names[drugs!.codes[first]!]!;
    if (wanted !== "both" && drug !== wanted) return [];
    // A float32 holds about seven digits: 0.31, not 0.3100000023841858.
    const dose = Number(obsFeatures(table, ["concentration"], rows.subarray(0, 1)).data[0]!.toPrecision(7));
    const [plateRow, unit] = [plateRows!.names[plateRows!.codes[first]!]!, units!.names[units!.codes[first]!]!];
    return [{ name, rows, plateRow, drug, dose, unit }];
  });
}

/** The doses of each drug, rising. */
function dosesOf(wells: readonly Well[]): readonly TimePoint[] {
  const order = wells.toSorted((a, b) => DRUGS.indexOf(a.drug) - DRUGS.indexOf(b.drug) || a.dose - b.dose);
  const points = order.map(({ drug, dose, unit }) => [nameOf({ drug, dose, unit }), { value: dose, unit }] as const);
  return [...new Map(points)].map(([name, point]) => ({ name, ...point }));
}

function nameOf({ drug, dose, unit }: Pick<Well, "drug" | "dose" | "unit">): string {
  return `${dose} ${unit} ${drug}`;
}

/** One section per well, in order of dose. */
function groupsOf(
  wells: readonly Well[],
  times: readonly TimePoint[],
  holdOut: readonly string[],
): readonly RowGroup[] {
  const plateRows = [...new Set(wells.map(({ plateRow }) => plateRow))];
  const split = splitOf(plateRows, holdOut);
  const names = times.map(({ name }) => name);
  return wells.map((well) => ({
    name: well.name,
    rows: well.rows,
    time: names.indexOf(nameOf(well)),
    split: split[plateRows.indexOf(well.plateRow)]!,
  })).sort((a, b) => a.time - b.time || (a.name < b.name ? -1 : 1));
}

async function load({ drug, holdOut }: U2osConfig, options: LoadOptions): Promise<Data> {
  const table = await readAnnData(options.location ?? embeddedStore(u2os.name));
  const wells = wellsOf(table, drug);
  if (wells.length === 0) throw new DataError(`Cannot find wells with ${drug}: obs column "drug" does not name it`);
  const times = dosesOf(wells);
  const known = rowsByCategory(table, "row");
  const here = new Set(wells.map(({ plateRow }) => plateRow));
  const groups = groupsOf(wells, times, holdOut.filter((row) => !known.has(row) || here.has(row)));
  const masks = nucleusMasks(table);
  const tissue = tissueOfGroups(table, groups, { times, label: "role" });
  const raw = tissue.sections.map(({ rows }) => obsFeatures(table, MEASURES, rows));
  const features = standardizeByTraining(raw, tissue.sections.map(({ split }) => split));
  return {
    spec: {
      name: u2os.name,
      parts: {
        x: { shape: [MEASURES.length], unit: "standard deviations of the training cells", names: MEASURES },
        pos: { shape: [2], unit: "px of the well's field", names: ["x", "y"] },
        img: { shape: [32, 32, 2], unit: "grey values, 0 to 255", names: ["FKHR-GFP", "DNA"] },
        ...masks.spec,
      },
      times,
      labels: { role: tissue.labels },
    },
    sections: toSections(tissue, features).map((section, i) => {
      const img = imagesOf(table, "crops", groups[i]!.rows);
      return Object.freeze({ ...section, parts: { ...section.parts, img, ...masks.of(groups[i]!.rows) } });
    }),
    citation: CITATION,
    source: options.location ?? `embedded:${u2os.name}`,
    notes: [
      "We used image set BBBC013v1 provided by Ilya Ravkin, available from the Broad Bioimage Benchmark Collection",
      "Time points are doses; features are measures of an automatic segmentation, not gene expression, and the image " +
      "shows what they measure",
    ],
  };
}

/** U2OS cells whose FKHR-GFP moves into the nucleus under a drug, with an image crop per cell; ships with the repository. */
export const u2os: Dataset<U2osConfig> = Object.freeze({
  name: "u2os-fkhr-translocation",
  description: "Drug response of U2OS cells (BBBC013), 11,974 cells with 2-channel 32 px crops; a plate row held out",
  defaults: DEFAULTS,
  check: ({ drug }: U2osConfig): readonly string[] => checkChoice("drug", drug, [...DRUGS, "both"]),
  load,
});
