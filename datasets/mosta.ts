/**
 * Mouse organogenesis atlas (MOSTA), all eight stages, as in the GMFlow paper.
 *
 * Source: CNGB STOmicsDB accession STDS0000058, one file per section,
 * `https://ftp.cngb.org/pub/SciRAID/stomics/STDS0000058/stomics/<section>.MOSTA.h5ad` with sections `E9.5_E1S1` to
 * `E16.5_E2S13` (53 in all).
 * Keys: counts `layers/count` (or `counts`), sparse; label `obs/annotation`; coordinates `obsm/spatial`; genes `var` index.
 * `X` is normalised and is not used. Rows are square bins of 50 x 50 capture spots (about 25 µm), not cells.
 * Checksums: unknown, the files could not be had where this was written. Licence: see the accession.
 *
 * @module
 */

import {
  type AnnData,
  type Citation,
  concatRows,
  type Data,
  DataError,
  type HostArray,
  rng,
  type SparseMatrix,
} from "../core/mod.ts";
import { checkWhole } from "../core/config/check.ts";
import { standardizeByTraining } from "./features.ts";
import { floatRows, joinRows } from "./matrix.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { type MostaFile, openMostaFile, readMostaBins } from "./mosta_section.ts";
import { needsData } from "./needs_data.ts";
import { parseSteps } from "./preprocess/grammar.ts";
import { prepare } from "./preprocess/pipeline.ts";
import { streamOf } from "./preprocess/stream_table.ts";
import { tissueOf, toSections } from "./tissue.ts";

/** Configuration of the atlas. */
export interface MostaConfig {
  /** Stages that are never used to fit anything. */
  readonly holdOut: readonly string[];
  /** Bins to keep of each stage, shared among its sections by their sizes. */
  readonly binsPerStage: number;
  /** Preprocessing of the counts, as `deno task data prepare` takes it; it must end in components. */
  readonly steps: string;
}

const DEFAULTS: MostaConfig = Object.freeze({
  holdOut: ["E13.5"],
  binsPerStage: 110_000,
  steps: "hvg:n=2000:flavor=seurat_v3:batch=section,normalize:target=1000000,log1p,pca:components=50",
});

const CITATION: Citation = Object.freeze({
  title: "Spatiotemporal transcriptomic atlas of mouse organogenesis using DNA nanoball-patterned arrays",
  authors: "Chen A. et al.",
  year: 2022,
  venue: "Cell 185, 1777-1792",
  url: "https://doi.org/10.1016/j.cell.2022.04.003",
  source: "CNGB STOmicsDB STDS0000058",
});

const FILE_NAME = /^E\d+\.5_E\d+S\d+\.MOSTA\.h5ad$/;

async function filesIn(folder: string): Promise<readonly MostaFile[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) if (FILE_NAME.test(name)) names.push(name);
  } catch (cause) {
    throw new DataError(`Cannot read folder ${folder}: ${(cause as Error).message}`, { cause });
  }
  if (names.length === 0) {
    throw new DataError(`Cannot find sections in ${folder}: expected files like E9.5_E1S1.MOSTA.h5ad`);
  }
  const files: MostaFile[] = [];
  for (const name of names.sort()) files.push(await openMostaFile(folder, name));
  return files;
}

/** Bins to keep of a section: all, or a share of the stage's cap by size. */
function draw(file: MostaFile, files: readonly MostaFile[], cap: number, seed: number): Int32Array {
  const stage = files.filter((one) => one.stage === file.stage).reduce((sum, { bins }) => sum + bins, 0);
  const count = stage <= cap ? file.bins : Math.max(1, Math.floor(file.bins * cap / stage));
  return rng(seed).fold("mosta").fold(file.section).host.choice(file.bins, count).sort();
}

function commonGenes(files: readonly MostaFile[]): readonly string[] {
  const sets = files.slice(1).map(({ genes }) => new Set(genes));
  const genes = files[0]!.genes.filter((gene) => sets.every((set) => set.has(gene)));
  if (genes.length > 0) return genes;
  throw new DataError(`Cannot join ${files.length} sections: they have no gene in common`);
}

