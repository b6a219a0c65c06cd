/**
 * A section of MIST, single cells with their expression and an image crop each, as SPATIA's program keeps it.
 *
 * Source: Kong et al., "SPATIA", ICML 2026; data and code under `mims-harvard` on Hugging Face and GitHub
 * (`mims-harvard/SPATIA`, commit 5e06517), sections from Xenium and CosMx among others.
 * Keys: one `.h5ad` with raw counts in `X`, gene names in `var/symbol`, and in `obs` `cell_states`, `niche`, `cell_id` (else
 * the index), `dataset_name`, `x_centroid` and `y_centroid` (µm). Crops: the release keeps them in an LMDB under
 * `{dataset_name}/{cell_id}`; here they are `crops.npy`, uint8 `[N, H, W]` or `[N, H, W, C]` by `numpy.save`, and
 * `crops.txt` with these keys, one a line; `datasets/README.md` has the few lines of Python that turn one into the other.
 * Steps: totals of 10,000, then ln(1 + x).
 * Checksums: unknown, the files could not be had where this was written. Licence: that of each source, see the record.
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
  rng,
  type RowSource,
  type Section,
  selectRows,
  takeRows,
} from "../core/mod.ts";
import { checkText } from "../core/config/check.ts";
import { categoriesOf } from "./columns.ts";
import { checkCoordinates } from "./coordinates.ts";
import { npyByteRows } from "./images/npy.ts";
import { rowsByName } from "./import/join_rows.ts";
import { readLines } from "./import/text_lines.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { needsData } from "./needs_data.ts";
import { parseSteps } from "./preprocess/grammar.ts";
import { prepare } from "./preprocess/pipeline.ts";
import { collectRows, streamOf } from "./preprocess/stream_table.ts";
import { readTable } from "./read_table.ts";
import { obsFeatures, rowsByCategory } from "./row_groups.ts";
import { checkSteps, drawHeldOut } from "./slide_expression.ts";
import { openSourceFolder, type SourceFolder } from "./source_folder.ts";
import { sparseRows } from "./sparse_rows.ts";
import { splitOf } from "./split.ts";
import { checkStrip, splitByStrip, type Strip } from "./strip.ts";

/** Configuration of MIST. */
export interface MistConfig {
  /** File of the folder with the cells. */
  readonly cells: string;
  /** File of the folder with the crops; empty for a table without them. */
  readonly crops: string;
  /** File of the folder with the key of each crop. */
  readonly keys: string;
  /** Preprocessing of the counts, as `deno task data prep` takes it. */
  readonly steps: string;
  /** Sections (`dataset_name`) that are never used to fit anything; empty draws a fifth of them, at least one. */
  readonly holdOut: readonly string[];
  /** Part that is held out where there is one section only; the gap is in µm. */
  readonly strip: Strip;
}

const DEFAULTS: MistConfig = Object.freeze({
  cells: "cells.h5ad",
  crops: "crops.npy",
  keys: "crops.txt",
  steps: "normalize:target=10000,log1p",
  holdOut: [],
  strip: { axis: "x", from: 0.8, to: 1, gap: 100 },
});

const CITATION: Citation = Object.freeze({
  title: "SPATIA: Multimodal Generation and Prediction of Spatial Cell Phenotypes",
  authors: "Kong Z. et al.",
  year: 2026,
  venue: "ICML",
  url: "https://arxiv.org/abs/2507.04704",
  source: "github.com/mims-harvard/SPATIA, commit 5e06517",
});

const LABELS: readonly string[] = ["cell_states", "niche"];

interface Group {
  readonly name: string;
  readonly split: "train" | "test";
  readonly rows: Int32Array;
}

function textsIn(table: AnnData, column: string): readonly string[] {
  const { codes, names } = categoriesOf(table, column, "cells");
  return Array.from(codes, (code) => names[code] ?? "");
}

function namedGenes(table: AnnData): AnnData {
  const symbols = Object.hasOwn(table.var.columns, "symbol") ? table.var.columns["symbol"] : undefined;
  if (symbols === undefined) return table;
  const asObs = { ...table, obs: table.var };
  return { ...table, var: { index: textsIn(asObs, "symbol"), columns: {} } };
}

/** Whole sections are held out, or a strip of the only one: neighbours are alike. */
function groupsOf(table: AnnData, pos: HostArray, config: MistConfig, { seed, note }: LoadOptions): readonly Group[] {
  const sections = Object.hasOwn(table.obs.columns, "dataset_name")
    ? [...rowsByCategory(table, "dataset_name")]
    : [["section", Int32Array.from(table.obs.index.keys())] as const];
  const names = sections.map(([name]) => name);
  if (sections.length === 1 && config.holdOut.length === 0) {
    const { train, test } = splitByStrip(pos, config.strip);
    return [
      { name: `${names[0]} outside the strip`, split: "train", rows: train },
      { name: `${names[0]} strip`, split: "test", rows: test },
    ];
  }
  const held = config.holdOut.length === 0 ? drawHeldOut(names, 0.2, rng(seed).fold("mist").host) : config.holdOut;
  if (config.holdOut.length === 0) note(`Sections held out by the seed: ${held.join(", ")}`);
  const split = splitOf(names, held);
  return sections.map(([name, rows], i) => ({ name, rows, split: split[i]! }));
}

