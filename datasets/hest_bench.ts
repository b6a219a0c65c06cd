/**
 * HEST-Bench: image patches and spot expression of ten tasks, as in the STFlow paper.
 *
 * Source: Hugging Face `MahmoodLab/hest-bench` (gated, so that addresses need a login), one folder per task (IDC, PRAD, PAAD, SKCM, COAD, READ, CCRCC,
 * HCC, LUNG, LYMPH_IDC); HEST-1k is described in Jaume et al., NeurIPS 2024.
 * Keys: `splits/train_{i}.csv` and `test_{i}.csv` with `sample_id, patches_path, expr_path`; `patches/{id}.h5` with `img`
 * `[N, 224, 224, 3]` uint8, `coords` `[N, 2]` and `barcode` `[N, 1]`; `adata/{id}.h5ad` with counts in `X`;
 * `var_50genes.json` with `{"genes": [...]}`. Patches are fewer than rows of the table: rows follow the patches.
 * Checksums: unknown, the files could not be had where this was written. Licence: CC BY-NC-SA 4.0.
 *
 * @module
 */

import {
  type AnnData,
  type Citation,
  type Data,
  DataError,
  type HostArray,
  hostArray,
  inMemory,
  log1p,
  type RowSource,
  type Section,
  takeRows,
} from "../core/mod.ts";
import { checkText, checkWhole } from "../core/config/check.ts";
import { readCsv, textColumn } from "./csv.ts";
import { readFeatures } from "./images/feature_file.ts";
import { denseRows, takeColumns } from "./matrix.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { needsData } from "./needs_data.ts";
import { openPatches } from "./patch_file.ts";
import { readTable } from "./read_table.ts";
import { openSourceFolder, type SourceFolder } from "./source_folder.ts";
import { NO_LABELS } from "./tissue.ts";

/** Configuration of a HEST-Bench task. */
export interface HestBenchConfig {
  /** Fold, from 0: which slides are held out. */
  readonly fold: number;
  /** File of the task folder with the genes to predict. */
  readonly panel: string;
  /**
   * Folder, below the task's, with precomputed image features of each sample, `{id}.h5` with `embeddings` `[N, D]` and
   * `barcodes` (HEST's own layout, for example `uni_v1/fp32`); they become the part `features`. Empty for none.
   */
  readonly embeddings: string;
}

const CITATION: Citation = Object.freeze({
  title: "HEST-1k: a dataset for spatial transcriptomics and histology image analysis",
  authors: "Jaume G. et al.",
  year: 2024,
  venue: "NeurIPS",
  url: "https://arxiv.org/abs/2406.16192",
  licence: "CC BY-NC-SA 4.0",
  source: "Hugging Face MahmoodLab/hest-bench",
});

async function readPanel(path: string): Promise<readonly string[]> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await Deno.readTextFile(path));
  } catch (cause) {
    throw new DataError(`Cannot read the panel ${path}: ${(cause as Error).message}`, { cause });
  }
  const genes = typeof parsed === "object" && parsed !== null && "genes" in parsed ? parsed.genes : undefined;
  if (Array.isArray(genes) && genes.length > 0 && genes.every((gene) => typeof gene === "string")) return genes;
  throw new DataError(`Cannot use the panel ${path}: expected {"genes": [...]} with at least one name`);
}

/** Rows or columns by name, in the given order. */
function placesOf(wanted: readonly string[], index: readonly string[], what: string, path: string): Int32Array {
  const place = new Map(index.map((name, i) => [name, i]));
  return Int32Array.from(wanted, (name) => {
    const found = place.get(name);
    if (found === undefined) throw new DataError(`Cannot find ${what} "${name}" in ${path}`);
    return found;
  });
}

function expressionOf(table: AnnData, rows: Int32Array, columns: Int32Array, path: string): HostArray {
  if (table.X === undefined) throw new DataError(`Cannot use ${path}: it has no X`);
  const counts = takeColumns(denseRows(table.X, rows), columns);
  const bad = counts.data.findIndex((value) => !(value >= 0 && value < Infinity));
  if (bad >= 0) throw new DataError(`Cannot use ${path}: X holds ${counts.data[bad]}, expected counts of at least 0`);
  return log1p(counts);
}

interface Slide {
  readonly id: string;
  readonly split: "train" | "test";
  readonly patches: string;
  readonly table: string;
}

