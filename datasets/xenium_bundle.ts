import { DataError } from "../core/mod.ts";
import { type Alignment, inverse, readAlignment } from "./images/alignment.ts";
import { checkPlaces } from "./images/check_places.ts";
import type { ImageSource } from "./images/image.ts";
import { openImage } from "./images/open_image.ts";
import { readAnyTable } from "./import/any_table.ts";
import { findFile } from "./import/folder.ts";
import { openXenium } from "./import/xenium.ts";
import { takeSparseRows } from "./matrix.ts";
import type { SourceFolder } from "./source_folder.ts";
import { geneCounts, logPerMillion } from "./xenium_counts.ts";
import { cutPictures, type XeniumCut } from "./xenium_cut.ts";
import { type Outline, readOutlines } from "./xenium_polygons.ts";
import type { XeniumOptions, XeniumSection } from "./xenium_section.ts";

/** Size of a pixel of the morphology image where the bundle does not say, in µm. */
const PIXEL = 0.2125;

async function pixelSize(folder: string): Promise<number> {
  const path = await findFile(folder, ["experiment.xenium"]);
  if (path === undefined) return PIXEL;
  try {
    const { pixel_size: size } = Object(JSON.parse(await Deno.readTextFile(path)));
    if (typeof size === "number" && size > 0) return size;
    throw new DataError(`pixel_size is ${JSON.stringify(size)}, expected µm above 0`);
  } catch (cause) {
    throw new DataError(`Cannot use "${path}": ${(cause as Error).message}`, { cause });
  }
}

async function required(folder: string, names: readonly string[]): Promise<string> {
  const found = await findFile(folder, names);
  if (found !== undefined) return found;
  throw new DataError(
    `Cannot cut images of "${folder}": it lacks ${names.join(" or ")}, download it beside the bundle`,
  );
}

async function typesOf(folder: string, cells: readonly string[]): Promise<readonly (string | undefined)[] | undefined> {
  const path = await findFile(folder, ["cell_groups.csv", "cell_types.csv"]);
  if (path === undefined) return undefined;
  const table = await readAnyTable(path);
  const [ids, groups] = [table.get("cell_id"), table.get("group")];
  if (ids === undefined || groups === undefined) {
    throw new DataError(
      `Cannot use "${path}": expected columns cell_id and group, it has ${[...table.keys()].join(", ")}`,
    );
  }
  const known = new Map(ids.map((id, row) => [id, groups[row]!]));
  return cells.map((cell) => known.get(cell));
}

/** Cells with an outline of themselves and of their nucleus, within the image. */
function usableCells(
  cells: readonly string[],
  outlines: ReadonlyMap<string, Outline>,
  nuclei: ReadonlyMap<string, Outline>,
  image: ImageSource,
  { outside: treatment }: XeniumCut,
  micronsPerPixel: number,
  note: (sentence: string) => void,
): readonly number[] {
  const whole = cells.flatMap((cell, row) => outlines.has(cell) && nuclei.has(cell) ? [row] : []);
  if (whole.length === 0) {
    throw new DataError(`Cannot cut images of "${image.name}": no cell has outlines of both cell and nucleus`);
  }
  if (whole.length < cells.length) {
    note(`Left out ${cells.length - whole.length} of ${cells.length} cells, which lack the outline of cell or nucleus`);
  }
  const places = Float64Array.from(whole.flatMap((row) => outlines.get(cells[row]!)!.centre));
  const names = whole.map((row) => cells[row]!);
  const outside = checkPlaces(image, { places, micronsPerPixel, fix: "check the alignment file and the pixel size" });
  if (outside.length === 0) return whole;
  const [first] = outside as [number];
  const [height, width] = image.shape;
  const where = `at ${places[2 * first]!.toFixed(1)}, ${places[2 * first + 1]!.toFixed(1)}`;
  if (treatment === "refuse") {
    throw new DataError(
      `Cannot cut images of "${image.name}": cell "${names[first]}" ${where} lies outside its ${width} x ${height} ` +
        `pixels, as do ${outside.length - 1} others of ${names.length}; check the alignment file, or set ` +
        "dataset.config.outside=leave-out",
    );
  }
  note(`Left out ${outside.length} of ${names.length} cells, which lie outside the image, the first ${where}`);
  const gone = new Set(outside);
  return whole.filter((_, i) => !gone.has(i));
}

/**
 * Read a Xenium output bundle with its H&E image, as it is downloaded from 10x Genomics, and cut images from that.
 *
 * Outlines in µm become pixels of the H&E image by `A^-1 (p / pixel size)` for the 3 x 3 matrix A of
 * `*_he_imagealignment.csv`; without that file the image is taken to lie in the frame of the morphology image.
 *
 * @param folder The bundle: `cell_feature_matrix.h5`, `cells`, `cell_boundaries`, `nucleus_boundaries`, `*_he_image.ome.tif`.
 * @param cut How images are cut.
 * @param options What is read.
 * @returns The section.
 * @throws {DataError} If a file is missing or damaged, a cell lies outside the image, or units differ.
 */
export async function readXeniumBundle(
  folder: SourceFolder,
  cut: XeniumCut,
  { images: kind, channels, note }: XeniumOptions,
): Promise<XeniumSection> {
  const path = await folder.file("");
  const alignment = await findFile(path, ["he_imagealignment.csv"]);
  if (alignment === undefined) note(`No *_he_imagealignment.csv in ${folder.location}: the stain is taken as aligned`);
  const toMorphology: Alignment = alignment === undefined
    ? { matrix: [1, 0, 0, 0, 1, 0] }
    : await readAlignment(alignment);
  const image = await openImage(await required(path, ["he_image.ome.tif", "he_image.ome.tiff", "he_image.tif"]));
  const colours = image.channels.filter((name) => name !== "alpha");
  if (image.dtype !== "uint8" || colours.length !== channels) {
    throw new DataError(
      `Cannot use image "${image.name}": it has ${colours.length} channels of ${image.dtype} (${
        colours.join(", ")
      }), ` +
        `expected ${channels} of uint8; set dataset.config.channels, or convert the image`,
    );
  }
  const size = await pixelSize(path);
  const outlines = async (name: string): Promise<ReadonlyMap<string, Outline>> =>
    await readOutlines(await required(path, [`${name}.parquet`, `${name}.csv.gz`]), size, inverse(toMorphology));
  const [whole, nuclei] = [await outlines("cell_boundaries"), await outlines("nucleus_boundaries")];
  using source = await openXenium(path, {});
  const { genes, ...counts } = await geneCounts(source);
  const rows = usableCells(source.obs.index, whole, nuclei, image, cut, size, note);
  const { expression, totals } = logPerMillion(takeSparseRows(counts, rows));
  const cells = rows.map((row) => source.obs.index[row]!);
  const own = cells.map((cell) => whole.get(cell)!);
  return {
    name: folder.name,
    cells,
    genes,
    expression,
    places: Float64Array.from(own.flatMap(({ centre }) => centre)),
    totals,
    types: await typesOf(path, cells),
    pictures: { ...cutPictures(image, cells, own, cut, kind), channels: colours },
  };
}