async function joined(files: readonly MostaFile[], cap: number, seed: number): Promise<AnnData> {
  const genes = commonGenes(files);
  const counts: SparseMatrix[] = [];
  const [spatial, names, annotation]: [HostArray[], string[], string[]] = [[], [], []];
  for (const file of files) {
    const kept = draw(file, files, cap, seed);
    const bins = await readMostaBins(file, kept, genes);
    counts.push(bins.counts);
    spatial.push(bins.spatial);
    annotation.push(...bins.annotation);
    for (let i = 0; i < kept.length; i++) names.push(file.section);
  }
  return {
    obs: {
      index: names.map((name, row) => `${name}_${row}`),
      columns: { section: names, stage: names.map((name) => name.split("_")[0]!), annotation },
    },
    var: { index: genes, columns: {} },
    X: joinRows(counts),
    layers: {},
    obsm: { spatial: concatRows(spatial) },
    varm: {},
    obsp: {},
    uns: {},
  };
}

async function load(config: MostaConfig, options: LoadOptions): Promise<Data> {
  if (options.location === undefined) {
    const what =
      "the folder with the section files E9.5_E1S1.MOSTA.h5ad to E16.5_E2S13.MOSTA.h5ad (STOmicsDB STDS0000058)";
    throw needsData(mosta.name, what, "axolotl-brain-regeneration");
  }
  const files = await filesIn(options.location.replace(/\/+$/, ""));
  const unknown = config.holdOut.filter((stage) => !files.some((file) => file.stage === stage));
  if (unknown.length > 0) {
    const known = [...new Set(files.map(({ stage }) => stage))].join(", ");
    throw new DataError(`Cannot hold out stage "${unknown.join('", "')}": the stages are ${known}`);
  }
  const table = await joined(files, config.binsPerStage, options.seed);
  const held = files.filter(({ stage }) => config.holdOut.includes(stage)).map(({ section }) => section);
  const section = table.obs.columns["section"] as readonly string[];
  const train = Uint8Array.from(section, (name) => Number(!held.includes(name)));
  const steps = parseSteps(config.steps);
  const prepared = await prepare({ ...streamOf(table), train }, steps, { seed: options.seed, note: options.note });
  if (prepared.obsm["X_pca"] === undefined) {
    throw new DataError(`Cannot use steps "${config.steps}": they make no components, end them with pca`);
  }
  const { X: _X, layers: _layers, counts: _counts, train: _train, ...rest } = prepared;
  const ready: AnnData = { ...rest, layers: {} };
  const tissue = tissueOf(ready, {
    time: "stage",
    timeOrder: [],
    timeUnit: "days of embryonic development",
    section: "section",
    label: "annotation",
    spatial: "spatial",
    holdOut: held,
  }, options.note);
  const raw = tissue.sections.map(({ rows }) => floatRows(ready, "X_pca", rows));
  const features = standardizeByTraining(raw, tissue.sections.map(({ split }) => split));
  const components = features[0]!.shape[1]!;
  return {
    spec: {
      name: mosta.name,
      parts: {
        x: {
          shape: [components],
          unit: "standard deviations of the training bins",
          names: Array.from({ length: components }, (_, i) => `PC${i + 1}`),
        },
        pos: { shape: [2], unit: "units of the file", names: ["x", "y"] },
      },
      times: tissue.times,
      labels: { annotation: tissue.labels },
    },
    sections: toSections(tissue, features),
    citation: CITATION,
    source: options.location,
    notes: ["Rows are square bins of about 25 µm, not cells"],
  };
}

function check({ binsPerStage, steps }: MostaConfig): readonly string[] {
  try {
    parseSteps(steps);
  } catch (error) {
    return [`steps is "${steps}": ${(error as Error).message}`];
  }
  return checkWhole("binsPerStage", binsPerStage, 1, 10_000_000);
}

/** Mouse organogenesis, Stereo-seq, eight stages in up to 53 sections; E13.5 is held out. */
export const mosta: Dataset<MostaConfig> = Object.freeze({
  name: "mosta",
  description:
    "Mouse organogenesis (MOSTA, Stereo-seq), 8 stages, up to 53 sections, E13.5 held out; needs --data FOLDER",
  defaults: DEFAULTS,
  check,
  load,
});
