/**
 * Xenium sections of human skin (C1, C2, P1), the data of the GeneFlow paper: images of cells or of patches with their
 * expression, three folds of a section, or one section to train on and another to test on.
 *
 * Source: as the authors prepared them, Zenodo record 17429142, archives as they are or unpacked: C1
 * `Xenium_V1_hSkin_Melanoma_Base_FFPE.tar.gz`, C2 `Xeniumranger_V1_hSkin_Melanoma_Add_on_FFPE.tar.gz`, P1
 * `Xenium_Prime_Human_Skin_FFPE.tar.gz`; or as 10x Genomics publishes them, with the H&E image beside the bundle.
 * Keys of an archive: `adata.h5ad` with `X` = ln(1 + counts per million), `obs/cell_type`, `obs/total_counts`,
 * `obsm/spatial` (px); in `cell_patch_256_aux/input` `cell_image_paths.json` and `patch_image_paths.json`
 * `{ name: path }` with the authors' absolute paths, `patch_cell_mapping.json` `{ patch: [cell] }`, and
 * `{cell,patch}_images/{name}_original.tif`, uint8 `[256, 256, 3 + stains + 2]`, red, green, blue first.
 * Keys of a bundle: `cell_feature_matrix.h5`, `cells.parquet`, `cell_boundaries.parquet`, `nucleus_boundaries.parquet`
 * (µm), `experiment.xenium`, `*_he_image.ome.tif`, `*_he_imagealignment.csv`; `cell_groups.csv` for types.
 * Checksums: unknown, the files could not be had where this was written. Licence: CC BY 4.0 (10x Genomics).
 *
 * @module
 */

import { type Citation, type Data, DataError, rng, type Section } from "../core/mod.ts";
import { checkChoice, checkNumber, checkWhole } from "../core/config/check.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { needsData } from "./needs_data.ts";
import { openSourceFolder, type SourceFolder } from "./source_folder.ts";
import { readXeniumArchive } from "./xenium_archive.ts";
import { readXeniumBundle } from "./xenium_bundle.ts";
import { chooseImages } from "./xenium_choice.ts";
import type { XeniumCut } from "./xenium_cut.ts";
import { FOLDS, foldSplit } from "./xenium_folds.ts";
import { expressingImages, imageCentres, sharedGenes, xeniumRows } from "./xenium_rows.ts";
import type { XeniumSection } from "./xenium_section.ts";

/** Configuration of Xenium skin sections. */
export interface XeniumSkinConfig extends XeniumCut {
  /** `cell`: an image around each cell; `patch`: images with all the cells that lie in them. */
  readonly images: "cell" | "patch";
  /** Leading channels of the images to use: 3 for the stain, more for what the files hold behind. */
  readonly channels: number;
  /** Section of the folder to train on; empty if the folder or archive is the section itself. */
  readonly train: string;
  /** Section to test on, over the genes that both have; empty tests on a fold of the one that is trained on. */
  readonly test: string;
  /** `blocks` of the section side by side, which share no pixels; `random`, as in the paper, where they do. */
  readonly split: "blocks" | "random";
  /** Which of the three folds is tested on, from 0. */
  readonly fold: number;
  /** Types of the cells that images to train on may show; `!NAME` leaves one out; empty takes all. */
  readonly trainTypes: readonly string[];
  /** Types of the cells that images to test on may show. */
  readonly testTypes: readonly string[];
  /** Share of the cells with the fewest counts that is left out. */
  readonly leastCounts: number;
}

const DEFAULTS: XeniumSkinConfig = Object.freeze({
  images: "cell",
  channels: 3,
  train: "",
  test: "",
  split: "blocks",
  fold: 0,
  trainTypes: [],
  testTypes: [],
  leastCounts: 0.05,
  side: 256,
  stride: 156,
  last: true,
  leastCells: 1,
  outside: "refuse",
});

const CITATION: Citation = Object.freeze({
  title: "Xenium human skin sections (FFPE melanoma)",
  authors: "10x Genomics; prepared by the authors of GeneFlow",
  year: 2023,
  url: "https://zenodo.org/records/17429142",
  licence: "CC BY 4.0",
  source: "Zenodo record 17429142",
});

const ARCHIVES = ["", ".tar.gz", ".tgz", ".tar"] as const;