function channelNames(count: number): readonly string[] {
  if (count === 3) return ["red", "green", "blue"];
  return count === 1 ? ["grey"] : Array.from({ length: count }, (_, i) => `channel ${i + 1}`);
}

/** Crops in the order of the cells, `[N, H, W, C]`. */
async function cropsOf(folder: SourceFolder, table: AnnData, { crops, keys }: MistConfig): Promise<RowSource> {
  const path = await folder.file(crops);
  const found = await npyByteRows(path);
  if (found.shape.length !== 3 && found.shape.length !== 4) {
    throw new DataError(`Cannot use ${path}: its shape is [${found.shape}], expected [N, H, W] or [N, H, W, C]`);
  }
  const listed: string[] = [];
  const list = await folder.file(keys);
  for await (const lines of readLines(list)) listed.push(...lines.filter((line) => line !== ""));
  if (listed.length !== found.shape[0]) {
    throw new DataError(`Cannot use ${list}: it has ${listed.length} keys for ${found.shape[0]} crops in ${path}`);
  }
  const named = Object.hasOwn(table.obs.columns, "cell_id") ? textsIn(table, "cell_id") : table.obs.index;
  const sections = Object.hasOwn(table.obs.columns, "dataset_name") ? textsIn(table, "dataset_name") : undefined;
  const wanted = named.map((cell, row) => sections === undefined ? cell : `${sections[row]}/${cell}`);
  const chosen = selectRows(found, rowsByName(list, listed, wanted));
  if (found.shape.length === 4) return chosen;
  const shape = [...chosen.shape, 1];
  return Object.freeze({
    ...chosen,
    shape,
    read: async (index?: ArrayLike<number>) => {
      const { data, shape: [rows = 0] } = await chosen.read(index);
      return hostArray(data, [rows, ...shape.slice(1)]);
    },
  });
}

async function load(config: MistConfig, options: LoadOptions): Promise<Data> {
  if (options.location === undefined) {
    const what =
      `the folder of a section, with ${config.cells}, crops.npy and crops.txt (SPATIA's data, Hugging Face ` +
      "mims-harvard)";
    throw needsData(mist.name, what, "u2os-fkhr-translocation");
  }
  const folder = await openSourceFolder(options.location, options.note);
  const table = namedGenes(await readTable(await folder.file(config.cells), { note: options.note }));
  const all = Int32Array.from(table.obs.index.keys());
  const pos = obsFeatures(table, ["x_centroid", "y_centroid"], all);
  const groups = groupsOf(table, pos, config, options);
  for (const { name, rows } of groups) checkCoordinates(name, takeRows(pos, rows));
  const train = new Uint8Array(all.length);
  for (const { split, rows } of groups) if (split === "train") { for (const row of rows) train[row] = 1; }
  const prepared = await prepare({ ...streamOf(table), train }, parseSteps(config.steps), {
    seed: options.seed,
    note: options.note,
  });
  if (prepared.obs.index.length !== all.length) {
    throw new DataError(`Cannot use steps "${config.steps}": they leave out cells, which have a crop each`);
  }
  const X = await collectRows(prepared.X);
  const crops = config.crops === "" ? undefined : await cropsOf(folder, table, config);
  const labels = LABELS.filter((name) => Object.hasOwn(table.obs.columns, name))
    .map((name) => [name, categoriesOf(table, name, "labels")] as const);
  const genes = prepared.var.index;
  const channels = crops === undefined ? [] : channelNames(crops.shape[3]!);
  return {
    spec: {
      name: `${mist.name} ${folder.name}`,
      parts: {
        x: { shape: [genes.length], unit: `counts after ${config.steps}`, names: genes },
        pos: { shape: [2], unit: "µm", names: ["x", "y"] },
        ...(crops !== undefined && {
          img: { shape: crops.shape.slice(1), unit: "grey values, 0 to 255", names: channels },
        }),
      },
      times: [],
      labels: Object.fromEntries(labels.map(([name, { names }]) => [name, names])),
    },
    sections: groups.map(({ name, split, rows }): Section =>
      Object.freeze({
        name,
        time: -1,
        split,
        rows: rows.length,
        parts: {
          x: sparseRows(X, rows),
          pos: inMemory(takeRows(pos, rows)),
          ...(crops !== undefined && { img: selectRows(crops, rows) }),
        },
        labels: Object.fromEntries(labels.map(([label, { codes }]) => [label, rows.map((row) => codes[row]!)])),
      })
    ),
    citation: CITATION,
    source: options.location,
    notes: ["Crops as the authors make them are scaled to the cell, so that sizes are lost"],
  };
}

/** Cells of MIST with expression and an image crop each; sections, or a strip of the only one, are held out. */
export const mist: Dataset<MistConfig> = Object.freeze({
  name: "mist",
  description: "MIST, the cells of SPATIA with expression, states, niches and an image crop each; needs --data FOLDER",
  defaults: DEFAULTS,
  check: ({ cells, steps, strip }: MistConfig): readonly string[] => [
    ...checkText("cells", cells),
    ...checkSteps(steps),
    ...checkStrip(strip, 2),
  ],
  load,
});
