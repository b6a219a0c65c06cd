import { DataError, type HostArray, hostArray, type RowSource } from "../core/mod.ts";
import { byRows } from "../core/spatial/sparse.ts";
import { categoriesOf } from "./columns.ts";
import { coordinatesOf } from "./coordinates.ts";
import { openImage } from "./images/open_image.ts";
import { takeSparseRows } from "./matrix.ts";
import { readTable } from "./read_table.ts";
import type { SourceFolder } from "./source_folder.ts";
import type { XeniumOptions, XeniumPictures, XeniumSection } from "./xenium_section.ts";

const INPUT = "cell_patch_256_aux/input";

/** Channels behind the stain: auxiliary stains, then the masks of cells and of nuclei. */
const MASKS = ["cell mask", "nucleus mask"] as const;

async function readJson(folder: SourceFolder, name: string): Promise<Readonly<Record<string, unknown>>> {
  const path = await folder.file(`${INPUT}/${name}`);
  try {
    return Object(JSON.parse(await Deno.readTextFile(path)));
  } catch (cause) {
    throw new DataError(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Image of each cell or patch, found beside the list whatever folder the list was written in. */
async function imagePaths(folder: SourceFolder, kind: XeniumOptions["images"]): Promise<ReadonlyMap<string, string>> {
  const inner = `${INPUT}/${kind}_images`;
  const listed = await readJson(folder, `${kind}_image_paths.json`);
  const names = await folder.names(inner);
  const there = names === undefined ? undefined : new Set(names);
  const found = new Map<string, string>();
  for (const [key, listedPath] of Object.entries(listed)) {
    const name = String(listedPath).split("/").at(-1)!;
    if (there?.has(name) !== false) found.set(key, `${inner}/${name}`);
  }
  if (found.size > 0) return found;
  throw new DataError(
    `Cannot use ${folder.location}/${INPUT}/${kind}_image_paths.json: none of the images that it lists is in ` +
      `${folder.location}/${inner}`,
  );
}

interface PreparedTile {
  readonly pixels: HostArray<Uint8Array>;
  /** Channels of the file. */
  readonly all: number;
}

async function readTile(path: string, channels: number): Promise<PreparedTile> {
  const image = await openImage(path);
  const [height, width, all] = image.shape;
  if (image.dtype !== "uint8" || all < channels) {
    throw new DataError(
      `Cannot use ${path}: it has ${all} channels of ${image.dtype}, expected ${channels} of uint8; lower ` +
        "dataset.config.channels, or prepare the images again",
    );
  }
  const { data } = await image.read({ x: 0, y: 0, width, height }, 0);
  const out = new Uint8Array(height * width * channels);
  for (let at = 0; at < height * width; at++) {
    for (let channel = 0; channel < channels; channel++) out[at * channels + channel] = data[at * all + channel]!;
  }
  return { pixels: hostArray(out, [height, width, channels]), all };
}

function tileRows(folder: SourceFolder, paths: readonly string[], tile: readonly number[]): RowSource {
  return Object.freeze({
    shape: [paths.length, ...tile],
    read: async (index: ArrayLike<number> = Int32Array.from(paths.keys())) => {
      const size = tile.reduce((a, b) => a * b, 1);
      const data = new Uint8Array(index.length * size);
      for (let i = 0; i < index.length; i++) {
        const path = paths[index[i]!];
        if (path === undefined) throw new RangeError(`Cannot read image ${index[i]}: there are ${paths.length}`);
        const { pixels } = await readTile(await folder.file(path), tile[2]!);
        if (pixels.shape.join() !== tile.join()) {
          throw new DataError(`Cannot use ${path}: its shape is [${pixels.shape}], the others have [${tile}]`);
        }
        data.set(pixels.data, i * size);
      }
      return hostArray(data, [index.length, ...tile]);
    },
  });
}

/** Names of the leading channels; what is behind red, green and blue depends on how the section was prepared. */
function channelNames(wanted: number, all: number): readonly string[] {
  const stains = all - 3 - MASKS.length;
  return Array.from({ length: wanted }, (_, i) => {
    if (i < 3) return ["red", "green", "blue"][i]!;
    if (stains < 0) return `channel ${i + 1}`;
    return i < 3 + stains ? `stain ${i - 2}` : MASKS[i - 3 - stains]!;
  });
}

async function patchesOf(
  folder: SourceFolder,
  rowOf: ReadonlyMap<string, number>,
  { note }: XeniumOptions,
): Promise<ReadonlyMap<string, Int32Array>> {
  const mapping = Object.entries(await readJson(folder, "patch_cell_mapping.json"));
  const found = new Map<string, Int32Array>();
  let [empty, unknown] = [0, 0];
  for (const [patch, listed] of mapping) {
    const rows = Array.isArray(listed) ? listed.map((cell) => rowOf.get(String(cell))) : [];
    if (rows.length === 0) empty++;
    else if (rows.includes(undefined)) unknown++;
    else found.set(patch, Int32Array.from(rows as number[]));
  }
  if (empty > 0) note(`Left out ${empty} of ${mapping.length} patches, which have no cell`);
  if (unknown > 0) note(`Left out ${unknown} of ${mapping.length} patches, of which the table lacks cells`);
  if (found.size > 0) return found;
  throw new DataError(
    `Cannot use the patches of ${folder.location}: ${empty} of ${mapping.length} are empty and the table lacks cells of ` +
      `${unknown}, expected cells of adata.h5ad in ${INPUT}/patch_cell_mapping.json`,
  );
}

async function picturesOf(
  folder: SourceFolder,
  cells: readonly string[],
  options: XeniumOptions,
): Promise<XeniumPictures> {
  const { images: kind, note } = options;
  const paths = await imagePaths(folder, kind);
  const rowOf = new Map(cells.map((cell, row) => [cell, row]));
  const members = kind === "patch"
    ? await patchesOf(folder, rowOf, options)
    : new Map(cells.map((cell, row) => [cell, Int32Array.of(row)]));
  // In sorted order, so that a random split of them is the same in every process.
  const names = [...members.keys()].filter((name) => paths.has(name)).sort();
  if (names.length === 0) throw new DataError(`Cannot use ${folder.location}: no ${kind} of its table has an image`);
  const without = members.size - names.length;
  if (without > 0) {
    note(`Left out ${without} of ${members.size} ${kind === "cell" ? "cells" : "patches"}, which have no image`);
  }
  const files = names.map((name) => paths.get(name)!);
  const { pixels: { shape }, all } = await readTile(await folder.file(files[0]!), options.channels);
  return {
    names,
    cells: names.map((name) => members.get(name)!),
    images: tileRows(folder, files, shape),
    channels: channelNames(options.channels, all),
  };
}

/**
 * Read a section as the authors of GeneFlow prepared it.
 *
 * @param folder Its folder, with `adata.h5ad` and `cell_patch_256_aux/input`.
 * @param options What is read.
 * @returns The section.
 * @throws {DataError} If a file is missing, damaged, or does not go with the others.
 */
export async function readXeniumArchive(folder: SourceFolder, options: XeniumOptions): Promise<XeniumSection> {
  const path = await folder.file("adata.h5ad");
  const table = await readTable(path, { note: options.note });
  if (table.X === undefined) {
    throw new DataError(`Cannot use ${path}: it has no X, expected ln(1 + counts per million)`);
  }
  const { data, shape } = coordinatesOf(table, "spatial");
  const cells = table.obs.index;
  const { total_counts: totals, cell_type: types } = table.obs.columns;
  const categories = types === undefined ? undefined : categoriesOf(table, "cell_type", "cell types");
  return {
    name: folder.name,
    cells,
    genes: table.var.index,
    expression: "kind" in table.X ? byRows(table.X) : takeSparseRows(table.X, cells.keys().toArray()),
    places: Float64Array.from({ length: 2 * cells.length }, (_, at) => data[Math.floor(at / 2) * shape[1]! + at % 2]!),
    totals: ArrayBuffer.isView(totals) ? Float64Array.from(totals as unknown as ArrayLike<number>) : undefined,
    types: categories === undefined ? undefined : Array.from(categories.codes, (code) => categories.names[code]),
    pictures: await picturesOf(folder, cells, options),
  };
}
