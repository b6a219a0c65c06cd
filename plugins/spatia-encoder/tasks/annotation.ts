import {
  adjustedRandIndex,
  type Classification,
  classification,
  concatRows,
  type HostArray,
  kMeans,
  type KMeansResult,
  kNearest,
  type Rng,
} from "../../../core/mod.ts";
import { fitLogistic } from "../probes/logistic.ts";
import { sharedInformation } from "../probes/mutual_information.ts";
import type { SpatiaSection } from "../sections.ts";
import { meanOf, type ProbeSplit } from "./imputation.ts";
import type { Representation } from "./representations.ts";

/** Cells with the categories that they are to get. */
export interface LabelledCells {
  /** Name of the label. */
  readonly label: string;
  /** Its categories. */
  readonly categories: readonly string[];
  /** Category of each cell of each section; -1 where it is missing. */
  readonly codes: readonly Int32Array[];
}

/**
 * Take a label of all sections.
 *
 * @param sections The sections.
 * @param label Its name.
 * @param categories Its categories.
 * @returns Categories of the cells.
 */
export function labelledCells(
  sections: readonly SpatiaSection[],
  label: string,
  categories: readonly string[],
): LabelledCells {
  return { label, categories, codes: sections.map(({ labels }) => labels[label]!) };
}

function joinCodes(codes: readonly Int32Array[]): Int32Array {
  return Int32Array.from(codes.flatMap((each) => [...each]));
}

/** How well categories are told. */
export interface Annotation extends Pick<Classification, "weighted" | "macro"> {
  /** Predicted category of each cell of the measured sections, section by section. */
  readonly predicted: readonly Int32Array[];
}

/**
 * Tell the categories of cells by logistic regression on a frozen representation, fitted on the training sections.
 *
 * @param representation Vectors of all sections.
 * @param cells Categories.
 * @param split Which sections.
 * @returns Scores over the labelled cells of all measured sections.
 * @throws {DataError} If too few cells have a category.
 */
export function annotate(
  { sections }: Pick<Representation, "sections">,
  { codes, categories }: LabelledCells,
  { training, measured }: ProbeSplit,
): Annotation {
  const of = <T>(rows: readonly number[], values: readonly T[]): T[] => rows.map((i) => values[i]!);
  const classes = categories.length;
  const fitted = fitLogistic(concatRows(of(training, sections)), joinCodes(of(training, codes)), classes);
  const predicted = of(measured, sections).map((z) => fitted.predict(z));
  const { weighted, macro } = classification(joinCodes(of(measured, codes)), joinCodes(predicted), classes);
  return { weighted, macro, predicted };
}

/**
 * Weighted F1 of calling every cell by the most frequent category of the training sections.
 *
 * @param cells Categories.
 * @param split Which sections.
 * @returns Weighted and macro F1.
 */
export function majorityAnnotation(
  { codes, categories }: LabelledCells,
  { training, measured }: ProbeSplit,
): { readonly weighted: number; readonly macro: number } {
  const counts = new Float64Array(categories.length);
  for (const i of training) for (const code of codes[i]!) if (code >= 0) counts[code]!++;
  const most = counts.indexOf(Math.max(...counts));
  const truth = joinCodes(measured.map((i) => codes[i]!));
  const { weighted, macro } = classification(truth, new Int32Array(truth.length).fill(most), categories.length);
  return { weighted: weighted.f1, macro: macro.f1 };
}

/** Agreement of clusters with categories. */
export interface Clustering {
  /** Adjusted Rand index, mean over sections. */
  readonly ari: number;
  /** Normalized mutual information, mean over sections. */
  readonly nmi: number;
}

function bestKMeans(points: HostArray, k: number, starts: number, rng: Rng): KMeansResult {
  const found = Array.from({ length: starts }, (_, start) => kMeans(points, k, rng.fold(start).host));
  return found.reduce((best, next) => next.inertia < best.inertia ? next : best);
}

/**
 * Cluster the cells of each measured section by k-means with as many clusters as it has categories.
 *
 * @param representation Vectors of all sections.
 * @param cells Categories.
 * @param split Which sections.
 * @param starts Starts of k-means, of which the best is taken.
 * @param rng Stream.
 * @returns Agreement; undefined if no measured section has two categories.
 */
export function cluster(
  { sections }: Pick<Representation, "sections">,
  { codes }: LabelledCells,
  { measured }: ProbeSplit,
  starts: number,
  rng: Rng,
): Clustering | undefined {
  const scores = measured.flatMap((i) => {
    const own = codes[i]!;
    const k = new Set(own.filter((code) => code >= 0)).size;
    if (k < 2 || k > sections[i]!.shape[0]!) return [];
    const { assignment } = bestKMeans(sections[i]!, k, starts, rng.fold(i));
    return [{ ari: adjustedRandIndex(own, assignment), nmi: sharedInformation(own, assignment).normalized }];
  });
  if (scores.length === 0) return undefined;
  return { ari: meanOf(scores.map(({ ari }) => ari)), nmi: meanOf(scores.map(({ nmi }) => nmi)) };
}

/**
 * How far sections mix: share of a cell's nearest cells that are of other sections, over the share that they have of all
 * cells; 1 where sections cannot be told, 0 where they lie apart.
 *
 * @param representation Vectors of all sections.
 * @param neighbours Nearest cells that are counted.
 * @returns Mean over cells; NaN with a single section.
 */
export function sectionMixing({ sections }: Pick<Representation, "sections">, neighbours: number): number {
  if (sections.length < 2) return NaN;
  const points = concatRows(sections);
  const owner = Int32Array.from(sections.flatMap(({ shape }, i) => Array<number>(shape[0]!).fill(i)));
  const all = owner.length;
  const k = Math.min(neighbours + 1, all);
  const { index } = kNearest(points, points, k);
  let sum = 0;
  for (let i = 0; i < all; i++) {
    const near = Array.from(index.subarray(i * k, (i + 1) * k)).filter((row) => row !== i).slice(0, neighbours);
    const others = near.filter((row) => owner[row] !== owner[i]).length / near.length;
    sum += others / ((all - sections[owner[i]!]!.shape[0]!) / (all - 1));
  }
  return sum / all;
}