/** A section of a folder: a folder or an archive of its name. */
async function sectionFolder(location: string, name: string, options: LoadOptions): Promise<SourceFolder> {
  const folder = await openSourceFolder(location, options.note);
  if (name === "") return folder;
  const names = await folder.names("");
  const found = ARCHIVES.map((ending) => `${name}${ending}`).find((file) => names?.includes(file) !== false);
  if (found !== undefined) {
    return await openSourceFolder(`${folder.location.replace(/\/+$/, "")}/${found}`, options.note);
  }
  throw new DataError(`Cannot find section "${name}" in ${folder.location}: it has ${names!.join(", ") || "nothing"}`);
}

async function readSection(name: string, config: XeniumSkinConfig, options: LoadOptions): Promise<XeniumSection> {
  const folder = await sectionFolder(options.location!, name, options);
  const wanted = { images: config.images, channels: config.channels, note: options.note };
  const names = await folder.names("");
  if (names === undefined || names.includes("adata.h5ad")) return await readXeniumArchive(folder, wanted);
  if (names.some((file) => /cell_feature_matrix/.test(file))) return await readXeniumBundle(folder, config, wanted);
  throw new DataError(
    `Cannot read ${folder.location} as a Xenium section: it has ${
      names.join(", ") || "nothing"
    }, expected adata.h5ad ` +
      "or cell_feature_matrix.h5; name a section of a folder by dataset.config.train",
  );
}

/** Images of one side of a split. */
interface Side {
  readonly name: string;
  readonly split: "train" | "test";
  readonly section: XeniumSection;
  readonly images: Int32Array;
}

async function sidesOf(config: XeniumSkinConfig, options: LoadOptions): Promise<readonly [Side, Side]> {
  const { images: kind, split, fold, leastCounts, side } = config;
  const section = await readSection(config.train, config, options);
  const choose = (from: XeniumSection, types: readonly string[]): Int32Array =>
    chooseImages(from, { types, leastCounts }, options.note);
  if (config.test !== "") {
    const other = await readSection(config.test, config, options);
    return [
      { name: section.name, split: "train", section, images: choose(section, config.trainTypes) },
      { name: other.name, split: "test", section: other, images: choose(other, config.testTypes) },
    ];
  }
  // All images are split, so that folds are the same whatever types are asked for.
  const all = Int32Array.from(section.pictures.names.keys());
  // Patches whose place is known from their cells alone may lie half an image off, on both sides.
  const guard = kind === "patch" && section.pictures.centres === undefined ? 2 * side : side;
  const { train, test } = foldSplit(
    imageCentres(section, all),
    { kind: split, fold, guard },
    rng(options.seed).fold("xenium folds").host,
  );
  const [trainable, testable] = [choose(section, config.trainTypes), choose(section, config.testTypes)].map((images) =>
    new Set(images)
  );
  const sides = [
    { name: "training folds", split: "train", section, images: train.filter((image) => trainable!.has(image)) },
    { name: `fold ${fold}`, split: "test", section, images: test.filter((image) => testable!.has(image)) },
  ] as const;
  const empty = sides.find(({ images }) => images.length === 0);
  if (empty === undefined) return sides;
  throw new DataError(
    `Cannot split section "${section.name}" with ${all.length} ${kind} images: no image is left in ${empty.name}; change ` +
      "split, fold, the types or leastCounts in dataset.config",
  );
}

function labelsOf(
  { section, images }: Side,
  kind: XeniumSkinConfig["images"],
  names: readonly string[],
): Section["labels"] {
  const { types, pictures } = section;
  if (kind === "patch" || types === undefined) return {};
  const codes = Int32Array.from(images, (image) => names.indexOf(types[pictures.cells[image]![0]!] ?? ""));
  return { cell_type: codes };
}

