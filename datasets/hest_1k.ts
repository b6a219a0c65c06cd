/**
 * HEST-1k as it is downloaded: slides with counts and metadata, patches or whole images, as in the STFlow paper.
 *
 * Source: Hugging Face `MahmoodLab/hest` (gated, so that addresses need a login), version 1.1.0, 1,229 samples; Jaume et
 * al., NeurIPS 2024.
 * Keys: `st/{id}.h5ad` with counts in `X`, genes in `var_names`, spot centres in `obsm/spatial` (level-0 px);
 * `metadata/{id}.json` with `patient`, `organ`, `species`, `st_technology`, `pixel_size_um_estimated`; `patches/{id}.h5`
 * with `img` `[N, 224, 224, 3]` uint8 and `barcode`, of the spots on tissue; `wsis/{id}.tif`, pyramids.
 * Genes as HEST chooses panels, but on training slides only: seen in a tenth of the spots of each, no controls,
 * ln(1 + counts), the 50 that vary most.
 * Checksums: unknown, the files could not be had where this was written. Licence: CC BY-NC-SA 4.0.
 *
 * @module
 */

import {
  type Citation,
  type Data,
  DataError,
  type HostArray,
  hostArray,
  inMemory,
  rng,
  type RowSource,
  type Section,
  takeRows,
} from "../core/mod.ts";
import { checkChoice, checkNumber, checkWhole } from "../core/config/check.ts";
import { coordinatesOf } from "./coordinates.ts";
import { cutPatches, patchArray } from "./images/cut_patches.ts";
import { openImage } from "./images/open_image.ts";
import { rowsByName } from "./import/join_rows.ts";
import { takeSparseRows } from "./matrix.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { needsData } from "./needs_data.ts";
import { openPatches } from "./patch_file.ts";
import { readTable } from "./read_table.ts";
import { checkSteps, drawHeldOut, type SlideCounts, slideExpression } from "./slide_expression.ts";
import { openSourceFolder, type SourceFolder } from "./source_folder.ts";
import { splitOf } from "./split.ts";
import { NO_LABELS } from "./tissue.ts";

/** Configuration of HEST-1k. */
export interface Hest1kConfig {
  /** Samples to use, for example `"TENX95"`; empty means all in the folder. */
  readonly samples: readonly string[];
  /** Patients that are never used to fit anything; empty draws a tenth of them, at least one, by the seed. */
  readonly holdOut: readonly string[];
  /** Share of the spots of each training slide in which a gene must be seen. */
  readonly detected: number;
  /** Preprocessing of the counts, as `deno task data prep` takes it. */
  readonly steps: string;
  /** `"patches"` for those of the download, `"wsis"` to cut 112 µm around each spot of the whole images. */
  readonly images: "patches" | "wsis";
  /** Rows and columns of patches that are cut. */
  readonly patch: number;
}

const DEFAULTS: Hest1kConfig = Object.freeze({
  samples: [],
  holdOut: [],
  detected: 0.1,
  steps: "log1p,hvg:n=50",
  images: "patches",
  patch: 224,
});

/** Side of the square that a patch shows, in µm. */
const FIELD = 112;

const CITATION: Citation = Object.freeze({
  title: "HEST-1k: a dataset for spatial transcriptomics and histology image analysis",
  authors: "Jaume G. et al.",
  year: 2024,
  venue: "NeurIPS",
  url: "https://arxiv.org/abs/2406.16192",
  licence: "CC BY-NC-SA 4.0",
  source: "Hugging Face MahmoodLab/hest",
});

interface Sample {
  readonly id: string;
  readonly patient: string;
  /** Size of a level-0 pixel in µm. */
  readonly micronsPerPixel: number;
}

async function sampleIds(folder: SourceFolder, wanted: readonly string[]): Promise<readonly string[]> {
  const files = await folder.names("st");
  if (files === undefined && wanted.length === 0) {
    throw new DataError(`Cannot list the samples of ${folder.location}: name them in samples, or give a folder`);
  }
  const ids = files?.filter((name) => name.endsWith(".h5ad")).map((name) => name.slice(0, -".h5ad".length));
  const unknown = ids === undefined ? undefined : wanted.find((id) => !ids.includes(id));
  if (unknown !== undefined) throw new DataError(`Cannot find sample "${unknown}" in ${folder.location}/st`);
  const chosen = wanted.length === 0 ? ids! : wanted;
  if (chosen.length > 0) return chosen;
  throw new DataError(`Cannot find samples in ${folder.location}/st: expected files like TENX95.h5ad`);
}

async function readSample(folder: SourceFolder, id: string): Promise<Sample> {
  const path = await folder.file(`metadata/${id}.json`);
  let metadata: Readonly<Record<string, unknown>>;
  try {
    metadata = Object(JSON.parse(await Deno.readTextFile(path)));
  } catch (cause) {
    throw new DataError(`Cannot read the metadata ${path}: ${(cause as Error).message}`, { cause });
  }
  const { patient, pixel_size_um_estimated: size } = metadata;
  if (!(typeof size === "number" && size > 0)) {
    throw new DataError(`Cannot use ${path}: pixel_size_um_estimated is ${JSON.stringify(size)}, expected µm above 0`);
  }
  // Samples of which the patient is unknown count as patients of their own.
  const known = (typeof patient === "string" && patient !== "") || typeof patient === "number";
  return { id, patient: known ? String(patient) : id, micronsPerPixel: size };
}

