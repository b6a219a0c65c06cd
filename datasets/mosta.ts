/**
 * Mouse organogenesis atlas (MOSTA), all eight stages, as in the GMFlow paper.
 *
 * Source: CNGB STOmicsDB accession STDS0000058, one file per section,
 * `https://ftp.cngb.org/pub/SciRAID/stomics/STDS0000058/stomics/<section>.MOSTA.h5ad` with sections `E9.5_E1S1` to
 * `E16.5_E2S13` (53 in all).
 * Keys: counts `layers/count` (or `counts`), sparse; label `obs/annotation`; coordinates `obsm/spatial`; genes `var` index.
 * `X` is normalised and is not used. Rows are square bins of 50 x 50 capture spots (about 25 µm), not cells.
 * Steps: genes in at least 50 bins, counts per million without logarithm, 2,000 genes that vary most within sections
 * (seurat_v3 on counts), each gene by its deviation, 200 components; the paper states the genes and the cap of 110,000
 * bins, the rest is that of the SEDR tutorials it builds on. The held-out stage has no say in any of it.
 * Checksums: unknown, the files could not be had where this was written. Licence: see the accession.
 *
 * @module
 */

import { type AnnData, type Citation, concatRows, type Data, DataError, rng } from "../core/mod.ts";
import { checkChoice, checkWhole } from "../core/config/check.ts";
import { standardizeByTraining } from "./features.ts";
import { scaleGenes } from "./gene_scale.ts";
import { floatRows } from "./matrix.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { annotationsOfBins, countsOfBins, type MostaFile, openMostaFile } from "./mosta_section.ts";
import { needsData } from "./needs_data.ts";
import { parseSteps, stepByName } from "./preprocess/grammar.ts";
import { prepare } from "./preprocess/pipeline.ts";
import type { StreamTable } from "./preprocess/stream_table.ts";
import { checkSteps } from "./slide_expression.ts";
import { openSourceFolder, type SourceFolder } from "./source_folder.ts";
import { tissueOf, toSections } from "./tissue.ts";

/** Configuration of the atlas. */
export interface MostaConfig {
  /** Sections to use, for example `"E9.5_E1S1"`; empty means all in the folder, or all there are behind an address. */
  readonly sections: readonly string[];
  /** Stages that are never used to fit anything. */
  readonly holdOut: readonly string[];
  /** Bins to keep of each stage, shared among its sections by their sizes. */
  readonly binsPerStage: number;
  /** Preprocessing of the counts before components are found, as `deno task data prep` takes it. */
  readonly steps: string;
  /** `"training"` divides each gene by its standard deviation among the training bins, `"none"` leaves it. */
  readonly scaleGenes: "training" | "none";
  /** Number of components. */
  readonly components: number;
  /** `"none"` for components as they are, `"training"` for standard deviations of the training bins. */
  readonly scaleComponents: "training" | "none";
}

const DEFAULTS: MostaConfig = Object.freeze({
  sections: [],
  holdOut: ["E13.5"],
  binsPerStage: 110_000,
  steps: "qc:min_cells=50,normalize:target=1000000,hvg:n=2000:flavor=seurat_v3:batch=section",
  scaleGenes: "training",
  components: 200,
  scaleComponents: "none",
});

const CITATION: Citation = Object.freeze({
  title: "Spatiotemporal transcriptomic atlas of mouse organogenesis using DNA nanoball-patterned arrays",
  authors: "Chen A. et al.",
  year: 2022,
  venue: "Cell 185, 1777-1792",
  url: "https://doi.org/10.1016/j.cell.2022.04.003",
  source: "CNGB STOmicsDB STDS0000058",
});

/** Sections of each embryo of each stage: how many there are of E1, E2. */
const SECTIONS: Readonly<Record<string, readonly number[]>> = {
  "E9.5": [1, 4],
  "E10.5": [3, 1],
  "E11.5": [4],
  "E12.5": [5, 1],
  "E13.5": [4],
  "E14.5": [5, 2],
  "E15.5": [4, 1],
  "E16.5": [5, 13],
};