async function load(config: XeniumSkinConfig, options: LoadOptions): Promise<Data> {
  if (options.location === undefined) {
    const what =
      "the folder or archive of one section, with adata.h5ad and cell_patch_256_aux (Zenodo record 17429142), a Xenium " +
      "bundle with its H&E image, or a folder of several";
    throw needsData(xeniumSkin.name, what, "mouse-olfactory-bulb-st-he");
  }
  const chosen = await sidesOf(config, options);
  const [{ section: first }, { section: second }] = chosen;
  const genes = first === second ? first.genes : sharedGenes([first, second]);
  const sides = chosen.map((side): Side => {
    const images = expressingImages(side.section, side.images, genes, options.note);
    if (images.length > 0) return { ...side, images };
    throw new DataError(
      `Cannot use section "${side.section.name}": no cell of it shows any of the ${genes.length} genes`,
    );
  });
  const cellsOf = ({ section, images }: Side): readonly Int32Array[] =>
    Array.from(images, (image) => section.pictures.cells[image]!);
  const counts = sides.flatMap(cellsOf).map(({ length }) => length);
  const most = config.images === "cell" ? 0 : counts.reduce((a, b) => Math.max(a, b));
  const typed = sides.every(({ section }) => section.types !== undefined) && config.images === "cell";
  const types = typed
    ? [...new Set(sides.flatMap(({ section }) => section.types!))].filter((type) => type !== undefined).sort()
    : [];
  const tile = first.pictures.images.shape.slice(1);
  const other = second.pictures.images.shape.slice(1);
  if (tile.join() !== other.join()) {
    throw new DataError(
      `Cannot use sections "${first.name}" and "${second.name}" together: their images have shapes [${tile}] and ` +
        `[${other}], expected one`,
    );
  }
  const axis = most === 0 ? [] : [most];
  const names = [...new Set(sides.map(({ section }) => section.name))].join(", ");
  return {
    spec: {
      name: `${xeniumSkin.name} ${names}`,
      parts: {
        x: { shape: [...axis, genes.length], unit: "ln(1 + counts per million)", names: genes },
        pos: { shape: [...axis, 2], unit: "px of the section", names: ["x", "y"] },
        img: { shape: tile, unit: "grey values, 0 to 255", names: first.pictures.channels },
      },
      times: [],
      labels: types.length === 0 ? {} : { cell_type: types },
    },
    sections: sides.map((side): Section =>
      Object.freeze({
        name: side.name,
        time: -1,
        split: side.split,
        donor: side.section.name,
        rows: side.images.length,
        parts: { ...xeniumRows(side.section, side.images, genes, most) },
        labels: types.length === 0 ? {} : labelsOf(side, config.images, types),
      })
    ),
    citation: CITATION,
    source: options.location,
    notes: notesOf(config, genes.length),
  };
}

function notesOf({ images, split, fold, train, test }: XeniumSkinConfig, genes: number): readonly string[] {
  if (test !== "") return [`Trained on "${train}", tested on "${test}", over the ${genes} genes of both panels`];
  return [
    `One section of one donor: fold ${fold} of ${FOLDS} is held out, there is no independent replicate`,
    ...(split === "random"
      ? [`Folds are drawn at random, as in the paper: ${images} images share pixels with those that were trained on`]
      : []),
  ];
}

/** Xenium skin sections of the GeneFlow paper: images of cells or patches, in three folds or across sections. */
export const xeniumSkin: Dataset<XeniumSkinConfig> = Object.freeze({
  name: "xenium-skin",
  description:
    "Xenium skin sections C1, C2, P1 with images of cells or patches, in folds or across; needs --data FOLDER",
  defaults: DEFAULTS,
  check: (config: XeniumSkinConfig): readonly string[] => [
    ...checkChoice("images", config.images, ["cell", "patch"]),
    ...checkWhole("channels", config.channels, 1, 16),
    ...checkChoice("split", config.split, ["blocks", "random"]),
    ...checkWhole("fold", config.fold, 0, FOLDS - 1),
    ...checkNumber("leastCounts", config.leastCounts, (share) => share >= 0 && share < 1, "a share from 0 to below 1"),
    ...checkWhole("side", config.side, 1),
    ...checkNumber("side", config.side, (side) => side % 2 === 0, "an even number"),
    ...checkWhole("stride", config.stride, 1),
    ...checkWhole("leastCells", config.leastCells, 1),
    ...checkChoice("outside", config.outside, ["refuse", "leave-out"]),
    ...(config.test !== "" && config.train === ""
      ? [`train is empty and test is "${config.test}", expected the section to train on, too`]
      : []),
    ...(config.test !== "" && config.train === config.test
      ? [`train and test are both "${config.test}", expected two sections, or an empty test for folds of one`]
      : []),
  ],
  load,
});
