import { type AnnData, type HostArray, hostArray } from "../../core/mod.ts";
import { numberColumn, textColumn } from "../csv.ts";
import { founderOf, frameOfCount } from "../celegans_lineage.ts";
import { applyBodyMap, type BodyMap, bodyMaps, type NamedCells, type Vector } from "./body_frame.ts";
import { SOURCES } from "./sources.ts";
import { categorical, columns, readChecked, type Table, unsOfSources } from "./tables.ts";

const SET = "celegans-embryo-4d";

/** Nuclei at which cells of different embryos are taken to be at one time, for the common frame. */
const LANDMARK_COUNTS = [28, 51, 102, 200] as const;

interface Embryo {
  readonly name: string;
  readonly frame: Int32Array;
  readonly cell: readonly string[];
  /** Places of the source, `[N, 3]`: px, px, plane. */
  readonly source: HostArray;
  /** Pixels per plane. */
  readonly planePx: number;
  readonly table: Table;
}

const pointAt = ({ source: { data }, planePx }: Embryo, row: number): Vector => [
  data[3 * row]!,
  data[3 * row + 1]!,
  data[3 * row + 2]! * planePx,
];

/** Cells at the landmark counts, as `count/name`. */
function landmarks(embryo: Embryo): NamedCells {
  return new Map(LANDMARK_COUNTS.flatMap((count) => {
    const frame = frameOfCount(embryo.frame, count)!;
    return [...embryo.frame.keys()].filter((row) => embryo.frame[row] === frame)
      .map((row): [string, Vector] => [`${count}/${embryo.cell[row]}`, pointAt(embryo, row)]);
  }));
}

const AXES: Parameters<typeof bodyMaps>[1] = {
  along: (key) => {
    const founder = founderOf(key.split("/")[1]!);
    return founder === "ABal" || founder === "ABar" ? "anterior" : "CDP".includes(founder) ? "posterior" : undefined;
  },
  up: (key) => {
    const founder = founderOf(key.split("/")[1]!);
    return founder === "C" ? "dorsal" : founder === "E" || founder === "MS" ? "ventral" : undefined;
  },
};

async function readEmbryo(folder: string, file: string, planePx: number): Promise<Embryo> {
  const table = await readChecked(folder, SET, file);
  return {
    name: file.replace("embryo_", "").replace(".csv.gz", ""),
    frame: Int32Array.from(numberColumn(table, "time")),
    cell: textColumn(table, "cell"),
    source: columns(table, ["x", "y", "z"]),
    planePx,
    table,
  };
}

function place(embryo: Embryo, map: BodyMap): readonly number[] {
  return embryo.cell.flatMap((_, row) => applyBodyMap(map, pointAt(embryo, row)));
}

/**
 * Make the table of the C. elegans embryos.
 *
 * @param folder Folder with one folder of files per data set.
 * @returns Every nucleus of every frame, with its place in the source and in one frame of the body.
 * @throws {DataError} If a file is not the one that the store is made from.
 */
export async function celegans(folder: string): Promise<AnnData> {
  const about = await readChecked(folder, SET, "embryos.csv");
  const planes = numberColumn(about, "aux_zpixres");
  const files = Object.keys(SOURCES[SET]!).filter((file) => file.startsWith("embryo_"));
  const embryos: Embryo[] = [];
  for (const file of files) {
    const at = textColumn(about, "embryo").indexOf(file.replace("embryo_", "").replace(".csv.gz", ""));
    embryos.push(await readEmbryo(folder, file, planes[at]!));
  }
  const maps = bodyMaps(embryos.map(landmarks), AXES);
  const join = (value: (embryo: Embryo) => ArrayLike<number>): number[] => embryos.flatMap((e) => Array.from(value(e)));
  const text = (value: (embryo: Embryo) => readonly string[]): string[] => embryos.flatMap(value);
  const cell = text((embryo) => embryo.cell);
  const rows = cell.length;
  return {
    obs: {
      index: text(({ name, frame, cell }) => cell.map((id, row) => `${name}/${frame[row]}/${id}`)),
      columns: {
        embryo: categorical(text(({ name, cell }) => Array(cell.length).fill(name))),
        frame: Int32Array.from(join(({ frame }) => frame)),
        cell: categorical(cell),
        founder: categorical(cell.map(founderOf)),
        size: Float32Array.from(join(({ table }) => numberColumn(table, "size"))),
        blot: Float32Array.from(join(({ table }) => numberColumn(table, "blot"))),
      },
    },
    var: { index: [], columns: {} },
    layers: {},
    obsm: {
      spatial: hostArray(Float32Array.from(embryos.flatMap((embryo, i) => place(embryo, maps[i]!))), [rows, 3]),
      spatial_source: hostArray(Float32Array.from(join(({ source }) => source.data)), [rows, 3]),
    },
    varm: {},
    obsp: {},
    uns: {
      title: "Caenorhabditis elegans embryos tracked nucleus by nucleus: 7 embryos of strain JIM767",
      note: "No expression but one reporter (blot); cell names give the true couplings between frames",
      chosen: "Embryos whose z scale is in the source, with one reporter, and whose cell names agree under a rigid map",
      time_unit: "frames of about one minute; the interval is not in the source",
      spatial_unit: "px of the source, z scaled to px",
      citation: "Data of LIVE_tools (Gan Y., Murray laboratory, University of Pennsylvania, 2025), " +
        "https://github.com/johnmurraylab/LIVE_tools",
      source: "github.com/johnmurraylab/LIVE_tools, commit 07b8a2e4996dacaa6c382336d72bf28a3810fc9a, sample_data",
      licence: "MIT, (c) 2025 Yuntian Gan",
      frame:
        "obsm/spatial = rotation x (x, y, z x plane_px) + translation per embryo: anterior to posterior along x, " +
        "ventral to dorsal along y; no mirror, no scaling",
      registration: {
        embryo: embryos.map(({ name }) => name),
        plane_px: hostArray(Float64Array.from(embryos, ({ planePx }) => planePx), [embryos.length]),
        rotation: hostArray(Float64Array.from(maps.flatMap(({ rotation }) => rotation)), [embryos.length, 3, 3]),
        translation: hostArray(Float64Array.from(maps.flatMap(({ translation }) => translation)), [embryos.length, 3]),
      },
      source_files: unsOfSources(SET),
    },
  };
}