/** All sections of the accession, as {@linkcode SECTIONS} counts them. */
function allSections(): readonly string[] {
  return Object.entries(SECTIONS).flatMap(([stage, embryos]) =>
    embryos.flatMap((count, embryo) =>
      Array.from({ length: count }, (_, section) => `${stage}_E${embryo + 1}S${section + 1}`)
    )
  );
}

const FILE_NAME = /^(E\d+\.5_E\d+S\d+)\.MOSTA\.h5ad$/;

async function sectionNames(folder: SourceFolder, wanted: readonly string[]): Promise<readonly string[]> {
  const names = await folder.names("");
  const there = names?.flatMap((name) => FILE_NAME.exec(name)?.[1] ?? []) ?? allSections();
  if (there.length === 0) {
    throw new DataError(`Cannot find sections in ${folder.location}: expected files like E9.5_E1S1.MOSTA.h5ad`);
  }
  const unknown = wanted.find((name) => !there.includes(name));
  if (unknown === undefined) return wanted.length === 0 ? there : wanted;
  throw new DataError(`Cannot find section "${unknown}" in ${folder.location}: there are ${there.join(", ")}`);
}

async function filesIn(folder: SourceFolder, wanted: readonly string[]): Promise<readonly MostaFile[]> {
  const files: MostaFile[] = [];
  for (const name of await sectionNames(folder, wanted)) {
    files.push(await openMostaFile(await folder.file(`${name}.MOSTA.h5ad`), name));
  }
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

/** All bins that are used, with counts that are read as they are needed. */
function joined(files: readonly MostaFile[], cap: number, seed: number): StreamTable {
  const genes = commonGenes(files);
  const chosen = files.map((file) => ({ file, kept: draw(file, files, cap, seed) }));
  const names = chosen.flatMap(({ file, kept }) => Array.from(kept, () => file.section));
  const bins = chosen.map(annotationsOfBins);
  return {
    obs: {
      index: names.map((name, row) => `${name}_${row}`),
      columns: {
        section: names,
        stage: names.map((name) => name.split("_")[0]!),
        annotation: bins.flatMap(({ annotation }) => annotation),
      },
    },
    var: { index: genes, columns: {} },
    X: countsOfBins(chosen, genes),
    layers: {},
    obsm: { spatial: concatRows(bins.map(({ spatial }) => spatial)) },
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
  const files = await filesIn(await openSourceFolder(options.location, options.note), config.sections);
  const unknown = config.holdOut.filter((stage) => !files.some((file) => file.stage === stage));
  if (unknown.length > 0) {
    const known = [...new Set(files.map(({ stage }) => stage))].join(", ");
    throw new DataError(`Cannot hold out stage "${unknown.join('", "')}": the stages are ${known}`);
  }
  const table = joined(files, config.binsPerStage, options.seed);
  const held = files.filter(({ stage }) => config.holdOut.includes(stage)).map(({ section }) => section);
  const section = table.obs.columns["section"] as readonly string[];
  const train = Uint8Array.from(section, (name) => Number(!held.includes(name)));
  const how = { seed: options.seed, note: options.note };
  const normalized = await prepare({ ...table, train }, parseSteps(config.steps), how);
  const scaled = config.scaleGenes === "none" ? normalized : await scaleGenes(normalized);
  const prepared = await prepare(scaled, [stepByName("pca", { components: config.components })], how);
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
  const standard = config.scaleComponents === "training";
  const features = standard ? standardizeByTraining(raw, tissue.sections.map(({ split }) => split)) : raw;
  return {
    spec: {
      name: mosta.name,
      parts: {
        x: {
          shape: [config.components],
          unit: standard ? "standard deviations of the training bins" : "principal components of the counts prepared",
          names: Array.from({ length: config.components }, (_, i) => `PC${i + 1}`),
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

function check(config: MostaConfig): readonly string[] {
  return [
    ...checkSteps(config.steps),
    ...checkWhole("binsPerStage", config.binsPerStage, 1, 10_000_000),
    ...checkChoice("scaleGenes", config.scaleGenes, ["training", "none"]),
    ...checkWhole("components", config.components, 1, 6000),
    ...checkChoice("scaleComponents", config.scaleComponents, ["training", "none"]),
  ];
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
