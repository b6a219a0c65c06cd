/**
 * STImage-1K4M: slides with an image and the expression of each spot, as in the STFlow paper.
 *
 * Source: `github.com/JiawenChenn/STimage-1K4M` and Hugging Face `jiawennnn/STimage-1K4M`, one folder per technology
 * (ST, Visium, VisiumHD).
 * Keys: `image/{slide}.png`; `coord/{slide}_coord.csv` (barcode, `yaxis`, `xaxis`, `r` = radius of a spot, px of the image);
 * `gene_exp/{slide}_count.csv` (spots x genes, counts). The papers' splits and gene lists were not released.
 * Checksums: unknown, the files could not be had where this was written. Licence: see the record.
 *
 * @module
 */

import {
  type AnnData,
  type Citation,
  type Data,
  DataError,
  inMemory,
  rng,
  type Section,
  type SparseMatrix,
} from "../core/mod.ts";
import { checkWhole } from "../core/config/check.ts";
import { denseRows, joinRows } from "./matrix.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { needsData } from "./needs_data.ts";
import { parseSteps } from "./preprocess/grammar.ts";
import { prepare } from "./preprocess/pipeline.ts";
import { collectRows, streamOf } from "./preprocess/stream_table.ts";
import { splitOf } from "./split.ts";
import { readStimageSlide, spotPatches, type StimageSlide } from "./stimage_slide.ts";
import { NO_LABELS } from "./tissue.ts";

/** Configuration of STImage-1K4M. */
export interface StimageConfig {
  /** Slides to use; empty means all in the folder. */
  readonly slides: readonly string[];
  /** Slides that are never used to fit anything; empty draws a tenth of them, at least one, by the seed. */
  readonly holdOut: readonly string[];
  /** Preprocessing of the counts, as `deno task data prepare` takes it. */
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

async function slideNames(folder: string, wanted: readonly string[]): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(`${folder}/gene_exp`)) {
      if (name.endsWith("_count.csv")) names.push(name.slice(0, -"_count.csv".length));
    }
  } catch (cause) {
    throw new DataError(`Cannot read folder ${folder}/gene_exp: ${(cause as Error).message}`, { cause });
  }
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new DataError(`Cannot find slide "${unknown}" in ${folder}/gene_exp`);
  const chosen = wanted.length === 0 ? names.sort() : wanted;
  if (chosen.length >= 2) return chosen;
  throw new DataError(`Cannot hold out a slide: ${folder} has ${chosen.length} to use, expected at least 2`);
}

/** A tenth of the slides, at least one. */
function drawn(names: readonly string[], seed: number): readonly string[] {
  const count = Math.max(1, Math.round(0.1 * names.length));
  return Array.from(rng(seed).fold("stimage").host.choice(names.length, count), (i) => names[i]!).sort();
}

/** Counts of one slide over other genes. */
function overGenes({ counts, genes }: StimageSlide, wanted: readonly string[]): SparseMatrix {
  const place = new Map(wanted.map((gene, i) => [gene, i]));
  const column = genes.map((gene) => place.get(gene) ?? -1);
  const kept = Array.from(counts.indices.keys()).filter((at) => column[counts.indices[at]!]! >= 0);
  let next = 0;
  const indptr = Int32Array.from(counts.indptr, (start) => {
    while (next < kept.length && kept[next]! < start) next++;
    return next;
  });
  return {
    kind: "csr",
    shape: [counts.shape[0], wanted.length],
    indptr,
    indices: Int32Array.from(kept, (at) => column[counts.indices[at]!]!),
    data: Float32Array.from(kept, (at) => counts.data[at]!),
  };
}

function joined(slides: readonly StimageSlide[]): AnnData {
  const sets = slides.slice(1).map(({ genes }) => new Set(genes));
  const genes = slides[0]!.genes.filter((gene) => sets.every((set) => set.has(gene)));
  if (genes.length === 0) throw new DataError(`Cannot join ${slides.length} slides: they have no gene in common`);
  return {
    obs: {
      index: slides.flatMap(({ name, spots }) => spots.map((spot) => `${name}/${spot}`)),
      columns: { slide: slides.flatMap(({ name, spots }) => spots.map(() => name)) },
    },
    var: { index: genes, columns: {} },
    X: joinRows(slides.map((slide) => overGenes(slide, genes))),
    layers: {},
    obsm: {},
    varm: {},
    obsp: {},
    uns: {},
  };
}

async function load(config: StimageConfig, options: LoadOptions): Promise<Data> {
  if (options.location === undefined) {
    const what = "the folder of one technology, with image, coord and gene_exp (github.com/JiawenChenn/STimage-1K4M)";
    throw needsData(stimage.name, what, "mouse-olfactory-bulb-st-he");
  }
  const folder = options.location.replace(/\/+$/, "");
  const names = await slideNames(folder, config.slides);
  const held = config.holdOut.length === 0 ? drawn(names, options.seed) : config.holdOut;
  if (config.holdOut.length === 0) options.note(`Held out by the seed: ${held.join(", ")}`);
  const split = splitOf(names, held);
  const slides: StimageSlide[] = [];
  for (const name of names) slides.push(await readStimageSlide(folder, name));
  const train = Uint8Array.from(slides.flatMap(({ spots }, i) => spots.map(() => Number(split[i] === "train"))));
  const steps = parseSteps(config.steps);
  const table = await prepare({ ...streamOf(joined(slides)), train }, steps, {
    seed: options.seed,
    note: options.note,
  });
  if (table.obs.index.length !== train.length) {
    throw new DataError(`Cannot use steps "${config.steps}": they leave out spots, which have an image each`);
  }
  const X = await collectRows(table.X);
  let first = 0;
  const sections = slides.map((slide, i): Section => {
    const rows = Int32Array.from(slide.spots, (_, row) => first + row);
    first += rows.length;
    const parts = {
      x: inMemory(denseRows(X, rows)),
      pos: inMemory(slide.centres),
      img: spotPatches(slide, config.patch),
    };
    return Object.freeze({ name: slide.name, time: -1, split: split[i]!, rows: rows.length, parts, labels: {} });
  });
  const genes = table.var.index;
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

function check({ steps, patch }: StimageConfig): readonly string[] {
  try {
    parseSteps(steps);
  } catch (error) {
    return [`steps is "${steps}": ${(error as Error).message}`];
  }
  return checkWhole("patch", patch, 1, 4096);
}

/** Slides of STImage-1K4M with a patch per spot; genes are chosen on the training slides. */
export const stimage: Dataset<StimageConfig> = Object.freeze({
  name: "stimage-1k4m",
  description: "STImage-1K4M slides: a patch and the variable genes of each spot, slides held out; needs --data FOLDER",
  defaults: DEFAULTS,
  check,
  load,
});
