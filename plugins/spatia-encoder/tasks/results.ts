import { columnStats, type HostArray, type Rng, standardize } from "../../../core/mod.ts";
import { embedSection, type SpatiaEmbedder } from "../embed.ts";
import type { SpatiaEncoderSamples } from "../samples.ts";
import type { SpatiaSection } from "../sections.ts";
import {
  annotate,
  type Annotation,
  cluster,
  type Clustering,
  type LabelledCells,
  labelledCells,
} from "./annotation.ts";
import {
  emptied,
  emptiedPearson,
  impute,
  type Imputed,
  meanOf,
  type ProbeSplit,
  probeSplit,
  shallow,
} from "./imputation.ts";
import {
  geneReferences,
  GENES_ALONE,
  IMAGES_ALONE,
  logExpression,
  OWN,
  type Representation,
} from "./representations.ts";
import { drawCandidates, type Retrieval, retrieve, withinSection } from "./retrieval.ts";

/** One result per representation, by its name. */
export type ByName<T> = Readonly<Record<string, T>>;

/** Retrieval over all measured sections. */
export interface Found {
  /** Mean share of cells whose partner comes first. */
  readonly top1: number;
  /** Mean share of cells whose partner is among the first ten. */
  readonly top10: number;
  /** Section by section. */
  readonly sections: readonly Retrieval[];
}

/** Retrieval with the vectors that it went by. */
export interface FoundBetween extends Found {
  /** Vectors of the cells that search, `[N, D]`, section by section. */
  readonly queries: readonly HostArray[];
  /** Vectors of what they search, `[N, D]`. */
  readonly keys: readonly HostArray[];
}

/** What all tasks found. */
export interface TaskResults {
  /** Which sections probes were fitted and measured on. */
  readonly split: ProbeSplit;
  /** Candidates of each cell of each measured section. */
  readonly candidates: readonly (readonly Int32Array[])[];
  /** Genes that the network never saw; none if no gene is hidden. */
  readonly imputed: ByName<Imputed>;
  /** The same from a share of the counts; none if the network sees no counts. */
  readonly shallow: ByName<Imputed>;
  /** Emptied counts of genes that it sees; none if it sees no counts. */
  readonly emptied: ByName<number>;
  /** A cell's hidden genes found among other cells' by what is predicted of them. */
  readonly hiddenGenes: ByName<Found>;
  /** A cell's expression found from its image; none with one modality. */
  readonly imageToGenes: ByName<FoundBetween>;
  /** A cell's image found from its expression. */
  readonly genesToImage: ByName<FoundBetween>;
  /** Expression predicted from images. */
  readonly predictedGenes: ByName<number>;
  /** Principal components of images predicted from expression. */
  readonly predictedImages: ByName<number>;
  /** Label, if the data have one. */
  readonly cells?: LabelledCells;
  /** Categories told by logistic regression. */
  readonly annotation: ByName<Annotation>;
  /** Agreement of clusters with categories. */
  readonly clusters: ByName<Clustering>;
}

function byName<T>(
  representations: readonly Representation[],
  of: (representation: Representation) => T | undefined,
): ByName<T> {
  const found = representations.flatMap((each) => {
    const made = of(each);
    return made === undefined ? [] : [[each.name, made] as const];
  });
  return Object.fromEntries(found);
}

function foundIn(sections: readonly Retrieval[]): Found {
  return {
    top1: meanOf(sections.map(({ top1 }) => top1)),
    top10: meanOf(sections.map(({ top10 }) => top10)),
    sections,
  };
}

/** Representations whose name says that they saw counts, or images. */
function only(representations: readonly Representation[], names: readonly string[]): readonly Representation[] {
  return representations.filter(({ name }) => names.includes(name));
}

/** What images alone, and counts alone, are compared with. */
const OF_IMAGES = [IMAGES_ALONE, "image PCs", "image PCs + niche means"];
const OF_GENES = [GENES_ALONE, "expression PCs", "expression PCs + niche means"];
/** Components of images that are predicted. */
const IMAGE_COMPONENTS = 10;

/** Representations of sections whose counts were changed: the network's, and principal components. */
async function changedRepresentations(
  embedder: SpatiaEmbedder,
  sections: readonly SpatiaSection[],
): Promise<readonly Representation[]> {
  const own = async (image: boolean): Promise<HostArray[]> => {
    const made: HostArray[] = [];
    for (const section of sections) made.push((await embedSection(embedder, section, { image, genes: true })).z);
    return made;
  };
  const both = embedder.config.modalities.length > 1;
  return [
    { name: OWN, sections: await own(true) },
    ...(both ? [{ name: GENES_ALONE, sections: await own(false) }] : []),
    ...geneReferences(sections),
  ];
}

/** Predict counts that were emptied, in what the network sees, before it embeds. */
async function emptiedScores(
  embedder: SpatiaEmbedder,
  { sections }: SpatiaEncoderSamples,
  split: ProbeSplit,
  rng: Rng,
): Promise<ByName<number>> {
  const { modalities, tasks } = embedder.config;
  if (!modalities.includes("genes") || tasks.entries === 0) return {};
  const left = sections.map((section, i) => emptied(section, tasks.entries, rng.fold(i)));
  const truth = sections.map(logExpression);
  return byName(await changedRepresentations(embedder, left.map(({ section }) => section)), (each) => {
    const { predicted } = impute(each, truth, split);
    return meanOf(split.measured.map((i, at) => emptiedPearson(predicted[at]!, truth[i]!, left[i]!.gone)));
  });
}

