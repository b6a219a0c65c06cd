import { errorsByColumn, type HostArray, hostArray, pearsonByColumn, type Rng } from "../../../core/mod.ts";
import { fitRidge } from "../probes/ridge.ts";
import { type SpatiaSection, withCounts } from "../sections.ts";
import type { Representation } from "./representations.ts";

/** How well genes are predicted. */
export interface GeneScores {
  /** Pearson correlation of each gene over the cells of a section, 0 where one side is constant, `[G]`, section by section. */
  readonly perGene: readonly Float64Array[];
  /** Their mean over genes, then sections. */
  readonly pearson: number;
  /** Root mean squared error over cells and genes, mean over sections. */
  readonly rmse: number;
}

/** Predictions of the sections that are measured, with their scores. */
export interface Imputed extends GeneScores {
  /** Predictions, `[N, G]` each. */
  readonly predicted: readonly HostArray[];
}

/**
 * Average numbers.
 *
 * @param values At least one.
 * @returns The mean.
 */
export function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Score predictions of genes.
 *
 * @param predicted Predictions, `[N, G]`, section by section.
 * @param truth Measured values.
 * @returns Scores.
 */
export function geneScores(predicted: readonly HostArray[], truth: readonly HostArray[]): GeneScores {
  const perGene = predicted.map((values, i) =>
    pearsonByColumn(values, truth[i]!).map((r) => Number.isFinite(r) ? r : 0)
  );
  return {
    perGene,
    pearson: meanOf(perGene.map(meanOf)),
    rmse: meanOf(predicted.map((values, i) => Math.sqrt(meanOf(errorsByColumn(values, truth[i]!).squared)))),
  };
}

/** Which sections probes are fitted on, and which they are measured on. */
export interface ProbeSplit {
  /** Rows in the list of sections. */
  readonly training: readonly number[];
  /** Rows in the list of sections. */
  readonly measured: readonly number[];
}

/**
 * Split sections for probes: fitted on training sections, measured on held-out ones, or on the same where none is.
 *
 * @param sections All sections.
 * @returns Rows of both.
 */
export function probeSplit(sections: readonly Pick<SpatiaSection, "split">[]): ProbeSplit {
  const of = (split: "train" | "test"): number[] => [...sections.keys()].filter((i) => sections[i]!.split === split);
  const [training, test] = [of("train"), of("test")];
  return { training, measured: test.length > 0 ? test : training };
}

/**
 * Predict values of cells from a representation by ridge regression that is fitted on the training sections.
 *
 * @param representation Vectors of all sections.
 * @param values What is predicted, `[N, G]`, section by section.
 * @param split Which sections.
 * @returns Predictions of the measured sections, with scores.
 */
export function impute(
  { sections }: Pick<Representation, "sections">,
  values: readonly HostArray[],
  { training, measured }: ProbeSplit,
): Imputed {
  const ridge = fitRidge(training.map((i) => ({ x: sections[i]!, y: values[i]! })));
  const predicted = measured.map((i) => ridge.predict(sections[i]!));
  return { predicted, ...geneScores(predicted, measured.map((i) => values[i]!)) };
}

/** A section with some counts emptied. */
export interface EmptiedSection {
  /** The section as a network may see it. */
  readonly section: SpatiaSection;
  /** 1 for counts that were emptied, `[N V]`. */
  readonly gone: Uint8Array;
}

/**
 * Empty some of the non-zero counts of a section.
 *
 * @param section The section.
 * @param share Share that goes.
 * @param rng Stream.
 * @returns The section without them.
 */
export function emptied(section: SpatiaSection, share: number, rng: Rng): EmptiedSection {
  const { data, shape } = section.counts;
  const draws = rng.host.uniform(data.length);
  const gone = Uint8Array.from(data, (count, at) => Number(count > 0 && draws[at]! < share));
  const left = data.map((count, at) => gone[at] === 1 ? 0 : count);
  return { section: withCounts(section, hostArray(left, shape)), gone };
}

/** Fewest emptied counts of a gene for a correlation. */
const FEWEST = 10;

/**
 * Score predictions of emptied counts: correlation of each gene over the cells in which it was emptied.
 *
 * @param predicted Predictions, `[N, V]`.
 * @param truth Measured values, `[N, V]`.
 * @param gone 1 for emptied counts, `[N V]`.
 * @returns Mean over genes with at least ten of them; 0 where one side is constant, NaN if there is no such gene.
 */
export function emptiedPearson(predicted: HostArray, truth: HostArray, gone: Uint8Array): number {
  const [rows, genes] = truth.shape as [number, number];
  const found: number[] = [];
  for (let g = 0; g < genes; g++) {
    const cells = Array.from({ length: rows }, (_, i) => i * genes + g).filter((at) => gone[at] === 1);
    if (cells.length < FEWEST) continue;
    const column = ({ data }: HostArray): HostArray =>
      hostArray(Float32Array.from(cells, (at) => data[at]!), [cells.length, 1]);
    const [r] = pearsonByColumn(column(predicted), column(truth));
    found.push(Number.isFinite(r) ? r! : 0);
  }
  return found.length === 0 ? NaN : meanOf(found);
}

/**
 * A section as it would be with fewer counts: of each count about a share stays, drawn one by one.
 *
 * @param section The section.
 * @param share Share that stays.
 * @param rng Stream.
 * @returns The section; what is to be predicted stays as it was measured.
 */
export function shallow(section: SpatiaSection, share: number, rng: Rng): SpatiaSection {
  const { data, shape } = section.counts;
  const draws = rng.host.uniform(data.reduce((sum, count) => sum + count, 0));
  let next = 0;
  const left = data.map((count) => {
    let kept = 0;
    for (let n = 0; n < count; n++) kept += Number(draws[next++]! < share);
    return kept;
  });
  return withCounts(section, hostArray(left, shape));
}
