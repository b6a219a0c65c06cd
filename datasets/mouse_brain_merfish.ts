import {
  type AnnData,
  type Citation,
  type Data,
  DataError,
  type HostArray,
  hostArray,
  inMemory,
  selectRows,
} from "../core/mod.ts";
import { checkNumber, checkWhole } from "../core/config/check.ts";
import { numberColumn, readCsv, textColumn } from "./csv.ts";
import { readImageArray } from "./images/image_array.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { needsData } from "./needs_data.ts";
import { tissueOfGroups } from "./row_groups.ts";
import { checkExpression, scaledExpression, type ScaledExpressionConfig } from "./scaled_expression.ts";
import { type SpotCounts, spotPlaces } from "./spot_counts.ts";
import { checkStrip, type Strip } from "./strip.ts";
import { stripGroups } from "./strip_groups.ts";
import { NO_LABELS, toSections } from "./tissue.ts";

/** Configuration of the MERFISH field. */
export interface MerfishConfig extends ScaledExpressionConfig {
  /** Focal plane whose DAPI and poly-T are shown. */
  readonly plane: 0 | 1;
  /** Cells with a smaller polygon are left out, in µm². */
  readonly leastArea: number;
  /** Cells with fewer transcripts, those of blanks included, are left out. */
  readonly leastTranscripts: number;
  /** Part of the field that is never used to fit anything; crops on both sides share pixels if the gap is below 20.9 µm. */
  readonly strip: Strip;
}

const GENES = 450;

const DEFAULTS: MerfishConfig = Object.freeze({
  normalize: "log1p-median",
  highlyVariable: 0,
  components: 0,
  scale: "training",
  plane: 1,
  leastArea: 10,
  leastTranscripts: 10,
  strip: { axis: "y", from: 0.4, to: 0.6, gap: 21 },
});

const CITATION: Citation = Object.freeze({
  title: "MERFISH Mouse Brain Receptor Map, data release v1.0",
  authors: "Vizgen",
  year: 2021,
  url: "https://info.vizgen.com/mouse-brain-map",
  licence: "the vendor's data terms; cite the release",
  source: "github.com/drieslab/GiottoData, commit 1dc55ee8195104a81549b9e3fad04bd459b226de",
});

/** Barcodes that stand for no gene, counted to see how often decoding errs. */
const BLANK = /^Blank-\d+$/;

/** Side of a crop, in µm; crops of cells that are nearer share pixels. */
const CROP = 20.9;

function tableOf(cells: SpotCounts["table"], expression: SpotCounts["table"], genes: readonly string[]): AnnData {
  const places = spotPlaces("cells.csv.gz", cells, ["x_um", "y_um"]);
  const rows = places.shape[0]!;
  const counts = new Float32Array(rows * genes.length);
  genes.forEach((gene, j) => numberColumn(expression, gene).forEach((n, i) => counts[i * genes.length + j] = n));
  return {
    obs: { index: textColumn(cells, "cell_id"), columns: {} },
    var: { index: genes, columns: {} },
    X: hostArray(counts, [rows, genes.length]),
    layers: {},
    obsm: { spatial: places },
    varm: {},
    obsp: {},
    uns: {},
  };
}

function checkSameCells(folder: string, cells: readonly string[], expression: readonly string[]): void {
  const odd = cells.findIndex((id, row) => id !== expression[row]);
  if (odd < 0 && cells.length === expression.length) return;
  const where = cells.length === expression.length
    ? `cells "${cells[odd]}" and "${expression[odd]}" in row ${odd + 1}`
    : `${cells.length} and ${expression.length} rows`;
  throw new DataError(
    `Cannot use ${folder}: cells.csv.gz and expression.csv.gz have ${where}, expected the same cells in the same order`,
  );
}

/** Crops `[N, channels, H, W]` of two planes, DAPI and poly-T each, and a mask, as images `[N, H, W, 2]` of one plane. */
function imagesOfPlane({ data, shape }: HostArray<Uint8Array>, plane: number): HostArray<Uint8Array> {
  const [cells, channels, height, width] = shape as [number, number, number, number];
  const size = height * width;
  const out = new Uint8Array(cells * size * 2);
  for (let cell = 0; cell < cells; cell++) {
    for (const c of [0, 1]) {
      const from = (cell * channels + 2 * plane + c) * size;
      for (let i = 0; i < size; i++) out[(cell * size + i) * 2 + c] = data[from + i]!;
    }
  }
  return hostArray(out, [cells, height, width, 2]);
}

