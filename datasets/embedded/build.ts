/**
 * Writes the stores of this folder from the tables they come from:
 * `deno run --allow-read --allow-write datasets/embedded/build.ts FOLDER`, where FOLDER holds one folder of
 * CSV files per data set. README.md says where the tables are from.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import {
  type AnnData,
  applyRigid,
  type Categorical,
  dropFragments,
  type HostArray,
  hostArray,
  type RigidMap,
  takeRows,
  type Uns,
} from "../../core/mod.ts";
import { writeAnnData } from "../../core/io/anndata_writer.ts";
import { numberColumn, readCsv, textColumn } from "../csv.ts";
import { anatomicalMaps, type BrainSection } from "./frame.ts";
import { SOURCES } from "./sources.ts";

type Table = ReadonlyMap<string, readonly string[]>;

/** A section as read, without stray fragments. */
interface ReadSection extends BrainSection {
  readonly name: string;
  readonly cellId: Int32Array;
  readonly dropped: number;
}

function categorical(values: readonly string[]): Categorical {
  const categories = [...new Set(values)].sort();
  const codes = Int32Array.from(values, (value) => categories.indexOf(value));
  return { kind: "categorical", codes, categories, ordered: false };
}

function columns(table: Table, names: readonly string[]): HostArray {
  const values = names.map((name) => numberColumn(table, name));
  const rows = values[0]!.length;
  const data = new Float32Array(rows * names.length);
  values.forEach((column, j) => column.forEach((value, i) => data[i * names.length + j] = value));
  return hostArray(data, [rows, names.length]);
}

async function readChecked(folder: string, set: string, file: string): Promise<Table> {
  const path = `${folder}/${set}/${file}`;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(path)));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== SOURCES[set]![file]) throw new Error(`Cannot use ${path}: its SHA-256 is ${hex}`);
  return await readCsv(path);
}

async function readSection(folder: string, file: string): Promise<ReadSection> {
  const table = await readChecked(folder, "axolotl-brain-regeneration", file);
  const points = columns(table, ["x", "y"]);
  const kept = dropFragments(points);
  const text = (name: string): string[] => Array.from(kept, (row) => textColumn(table, name)[row]!);
  return {
    name: file.replace("cells_", "").replace(".csv.gz", ""),
    points: takeRows(points, kept),
    cellId: Int32Array.from(text("cell_id"), Number),
    side: text("side"),
    half: text("dorsal_ventral"),
    cellType: text("cell_type"),
    dropped: points.shape[0]! - kept.length,
  };
}

/** Maps and counts of all sections in a few arrays, section by section. */
function unsOfRegistration(sections: readonly ReadSection[], maps: readonly RigidMap[]): Uns {
  const rows = sections.length;
  return {
    section: sections.map(({ name }) => name),
    rotation: hostArray(Float64Array.from(maps.flatMap(({ rotation }) => rotation)), [rows, 2, 2]),
    translation: hostArray(Float64Array.from(maps.flatMap(({ translation }) => translation)), [rows, 2]),
    reflected: hostArray(Int8Array.from(maps, ({ reflected }) => Number(reflected)), [rows]),
    dropped_fragment_cells: hostArray(Int32Array.from(sections, ({ dropped }) => dropped), [rows]),
  };
}

function unsOfSources(set: string): Uns {
  return { file: Object.keys(SOURCES[set]!), sha256: Object.values(SOURCES[set]!) };
}

