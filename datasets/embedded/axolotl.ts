import {
  type AnnData,
  applyRigid,
  type Categorical,
  dropFragments,
  hostArray,
  type RigidMap,
  takeRows,
  type Uns,
} from "../../core/mod.ts";
import { textColumn } from "../csv.ts";
import { anatomicalMaps, type BrainSection } from "./frame.ts";
import { SOURCES } from "./sources.ts";
import { categorical, columns, readChecked, unsOfSources } from "./tables.ts";

/** A section as read, without stray fragments. */
interface ReadSection extends BrainSection {
  readonly name: string;
  readonly cellId: Int32Array;
  readonly dropped: number;
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

/**
 * Make the table of the axolotl sections.
 *
 * @param folder Folder with one folder of CSV files per data set.
 * @returns All sections, with their places in the source and in one anatomical frame.
 * @throws {DataError} If a file is not the one that the store is made from.
 */
export async function axolotl(folder: string): Promise<AnnData> {
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