/** Predict hidden genes from few counts. */
async function shallowScores(
  embedder: SpatiaEmbedder,
  { sections }: SpatiaEncoderSamples,
  split: ProbeSplit,
  rng: Rng,
): Promise<ByName<Imputed>> {
  const { modalities, tasks } = embedder.config;
  const hidden = sections.map((section) => section.hidden);
  if (!modalities.includes("genes") || tasks.depth === 1 || hidden[0]!.shape[1] === 0) return {};
  const few = sections.map((section, i) => shallow(section, tasks.depth, rng.fold(i)));
  return byName(await changedRepresentations(embedder, few), (each) => impute(each, hidden, split));
}

/**
 * Cells found by what is predicted of them: predictions and measurements about their own means over the section, so that
 * what all its cells share does not decide, both in the measured standard deviations.
 */
function foundByPrediction(predicted: HostArray, measured: HostArray, candidates: readonly Int32Array[]): Retrieval {
  const { mean, std } = columnStats(measured);
  const queries = standardize(predicted, { mean: columnStats(predicted).mean, std });
  return retrieve(queries, standardize(measured, { mean, std }), candidates);
}

type Candidates = TaskResults["candidates"];

/** Cells found across modalities: by what ridge regression predicts of the other side, and by the contrast's own vectors. */
function crossModal(
  { embedded, representations }: SpatiaEncoderSamples,
  { measured, training }: ProbeSplit,
  candidates: Candidates,
): Pick<TaskResults, "imageToGenes" | "genesToImage"> {
  if (embedded.images === undefined) return { imageToGenes: {}, genesToImage: {} };
  const find = (from: readonly HostArray[], to: readonly HostArray[]): FoundBetween => {
    const within = (values: readonly HostArray[]): readonly HostArray[] =>
      measured.map((i) => withinSection(values[i]!));
    const [queries, keys] = [within(from), within(to)];
    const sections = queries.map((each, at) => retrieve(each, keys[at]!, candidates[at]!));
    return { ...foundIn(sections), queries, keys };
  };
  const of = (name: string): readonly HostArray[] => representations.find((each) => each.name === name)!.sections;
  const mapped = (from: string, to: string): FoundBetween => {
    const sections = of(from);
    const { predicted } = impute({ sections }, of(to), { training, measured: [...sections.keys()] });
    return find(predicted, of(to));
  };
  const [image, genes] = [embedded.all.map((each) => each.image!), embedded.all.map((each) => each.genes!)];
  return {
    imageToGenes: {
      [OWN]: mapped(IMAGES_ALONE, GENES_ALONE),
      "SPATIA, contrast alone": find(image, genes),
      "ridge of PCs": mapped("image PCs + niche means", "expression PCs"),
    },
    genesToImage: {
      [OWN]: mapped(GENES_ALONE, IMAGES_ALONE),
      "SPATIA, contrast alone": find(genes, image),
      "ridge of PCs": mapped("expression PCs + niche means", "image PCs"),
    },
  };
}

/**
 * Do all tasks: probes are fitted on training sections and measured on held-out ones.
 *
 * @param embedder What embeds, for tasks that change what it sees.
 * @param samples Embeddings and representations.
 * @param label Label of the data; absent if there is none.
 * @param rng Stream of what is emptied, candidates and clusters.
 * @returns What was found.
 */
export async function taskResults(
  embedder: SpatiaEmbedder,
  samples: SpatiaEncoderSamples,
  label: { readonly name: string; readonly categories: readonly string[] } | undefined,
  rng: Rng,
): Promise<TaskResults> {
  const { sections, representations } = samples;
  const { tasks } = embedder.config;
  const split = probeSplit(sections);
  const { measured } = split;
  const candidates = measured.map((i) =>
    drawCandidates(sections[i]!.rows, tasks.candidates, rng.fold("candidates").fold(i))
  );
  const hidden = sections.map((section) => section.hidden);
  const imputed = hidden[0]!.shape[1] === 0 ? {} : byName(representations, (each) => impute(each, hidden, split));
  const expression = sections.map(logExpression);
  const pictures = representations.find(({ name }) => name === "image PCs")?.sections.map(({ data, shape }) => {
    const [rows, width] = shape as [number, number];
    const kept = Math.min(IMAGE_COMPONENTS, width);
    const values = Float32Array.from(
      { length: rows * kept },
      (_, at) => data[Math.floor(at / kept) * width + at % kept]!,
    );
    return { data: values, shape: [rows, kept] };
  });
  const cells = label === undefined ? undefined : labelledCells(sections, label.name, label.categories);
  const clusters = rng.fold("clusters");
  return {
    split,
    candidates,
    imputed,
    shallow: await shallowScores(embedder, samples, split, rng.fold("shallow")),
    emptied: await emptiedScores(embedder, samples, split, rng.fold("emptied")),
    hiddenGenes: Object.fromEntries(
      Object.entries(imputed).map(([name, { predicted }]) => [
        name,
        foundIn(predicted.map((values, at) => foundByPrediction(values, hidden[measured[at]!]!, candidates[at]!))),
      ]),
    ),
    ...crossModal(samples, split, candidates),
    predictedGenes: byName(only(representations, OF_IMAGES), (each) => impute(each, expression, split).pearson),
    predictedImages: pictures === undefined
      ? {}
      : byName(only(representations, OF_GENES), (each) => impute(each, pictures, split).pearson),
    ...(cells === undefined ? {} : { cells }),
    annotation: cells === undefined ? {} : byName(representations, (each) => annotate(each, cells, split)),
    clusters: cells === undefined
      ? {}
      : byName(representations, (each) => cluster(each, cells, split, tasks.starts, clusters)),
  };
}