/** What the files hold, one row per cell. */
interface Field {
  /** Counts of genes, and places in µm. */
  readonly table: AnnData;
  /** Targets that are no genes. */
  readonly blanks: number;
  /** Area of the polygons, in µm². */
  readonly area: Float64Array;
  /** Transcripts of all targets. */
  readonly transcripts: Float64Array;
  /** Crops `[N, 5, H, W]`: DAPI and poly-T of both planes, and a mask of the cell. */
  readonly crops: HostArray<Uint8Array>;
}

async function readField(folder: string): Promise<Field> {
  const cells = await readCsv(`${folder}/cells.csv.gz`);
  const expression = await readCsv(`${folder}/expression.csv.gz`);
  checkSameCells(folder, textColumn(cells, "cell_id"), textColumn(expression, "cell_id"));
  const targets = [...expression.keys()].filter((name) => name !== "cell_id");
  const genes = targets.filter((name) => !BLANK.test(name));
  const table = tableOf(cells, expression, genes);
  const file = `${folder}/crops_64.npy.gz`;
  const crops = await readImageArray(file, table.obs.index.length);
  if (crops.shape[1] !== 5) {
    const expected = "expected DAPI and poly-T of two planes and a mask";
    throw new DataError(`Cannot use ${file}: crops have ${crops.shape[1]} channels, ${expected}`);
  }
  const [area, transcripts] = [numberColumn(cells, "area_um2"), numberColumn(cells, "n_transcripts")];
  return { table, blanks: targets.length - genes.length, area, transcripts, crops };
}

async function load(config: MerfishConfig, options: LoadOptions): Promise<Data> {
  if (options.location === undefined) {
    const what = "the folder with cells.csv.gz, expression.csv.gz and crops_64.npy.gz (made from the Vizgen field of " +
      "github.com/drieslab/GiottoData)";
    throw needsData(merfish.name, what, "u2os-fkhr-translocation");
  }
  const { leastArea, leastTranscripts, strip } = config;
  const { table, blanks, area, transcripts, crops } = await readField(options.location.replace(/\/+$/, ""));
  const count = table.obs.index.length;
  const kept = table.obs.index.keys().toArray()
    .filter((row) => area[row]! >= leastArea && transcripts[row]! >= leastTranscripts);
  const small = `of less than ${leastArea} µm² or fewer than ${leastTranscripts} transcripts`;
  if (kept.length === 0) {
    throw new DataError(`Cannot use ${options.location}: all cells are ${small}; lower leastArea or leastTranscripts`);
  }
  if (kept.length < count) {
    options.note(`Left out ${count - kept.length} of ${count} cells, ${small}`);
  }
  if (strip.gap < CROP) {
    const shared = "crops at the border of the strip show pixels of training crops";
    options.warn(`strip.gap is ${strip.gap} µm, a crop is ${CROP} µm wide: ${shared}`);
  }
  const { groups, between } = stripGroups(table, strip, kept);
  const tissue = tissueOfGroups(table, groups, { times: [], label: "" });
  const { features, spec } = scaledExpression(table, tissue, config);
  const images = imagesOfPlane(crops, config.plane);
  return {
    spec: {
      name: merfish.name,
      parts: {
        x: spec,
        pos: { shape: [2], unit: "µm", names: ["x", "y"] },
        img: { shape: images.shape.slice(1), unit: "grey values, 0 to 255", names: ["DAPI", "poly-T"] },
      },
      times: [],
      labels: {},
    },
    sections: toSections(tissue, features).map((section, i) => {
      const img = selectRows(inMemory(images), groups[i]!.rows);
      return Object.freeze({ ...section, parts: { ...section.parts, img } });
    }),
    citation: CITATION,
    source: options.location,
    notes: [
      `One field of 500 by 450 µm of one mouse: a strip of it is held out (${between} cells beside it are left out), ` +
      "there is no independent replicate",
      `${blanks} targets are blank barcodes, not genes, and are left out`,
      NO_LABELS,
    ],
  };
}

/** Single cells of a mouse's brain, MERFISH with crops of DAPI and poly-T; read from a folder of tables. */
export const merfish: Dataset<MerfishConfig> = Object.freeze({
  name: "mouse-brain-merfish-dapi",
  description:
    "Mouse brain, MERFISH + DAPI and poly-T, 474 cells x 450 genes with 64 px crops, a strip held out; needs --data FOLDER",
  defaults: DEFAULTS,
  check: (config: MerfishConfig): readonly string[] => [
    ...checkExpression(config, GENES),
    ...checkWhole("plane", config.plane, 0, 1),
    ...checkNumber("leastArea", config.leastArea, (area) => area >= 0, "an area of at least 0"),
    ...checkWhole("leastTranscripts", config.leastTranscripts, 0),
    ...checkStrip(config.strip, 2),
  ],
  load,
});