async function slidesOf(folder: SourceFolder, fold: number): Promise<readonly Slide[]> {
  const read = async (split: "train" | "test"): Promise<readonly Slide[]> => {
    const csv = await readCsv(await folder.file(`splits/${split}_${fold}.csv`));
    const [patches, tables] = [textColumn(csv, "patches_path"), textColumn(csv, "expr_path")];
    return textColumn(csv, "sample_id").map((id, i) => ({ id, split, patches: patches[i]!, table: tables[i]! }));
  };
  const [train, test] = [await read("train"), await read("test")];
  const both = train.find(({ id }) => test.some((other) => other.id === id));
  if (both === undefined) return [...train, ...test];
  throw new DataError(`Cannot use fold ${fold} of ${folder.location}: sample "${both.id}" is in train and in test`);
}

/** Precomputed features in the order of the patches. */
async function embeddingsOf(path: string, barcodes: readonly string[]): Promise<HostArray> {
  const table = await readFeatures(path);
  if (table.barcodes === undefined) throw new DataError(`Cannot use ${path}: it names no barcodes`);
  const { data, shape } = takeRows(table.features, placesOf(barcodes, table.barcodes, "barcode", path));
  return hostArray(Float32Array.from(data), shape);
}

async function sectionOf(
  folder: SourceFolder,
  slide: Slide,
  panel: readonly string[],
  { embeddings }: HestBenchConfig,
  note: (message: string) => void,
): Promise<Section> {
  const patches = await openPatches(await folder.file(slide.patches));
  const table = await readTable(await folder.file(slide.table), { note });
  const rows = placesOf(patches.barcodes, table.obs.index, "barcode", slide.table);
  const columns = placesOf(panel, table.var.index, "gene", slide.table);
  const spatial = table.obsm["spatial"];
  if (spatial?.shape[1] !== 2) {
    throw new DataError(`Cannot use ${slide.table}: it has no obsm "spatial" of shape [N, 2]`);
  }
  const { data, shape } = takeRows(spatial, rows);
  const features = embeddings === ""
    ? {}
    : { features: inMemory(await embeddingsOf(await folder.file(`${embeddings}/${slide.id}.h5`), patches.barcodes)) };
  const parts: Readonly<Record<string, RowSource>> = {
    x: inMemory(expressionOf(table, rows, columns, slide.table)),
    pos: inMemory(hostArray(Float32Array.from(data), shape)),
    img: patches.images,
    ...features,
  };
  return Object.freeze({ name: slide.id, time: -1, split: slide.split, rows: rows.length, parts, labels: {} });
}

async function load(config: HestBenchConfig, options: LoadOptions): Promise<Data> {
  const { fold, panel, embeddings } = config;
  if (options.location === undefined) {
    const what =
      "the folder of one task, with splits, patches and adata (https://huggingface.co/datasets/MahmoodLab/hest-bench)";
    throw needsData(hestBench.name, what, "mouse-olfactory-bulb-st-he");
  }
  const folder = await openSourceFolder(options.location, options.note);
  const genes = await readPanel(await folder.file(panel));
  const sections: Section[] = [];
  for (const slide of await slidesOf(folder, fold)) {
    sections.push(await sectionOf(folder, slide, genes, config, options.note));
  }
  return {
    spec: {
      name: `${hestBench.name} ${folder.name}`,
      parts: {
        x: { shape: [genes.length], unit: "ln(1 + counts)", names: genes },
        pos: { shape: [2], unit: "level-0 px of the slide", names: ["x", "y"] },
        img: {
          shape: sections[0]!.parts["img"]!.shape.slice(1),
          unit: "grey values, 0 to 255",
          names: ["red", "green", "blue"],
        },
        ...(embeddings === ""
          ? {}
          : { features: { shape: sections[0]!.parts["features"]!.shape.slice(1), unit: `features of ${embeddings}` } }),
      },
      times: [],
      labels: {},
    },
    sections,
    citation: CITATION,
    source: options.location,
    notes: [
      "Spots of Xenium samples are counts pooled in squares of 100 µm",
      `Genes are those of ${panel}, which was chosen on all slides of the task, held-out ones too`,
      NO_LABELS,
    ],
  };
}

/** One task of HEST-Bench: image patches and the expression of a panel of genes, patients held out. */
export const hestBench: Dataset<HestBenchConfig> = Object.freeze({
  name: "hest-bench",
  description: "A HEST-Bench task: H&E patches of 224 px and a panel of genes per spot, by fold; needs --data FOLDER",
  defaults: { fold: 0, panel: "var_50genes.json", embeddings: "" },
  check: ({ fold, panel }: HestBenchConfig): readonly string[] => [
    ...checkWhole("fold", fold, 0, 1000),
    ...checkText("panel", panel),
  ],
  load,
});