/** Patients are held out as a whole. */
function splitByPatient(
  samples: readonly Sample[],
  { holdOut }: Hest1kConfig,
  { seed, note }: LoadOptions,
): readonly ("train" | "test")[] {
  const patients = [...new Set(samples.map(({ patient }) => patient))].sort();
  if (patients.length < 2) {
    throw new DataError(`Cannot hold out a patient: the samples are all of patient "${patients[0]}", use more of them`);
  }
  const held = holdOut.length === 0 ? drawHeldOut(patients, 0.1, rng(seed).fold("hest-1k").host) : holdOut;
  if (holdOut.length === 0) note(`Patients held out by the seed: ${held.join(", ")}`);
  const split = splitOf(patients, held);
  return samples.map(({ patient }) => split[patients.indexOf(patient)]!);
}

interface Slide extends SlideCounts {
  readonly pos: HostArray;
  readonly img: RowSource;
}

async function imagesOf(
  folder: SourceFolder,
  { id, micronsPerPixel }: Sample,
  pos: HostArray,
  { patch }: Hest1kConfig,
): Promise<RowSource> {
  const image = await openImage(await folder.file(`wsis/${id}.tif`));
  const options = { size: patch, microns: FIELD, micronsPerPixel, range: [0, 255] as const };
  return Object.freeze({
    shape: [pos.shape[0]!, patch, patch, image.channels.filter((name) => name !== "alpha").length],
    read: async (index?: ArrayLike<number>) => {
      const centres = index === undefined ? pos : takeRows(pos, index);
      return await patchArray(await cutPatches(image, centres, options));
    },
  });
}

async function readSlide(
  folder: SourceFolder,
  sample: Sample,
  split: "train" | "test",
  config: Hest1kConfig,
  note: (sentence: string) => void,
): Promise<Slide> {
  const path = await folder.file(`st/${sample.id}.h5ad`);
  const table = await readTable(path, { note });
  if (table.X === undefined) throw new DataError(`Cannot use ${path}: it has no X`);
  const patches = config.images === "patches"
    ? await openPatches(await folder.file(`patches/${sample.id}.h5`))
    : undefined;
  const spots = patches?.barcodes ?? table.obs.index;
  const rows = rowsByName(path, table.obs.index, spots);
  const { data, shape } = takeRows(coordinatesOf(table, "spatial"), rows);
  const pos = hostArray(Float32Array.from(data), shape);
  const img = patches?.images ?? await imagesOf(folder, sample, pos, config);
  const counts = takeSparseRows(table.X, rows);
  const bad = counts.data.findIndex((value) => !(value >= 0 && value < Infinity));
  if (bad >= 0) throw new DataError(`Cannot use ${path}: X holds ${counts.data[bad]}, expected counts of at least 0`);
  return { name: sample.id, spots, genes: table.var.index, counts, split, pos, img };
}

/** Genes that each training slide shows often enough; names of probes that are controls are none. */
function detectedGenes(slides: readonly SlideCounts[], share: number): (gene: string) => boolean {
  const sets = slides.filter(({ split }) => split === "train").map(({ genes, counts, spots }) => {
    const seen = new Int32Array(genes.length);
    counts.indices.forEach((gene, at) => seen[gene]! += Number(counts.data[at]! > 0));
    return new Set(genes.filter((_, gene) => seen[gene]! >= Math.ceil(share * spots.length)));
  });
  return (gene) => !/BLANK|Control/.test(gene) && sets.every((set) => set.has(gene));
}

async function load(config: Hest1kConfig, options: LoadOptions): Promise<Data> {
  if (options.location === undefined) {
    const what = "the folder with st, metadata and patches or wsis (https://huggingface.co/datasets/MahmoodLab/hest)";
    throw needsData(hest1k.name, what, "mouse-olfactory-bulb-st-he");
  }
  const folder = await openSourceFolder(options.location, options.note);
  const samples: Sample[] = [];
  for (const id of await sampleIds(folder, config.samples)) samples.push(await readSample(folder, id));
  const split = splitByPatient(samples, config, options);
  const slides: Slide[] = [];
  for (const [i, sample] of samples.entries()) {
    slides.push(await readSlide(folder, sample, split[i]!, config, options.note));
  }
  const wanted = detectedGenes(slides, config.detected);
  const { genes, rows } = await slideExpression(slides, config.steps, options, wanted);
  return {
    spec: {
      name: hest1k.name,
      parts: {
        x: { shape: [genes.length], unit: `counts after ${config.steps}`, names: genes },
        pos: { shape: [2], unit: "level-0 px of the slide", names: ["x", "y"] },
        img: {
          shape: slides[0]!.img.shape.slice(1),
          unit: "grey values, 0 to 255",
          names: ["red", "green", "blue"],
        },
      },
      times: [],
      labels: {},
    },
    sections: slides.map(({ name, pos, img }, i): Section =>
      Object.freeze({
        name,
        time: -1,
        split: split[i]!,
        donor: samples[i]!.patient,
        rows: pos.shape[0]!,
        parts: { x: rows[i]!, pos: inMemory(pos), img },
        labels: {},
      })
    ),
    citation: CITATION,
    source: options.location,
    notes: ["Spots of Xenium samples are counts pooled in squares of 100 µm", NO_LABELS],
  };
}

/** Samples of HEST-1k as they are downloaded, with a patch per spot; patients are held out. */
export const hest1k: Dataset<Hest1kConfig> = Object.freeze({
  name: "hest-1k",
  description: "HEST-1k samples: a patch and the variable genes of each spot, patients held out; needs --data FOLDER",
  defaults: DEFAULTS,
  check: ({ detected, steps, images, patch }: Hest1kConfig): readonly string[] => [
    ...checkNumber("detected", detected, (share) => share >= 0 && share <= 1, "a share from 0 to 1"),
    ...checkSteps(steps),
    ...checkChoice("images", images, ["patches", "wsis"]),
    ...checkWhole("patch", patch, 1, 4096),
  ],
  load,
});
