/**
 * Xenium sections of human skin (C1, C2, P1) as the GeneFlow paper prepared them: one image per cell.
 *
 * Source: Zenodo record 17429142, archives as they are or unpacked: C1 `Xenium_V1_hSkin_Melanoma_Base_FFPE.tar.gz`, C2
 * `Xeniumranger_V1_hSkin_Melanoma_Add_on_FFPE.tar.gz`, P1 `Xenium_Prime_Human_Skin_FFPE.tar.gz`; from 10x Genomics.
 * Keys: `adata.h5ad` with `X` = ln(1 + counts per million), `obs/cell_type`, `obsm/spatial` (px);
 * `cell_patch_256_aux/input/cell_image_paths.json` `{ cell: path }` with the authors' absolute paths, and
 * `cell_images/{cell}_original.tif`, uint8 `[256, 256, 3 + stains + 2]`, red, green, blue first.
 * Checksums: unknown, the archives could not be had where this was written. Licence: CC BY 4.0 (10x Genomics).
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
  type RowSource,
} from "../core/mod.ts";
import { checkWhole } from "../core/config/check.ts";
import { coordinatesOf } from "./coordinates.ts";
import { openImage } from "./images/open_image.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { needsData } from "./needs_data.ts";
import { readTable } from "./read_table.ts";
import { tissueOfGroups } from "./row_groups.ts";
import { checkExpression, scaledExpression, type ScaledExpressionConfig } from "./scaled_expression.ts";
import { openSourceFolder, type SourceFolder } from "./source_folder.ts";
import { checkStrip, splitByStrip, type Strip } from "./strip.ts";
import { toSections } from "./tissue.ts";

/** Configuration of a Xenium skin section. */
export interface XeniumSkinConfig extends ScaledExpressionConfig {
  /** Leading channels of the images to use: 3 for the stain, more for what the file holds behind. */
  readonly channels: number;
  /** Part of the section that is never used to fit anything. */
  readonly strip: Strip;
}

const INPUT = "cell_patch_256_aux/input";

/** Genes of the largest panel. */
const MOST_GENES = 10_000;

const DEFAULTS: XeniumSkinConfig = Object.freeze({
  normalize: "none",
  highlyVariable: 0,
  components: 0,
  scale: "none",
  channels: 3,
  strip: { axis: "x", from: 0.8, to: 1, gap: 256 },
});

const CITATION: Citation = Object.freeze({
  title: "Xenium human skin sections (FFPE melanoma)",
  authors: "10x Genomics; prepared by the authors of GeneFlow",
  year: 2023,
  url: "https://zenodo.org/records/17429142",
  licence: "CC BY 4.0",
  source: "Zenodo record 17429142",
});

/** Image of each cell, found beside the list whatever folder the list was written in. */
async function imagePaths(folder: SourceFolder): Promise<ReadonlyMap<string, string>> {
  const path = await folder.file(`${INPUT}/cell_image_paths.json`);
  let listed: unknown;
  try {
    listed = JSON.parse(await Deno.readTextFile(path));
  } catch (cause) {
    throw new DataError(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  const names = await folder.names(`${INPUT}/cell_images`);
  const there = names === undefined ? undefined : new Set(names);
  const found = new Map<string, string>();
  for (const [cell, listedPath] of Object.entries(listed ?? {})) {
    const name = String(listedPath).split("/").at(-1)!;
    if (there?.has(name) !== false) found.set(cell, `${INPUT}/cell_images/${name}`);
  }
  if (found.size > 0) return found;
  throw new DataError(
    `Cannot use ${path}: none of the images that it lists is in ${folder.location}/${INPUT}/cell_images`,
  );
}

async function readTile(path: string, channels: number): Promise<HostArray<Uint8Array>> {
  const image = await openImage(path);
  const [height, width, all] = image.shape;
  if (image.dtype !== "uint8" || all < channels) {
    throw new DataError(`Cannot use ${path}: it has ${all} channels of ${image.dtype}, expected ${channels} of uint8`);
  }
  const { data } = await image.read({ x: 0, y: 0, width, height }, 0);
  const out = new Uint8Array(height * width * channels);
  for (let at = 0; at < height * width; at++) {
    for (let channel = 0; channel < channels; channel++) out[at * channels + channel] = data[at * all + channel]!;
  }
  return hostArray(out, [height, width, channels]);
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
        const image = await readTile(await folder.file(path), tile[2]!);
        if (image.shape.join() !== tile.join()) {
          throw new DataError(`Cannot use ${path}: its shape is [${image.shape}], the others have [${tile}]`);
        }
        data.set(image.data, i * size);
      }
      return hostArray(data, [index.length, ...tile]);
    },
  });
}

