/**
 * STImage-1K4M: slides with an image and the expression of each spot, as in the STFlow paper.
 *
 * Source: `github.com/JiawenChenn/STimage-1K4M` and Hugging Face `jiawennnn/STimage-1K4M`, one folder per technology
 * (ST, Visium, VisiumHD), for example `https://huggingface.co/datasets/jiawennnn/STimage-1K4M/resolve/main/ST`.
 * Keys: `image/{slide}.png`; `coord/{slide}_coord.csv` (barcode, `yaxis`, `xaxis`, `r` = radius of a spot, px of the image);
 * `gene_exp/{slide}_count.csv` (spots x genes, counts). The papers' splits and gene lists were not released.
 * Checksums: unknown, the files could not be had where this was written. Licence: see the record.
 *
 * @module
 */

import { type Citation, type Data, DataError, inMemory, rng, type Section } from "../core/mod.ts";
import { checkWhole } from "../core/config/check.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { needsData } from "./needs_data.ts";
import { checkSteps, drawHeldOut, slideExpression } from "./slide_expression.ts";
import { openSourceFolder, type SourceFolder } from "./source_folder.ts";
import { splitOf } from "./split.ts";
import { readStimageSlide, spotPatches, type StimageSlide } from "./stimage_slide.ts";
import { NO_LABELS } from "./tissue.ts";

/** Configuration of STImage-1K4M. */
export interface StimageConfig {
  /** Slides to use; empty means all in the folder. */
  readonly slides: readonly string[];
  /** Slides that are never used to fit anything; empty draws a tenth of them, at least one, by the seed. */
  readonly holdOut: readonly string[];
  /** Preprocessing of the counts, as `deno task data prep` takes it. */
  readonly steps: string;
  /** Rows and columns of a patch. */
  readonly patch: number;
}

const DEFAULTS: StimageConfig = Object.freeze({ slides: [], holdOut: [], steps: "log1p,hvg:n=50", patch: 224 });

const CITATION: Citation = Object.freeze({
  title: "STimage-1K4M: a histopathology image-gene expression dataset for spatial transcriptomics",
  authors: "Chen J. et al.",
  year: 2024,
  venue: "NeurIPS",
  url: "https://arxiv.org/abs/2406.06393",
  source: "github.com/JiawenChenn/STimage-1K4M",
});

async function slideNames(folder: SourceFolder, wanted: readonly string[]): Promise<readonly string[]> {
  const files = await folder.names("gene_exp");
  if (files === undefined && wanted.length === 0) {
    throw new DataError(`Cannot list the slides of ${folder.location}: name them in slides, or give a folder`);
  }
  const names = files?.filter((name) => name.endsWith("_count.csv")).map((name) => name.slice(0, -"_count.csv".length));
  const unknown = names === undefined ? undefined : wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new DataError(`Cannot find slide "${unknown}" in ${folder.location}/gene_exp`);
  const chosen = wanted.length === 0 ? names! : wanted;
  if (chosen.length >= 2) return chosen;
  throw new DataError(`Cannot hold out a slide: ${folder.location} has ${chosen.length} to use, expected at least 2`);
}

async function load(config: StimageConfig, options: LoadOptions): Promise<Data> {
  if (options.location === undefined) {
    const what = "the folder of one technology, with image, coord and gene_exp (github.com/JiawenChenn/STimage-1K4M)";
    throw needsData(stimage.name, what, "mouse-olfactory-bulb-st-he");
  }
  const folder = await openSourceFolder(options.location, options.note);
  const names = await slideNames(folder, config.slides);
  const drawn = (): readonly string[] => drawHeldOut(names, 0.1, rng(options.seed).fold("stimage").host);
  const held = config.holdOut.length === 0 ? drawn() : config.holdOut;
  if (config.holdOut.length === 0) options.note(`Held out by the seed: ${held.join(", ")}`);
  const split = splitOf(names, held);
  const slides: StimageSlide[] = [];
  for (const name of names) slides.push(await readStimageSlide(folder, name));
  const counts = slides.map((slide, i) => ({ ...slide, split: split[i]! }));
  const { genes, rows } = await slideExpression(counts, config.steps, options);
  const sections = slides.map((slide, i): Section => {
    const parts = { x: rows[i]!, pos: inMemory(slide.centres), img: spotPatches(slide, config.patch) };
    const { name, spots } = slide;
    return Object.freeze({ name, time: -1, split: split[i]!, rows: spots.length, parts, labels: {} });
  });
  return {
    spec: {
      name: stimage.name,
      parts: {
        x: { shape: [genes.length], unit: `counts after ${config.steps}`, names: genes },
        pos: { shape: [2], unit: "px of the slide's image", names: ["x", "y"] },
        img: {
          shape: [config.patch, config.patch, 3],
          unit: "grey values, 0 to 255",
          names: ["red", "green", "blue"],
        },
      },
      times: [],
      labels: {},
    },
    sections,
    citation: CITATION,
    source: options.location,
    notes: ["The splits and gene lists of the paper were not released: these are others", NO_LABELS],
  };
}

/** Slides of STImage-1K4M with a patch per spot; genes are chosen on the training slides. */
export const stimage: Dataset<StimageConfig> = Object.freeze({
  name: "stimage-1k4m",
  description: "STImage-1K4M slides: a patch and the variable genes of each spot, slides held out; needs --data FOLDER",
  defaults: DEFAULTS,
  check: ({ steps, patch }: StimageConfig): readonly string[] => [
    ...checkSteps(steps),
    ...checkWhole("patch", patch, 1, 4096),
  ],
  load,
});
