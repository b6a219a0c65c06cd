import type { Metric, Trained } from "../../core/mod.ts";
import type { SpatiaEncoderConfig } from "./config.ts";
import type { SpatiaEncoderSamples } from "./samples.ts";
import { majorityAnnotation, sectionMixing } from "./tasks/annotation.ts";
import { GENES_ALONE, IMAGES_ALONE, OWN } from "./tasks/representations.ts";
import type { ByName, TaskResults } from "./tasks/results.ts";

/** A metric whose value is the network's, beside the same of all others. */
function metricOf<T>(
  name: string,
  better: Metric["better"],
  description: string,
  results: ByName<T>,
  of: (result: T) => number,
  own: string = OWN,
  more: ByName<number> = {},
): readonly Metric[] {
  const value = results[own];
  if (value === undefined || !Number.isFinite(of(value))) return [];
  const others = Object.entries(results).filter(([key]) => key !== own).map(([key, each]) => [key, of(each)] as const);
  return [{ name, value: of(value), better, description, anchors: { ...Object.fromEntries(others), ...more } }];
}

/** Shares that are found by chance. */
function chance(candidates: TaskResults["candidates"]): { readonly top1: number; readonly top10: number } {
  const count = 1 + (candidates[0]?.[0]?.length ?? 0);
  return { top1: 1 / count, top10: Math.min(1, 10 / count) };
}

function retrievalMetrics({ hiddenGenes, imageToGenes, genesToImage, candidates }: TaskResults): readonly Metric[] {
  const luck = chance(candidates);
  const among = `among ${1 + (candidates[0]?.[0]?.length ?? 0)} cells of a section`;
  const both = (name: string, description: string, results: TaskResults["hiddenGenes"]): readonly Metric[] => [
    ...metricOf(
      `${name}-top1`,
      "higher",
      `share of cells whose ${description} comes first ${among}`,
      results,
      ({ top1 }) => top1,
      OWN,
      { chance: luck.top1 },
    ),
    ...metricOf(
      `${name}-top10`,
      "higher",
      `share of cells whose ${description} is among the first ten ${among}`,
      results,
      ({ top10 }) => top10,
      OWN,
      { chance: luck.top10 },
    ),
  ];
  return [
    ...both(
      "retrieval/hidden-genes",
      "measured profile of genes that the network never saw, searched by what ridge regression predicts of it,",
      hiddenGenes,
    ),
    ...both("retrieval/image-to-expression", "expression, searched by its image,", imageToGenes),
    ...both("retrieval/expression-to-image", "image, searched by its expression,", genesToImage),
  ];
}

function labelMetrics({ cells, split, annotation, clusters }: TaskResults): readonly Metric[] {
  if (cells === undefined) return [];
  const majority = majorityAnnotation(cells, split);
  const told = `F1 of ${cells.label} told by logistic regression on frozen vectors of the training sections`;
  const found = `of ${cells.label} and k-means clusters, as many as a section has categories, mean over sections`;
  const most = "most frequent category";
  return [
    ...metricOf(
      "annotation/weighted-f1",
      "higher",
      `${told}, weighted by how often categories occur`,
      annotation,
      ({ weighted }) => weighted.f1,
      OWN,
      { [most]: majority.weighted },
    ),
    ...metricOf(
      "annotation/macro-f1",
      "higher",
      `${told}, mean over categories`,
      annotation,
      ({ macro }) => macro.f1,
      OWN,
      { [most]: majority.macro },
    ),
    ...metricOf("clustering/ari", "higher", `adjusted Rand index ${found}`, clusters, ({ ari }) => ari),
    ...metricOf("clustering/nmi", "higher", `normalized mutual information ${found}`, clusters, ({ nmi }) => nmi),
  ];
}

/**
 * Measure representations: what the network makes of everything it sees, beside what it makes of one modality, its noise
 * floor, and what takes no network.
 *
 * @param results What the tasks found.
 * @param samples Representations.
 * @param config How mixing is counted.
 * @param trained Where to note what must stand beside the results.
 * @returns Metrics in the order of the report.
 */
export function evaluateSpatiaEncoder(
  results: TaskResults,
  { sections, representations }: SpatiaEncoderSamples,
  { tasks }: Pick<SpatiaEncoderConfig, "tasks">,
  trained: Pick<Trained, "note">,
): readonly Metric[] {
  const { imputed, shallow, emptied, predictedGenes, predictedImages } = results;
  if (sections.every(({ split }) => split === "train")) {
    trained.note("no section is held out: probes are measured on the cells that they were fitted on");
  }
  const missing = sections.reduce(
    (sum, { images }) => sum + (images?.present.reduce((gone, there) => gone + Number(there === 0), 0) ?? 0),
    0,
  );
  if (missing > 0) {
    trained.note(`${missing} cells have no image (a single colour): they are embedded by their counts alone`);
  }
  const hidden = "genes that the network never saw, predicted by ridge regression fitted on the training sections";
  const mixing = Object.fromEntries(
    representations.filter(({ name }) => !/shuffled/.test(name)).map((each) => [
      each.name,
      sectionMixing(each, tasks.mixing),
    ]),
  );
  return [
    ...metricOf(
      "imputation/pearson",
      "higher",
      `Pearson correlation over the cells of a section of ${hidden}, mean over genes and sections`,
      imputed,
      ({ pearson }) => pearson,
    ),
    ...metricOf(
      "imputation/rmse",
      "lower",
      `root mean squared error of ${hidden}, in ln(1 + 10,000 x / total)`,
      imputed,
      ({ rmse }) => rmse,
    ),
    ...metricOf(
      "imputation/shallow-pearson",
      "higher",
      `the same as imputation/pearson from ${100 * tasks.depth} % of the counts`,
      shallow,
      ({ pearson }) => pearson,
    ),
    ...metricOf(
      "imputation/emptied-pearson",
      "higher",
      "Pearson correlation over cells of counts that were emptied before embedding, predicted by ridge regression, mean " +
        "over genes with at least ten of them",
      emptied,
      (value) => value,
    ),
    ...retrievalMetrics(results),
    ...metricOf(
      "prediction/image-to-expression",
      "higher",
      "Pearson correlation of seen genes predicted from images by ridge regression, mean over genes and sections",
      predictedGenes,
      (value) => value,
      IMAGES_ALONE,
    ),
    ...metricOf(
      "prediction/expression-to-image",
      "higher",
      "Pearson correlation of the first ten principal components of images predicted from expression by ridge regression",
      predictedImages,
      (value) => value,
      GENES_ALONE,
    ),
    ...labelMetrics(results),
    ...metricOf(
      "section-mixing",
      "higher",
      `share of a cell's ${tasks.mixing} nearest cells that are of other sections, over their share of all cells`,
      mixing,
      (value) => value,
    ),
  ];
}