async function axolotl(folder: string): Promise<AnnData> {
  const files = Object.keys(SOURCES["axolotl-brain-regeneration"]!);
  const sections: ReadSection[] = [];
  for (const file of files) sections.push(await readSection(folder, file));
  const maps = anatomicalMaps(sections);
  const join = (value: (section: ReadSection) => Iterable<number>): number[] => sections.flatMap((s) => [...value(s)]);
  const rows = sections.reduce((sum, { cellId }) => sum + cellId.length, 0);
  const repeat = (value: (name: string) => number): Int32Array =>
    Int32Array.from(join(({ name, cellId }) => Array(cellId.length).fill(value(name))));
  const text = (value: (section: ReadSection) => readonly string[]): Categorical =>
    categorical(sections.flatMap(value));
  const spatial = sections.flatMap(({ points }, i) => [...applyRigid(maps[i]!, points).data]);
  return {
    obs: {
      index: sections.flatMap(({ name, cellId }) => Array.from(cellId, (id) => `${name}_${id}`)),
      columns: {
        section: text(({ name, cellId }) => Array(cellId.length).fill(name)),
        time: repeat((name) => Number(name.slice(0, 2))),
        replicate: repeat((name) => Number(name.at(-1))),
        cell_type: text(({ cellType }) => cellType),
        side: text(({ side }) => side),
        dorsal_ventral: text(({ half }) => half),
      },
    },
    var: { index: [], columns: {} },
    layers: {},
    obsm: {
      spatial: hostArray(Float32Array.from(spatial), [rows, 2]),
      spatial_source: hostArray(Int16Array.from(join(({ points }) => points.data)), [rows, 2]),
    },
    varm: {},
    obsp: {},
    uns: {
      title: "Axolotl telencephalon after injury (Stereo-seq, ARTISTA): positions and cell types of 13 sections",
      note: "No expression: the source publishes positions and labels of these sections only",
      time_unit: "days after injury",
      spatial_unit: "grid units of the chip, not calibrated to micrometres in the source",
      citation: "Wei X. et al., Single-cell Stereo-seq reveals induced progenitor cells involved in axolotl brain " +
        "regeneration, Science 377, eabp9444 (2022), https://doi.org/10.1126/science.abp9444",
      source: "github.com/BGI-DEV-REG/ARTISTA, commit 6c9545428a8fd81ae90859accfabe70fb325bc98, " +
        "data/Figure3_data/Figure3C",
      licence: "MIT, (c) 2022 BGI-DEV-REG",
      frame: "obsm/spatial = rotation x obsm/spatial_source + translation per section: midline vertical, injured " +
        "hemisphere at the right, dorsal at the top; no scaling",
      registration: unsOfRegistration(sections, maps),
      source_files: unsOfSources("axolotl-brain-regeneration"),
    },
  };
}

async function zebrafish(folder: string): Promise<AnnData> {
  const table = await readChecked(folder, "zebrafish-embryo-stereoseq-pcs", "cells.csv.gz");
  const time = Int32Array.from(numberColumn(table, "time"));
  return {
    obs: { index: Array.from(time, (value, i) => `stage${value}_${i}`), columns: { time } },
    var: { index: [], columns: {} },
    layers: {},
    obsm: {
      spatial: columns(table, ["x", "y"]),
      X_pca: columns(table, Array.from({ length: 50 }, (_, i) => `pc${i + 1}`)),
    },
    varm: {},
    obsp: {},
    uns: {
      title: "Zebrafish embryo at two consecutive stages (Stereo-seq, ZESTA): positions and 50 expression components",
      note: "Components as made by the authors of the source; no gene names, no labels, hours not in the source",
      spatial_unit: "scaled units of the source",
      citation: "Liu C. et al., Spatiotemporal mapping of gene expression landscapes and developmental trajectories " +
        "during zebrafish embryogenesis, Developmental Cell 57, 1284-1298 (2022); Zhang Z. et al., Modeling cell " +
        "dynamics and interactions with unbalanced mean field Schrodinger bridge, NeurIPS 2025",
      source: "github.com/zhenyiizhang/CytoBridge-NeurIPS, commit db53686d95c8967418235e50a71e4e7fc5ea6403, " +
        "data/zebrafish.csv",
      licence: "MIT, (c) 2025 Zhenyi Zhang",
      source_files: unsOfSources("zebrafish-embryo-stereoseq-pcs"),
    },
  };
}

const STORES = { "axolotl-brain-regeneration": axolotl, "zebrafish-embryo-stereoseq-pcs": zebrafish };

/**
 * Write all embedded stores.
 *
 * @param folder Folder with one folder of CSV files per data set.
 * @param out Folder that the stores are written to.
 */
export async function build(folder: string, out: string): Promise<void> {
  for (const [name, make] of Object.entries(STORES)) {
    await writeAnnData(`${out}/${name}.zarr`, await make(folder), { zarrFormat: 2 });
  }
}

if (import.meta.main) {
  const [folder, out = fileURLToPath(new URL(".", import.meta.url))] = Deno.args;
  if (folder === undefined) {
    console.error("Usage: build.ts FOLDER [OUT], where FOLDER holds one folder of CSV files per data set");
    Deno.exit(2);
  }
  await build(folder, out);
}
