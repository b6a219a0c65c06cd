import { type Citation, type Data, DataError, type HostArray, hostArray, inMemory, log1p } from "../core/mod.ts";
import { checkCoordinates } from "./coordinates.ts";
import { numberColumn, readCsv, textColumn } from "./csv.ts";
import { standardizeByTraining } from "./features.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { splitOf } from "./split.ts";

/** Configuration of the planarian data. */
export interface PlanarianConfig {
  /** Distance between neighbouring sections in µm; not in the source, by default the distance between spots. */
  readonly sectionSpacing: number;
  /** Time points that are never used to fit anything, for example `["12h"]`. */
  readonly holdOut: readonly string[];
}

/** Time points in the folder; one day is not among them. */
const TIMES = [["0d", 0], ["6h", 6], ["12h", 12], ["3d", 72], ["7d", 168]] as const;

const CITATION: Citation = Object.freeze({
  title: "Spatiotemporal transcriptomic atlas reveals the dynamic characteristics and key regulators of planarian " +
    "regeneration",
  authors: "Cui G. et al.",
  year: 2023,
  venue: "Nature Communications 14, 3205",
  url: "https://doi.org/10.1038/s41467-023-39016-0",
  licence: "none in the repository; the article is CC BY 4.0",
  source: "github.com/yangteam/Spatiotemporal-transcriptomic-atlas-of-planarian-regeneration, commit " +
    "6d21f6d176e1d0f6ee3d4cef9236c6a903d0b2d6",
});

interface Spots {
  readonly classes: readonly string[];
  readonly abundance: HostArray;
  readonly pos: HostArray;
  readonly type: readonly string[];
  readonly without: number;
}

/** Spots of one time point that have abundances. */
async function readSpots(folder: string, time: string, spacing: number): Promise<Spots> {
  const table = await readCsv(`${folder.replace(/\/+$/, "")}/spots_${time}.csv.gz`);
  const classes = [...table.keys()].filter((name) => name.startsWith("abund_"));
  if (classes.length === 0) {
    throw new DataError(
      `Cannot use spots_${time}.csv.gz: it has no abund_ columns but ${[...table.keys()].join(", ")}`,
    );
  }
  const abundances = classes.map((name) => numberColumn(table, name));
  const axes = ["x_um", "y_um", "section"].map((name) => numberColumn(table, name));
  const types = textColumn(table, "cell_type");
  const rows = [...types.keys()].filter((row) => abundances.every((column) => !Number.isNaN(column[row]!)));
  const scale = [1, 1, spacing];
  const pack = (columns: readonly Float64Array[], factor: readonly number[]): HostArray =>
    hostArray(
      Float32Array.from(rows.flatMap((row) => columns.map((column, j) => column[row]! * (factor[j] ?? 1)))),
      [rows.length, columns.length],
    );
  return {
    classes: classes.map((name) => name.slice("abund_".length)),
    abundance: pack(abundances, []),
    pos: pack(axes, scale),
    type: rows.map((row) => types[row]!),
    without: types.length - rows.length,
  };
}

async function load(config: PlanarianConfig, options: LoadOptions): Promise<Data> {
  if (options.location === undefined) {
    throw new DataError(
      'Cannot load data set "planarian-regeneration-visium": give the folder with spots_0d.csv.gz to spots_7d.csv.gz ' +
        "(made from github.com/yangteam/Spatiotemporal-transcriptomic-atlas-of-planarian-regeneration, 2.4 MB) by " +
        '--data, or try the embedded experiment with "deno task exp nicheflow-med"',
    );
  }
  const split = splitOf(TIMES.map(([name]) => name), config.holdOut);
  const spots: Spots[] = [];
  for (const [time] of TIMES) {
    const found = await readSpots(options.location, time, config.sectionSpacing);
    checkCoordinates(time, found.pos);
    if (found.without > 0) options.note(`Left out ${found.without} spots of ${time} without abundances`);
    spots.push(found);
  }
  const { classes } = spots[0]!;
  const labels = [...new Set(spots.flatMap(({ type }) => type))].filter((name) => name !== "").sort();
  const features = standardizeByTraining(spots.map(({ abundance }) => log1p(abundance)), split);
  return {
    spec: {
      name: planarian.name,
      parts: {
        x: { shape: [classes.length], unit: "standard deviations of ln(1 + abundance)", names: classes },
        pos: { shape: [3], unit: "µm", names: ["x", "y", "z"] },
      },
      times: TIMES.map(([name, value]) => ({ name, value, unit: "hours after amputation" })),
      labels: { cell_type: labels },
    },
    sections: TIMES.map(([name], i) =>
      Object.freeze({
        name,
        time: i,
        split: split[i]!,
        rows: spots[i]!.type.length,
        parts: { x: inMemory(features[i]!), pos: inMemory(spots[i]!.pos) },
        labels: { cell_type: Int32Array.from(spots[i]!.type, (name) => labels.indexOf(name)) },
      })
    ),
    citation: CITATION,
    source: options.location,
    notes: [
      `Sections lie ${config.sectionSpacing} µm apart by assumption: the source gives their order, not their distance`,
      "Features are abundances of 7 cell classes that the authors estimated (cell2location), not gene expression",
    ],
  };
}

/** Regenerating planarians, Visium, serial sections in three dimensions at five times; read from a folder of tables. */
export const planarian: Dataset<PlanarianConfig> = Object.freeze({
  name: "planarian-regeneration-visium",
  description: "Regenerating planarian, 44,976 spots in 3-D at 5 times, 7 cell-class abundances; needs --data FOLDER",
  defaults: { sectionSpacing: 100, holdOut: [] },
  check: ({ sectionSpacing }: PlanarianConfig): readonly string[] =>
    sectionSpacing > 0 ? [] : [`sectionSpacing is ${sectionSpacing}, expected a distance above 0 µm`],
  load,
});