async function load(config: XeniumSkinConfig, options: LoadOptions): Promise<Data> {
  if (options.location === undefined) {
    const what =
      "the folder or archive of one section, with adata.h5ad and cell_patch_256_aux (Zenodo record 17429142)";
    throw needsData(xeniumSkin.name, what, "mouse-olfactory-bulb-st-he");
  }
  const folder = await openSourceFolder(options.location, options.note);
  const table: AnnData = await readTable(await folder.file("adata.h5ad"), { note: options.note });
  const images = await imagePaths(folder);
  const rows = table.obs.index.flatMap((cell, row) => images.has(cell) ? [row] : []);
  if (rows.length === 0) throw new DataError(`Cannot use ${folder.location}: no cell of adata.h5ad has an image`);
  const without = table.obs.index.length - rows.length;
  if (without > 0) options.note(`Left out ${without} of ${table.obs.index.length} cells, which have no image`);
  const { data, shape } = coordinatesOf(table, "spatial");
  const { train, test } = splitByStrip(hostArray(Float32Array.from(data), shape), config.strip, rows);
  const tissue = tissueOfGroups(table, [
    { name: "outside the strip", time: -1, split: "train", rows: train },
    { name: "strip", time: -1, split: "test", rows: test },
  ], { times: [], label: "cell_type" });
  const { features, spec } = scaledExpression(table, tissue, config);
  const paths = tissue.sections.map((section) => Array.from(section.rows, (row) => images.get(table.obs.index[row]!)!));
  const { shape: tile } = await readTile(await folder.file(paths[0]![0]!), config.channels);
  const names = Array.from({ length: config.channels }, (_, i) => ["red", "green", "blue"][i] ?? `channel ${i + 1}`);
  return {
    spec: {
      name: `${xeniumSkin.name} ${folder.name}`,
      parts: {
        x: spec,
        pos: { shape: [shape[1]!], unit: "px of the section", names: ["x", "y", "z"].slice(0, shape[1]!) },
        img: { shape: tile, unit: "grey values, 0 to 255", names },
      },
      times: [],
      labels: { cell_type: tissue.labels },
    },
    sections: toSections(tissue, features).map((section, i) =>
      Object.freeze({ ...section, parts: { ...section.parts, img: tileRows(folder, paths[i]!, tile) } })
    ),
    citation: CITATION,
    source: options.location,
    notes: ["One section of one donor: a strip of it is held out, there is no independent replicate"],
  };
}

/** A Xenium skin section of the GeneFlow paper, one image per cell; a strip is held out. */
export const xeniumSkin: Dataset<XeniumSkinConfig> = Object.freeze({
  name: "xenium-skin",
  description: "Xenium skin section C1, C2 or P1 with a 256 px image per cell, a strip held out; needs --data FOLDER",
  defaults: DEFAULTS,
  check: (config: XeniumSkinConfig): readonly string[] => [
    ...checkExpression(config, MOST_GENES),
    ...checkWhole("channels", config.channels, 1, 16),
    ...checkStrip(config.strip, 2),
  ],
  load,
});
