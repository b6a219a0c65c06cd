import {
  columnStats,
  concatRows,
  DataError,
  fitPca,
  type HostArray,
  hostArray,
  kNearest,
  type NumericArray,
  type Pca,
  projectPca,
  standardize,
} from "../core/mod.ts";

/**
 * Features for cells that have labels but no expression: the share of each label among the nearest cells, the cell
 * itself included. With one neighbour that is the one-hot label.
 *
 * @param points Coordinates `[N, D]` of one section, any unit.
 * @param label Label of each cell, `[N]`; -1 where it is missing, which counts for no label.
 * @param labels Number of labels C.
 * @param neighbours Cells to average over; all of them if the section has fewer.
 * @returns Shares in [0, 1], `[N, C]`.
 */
export function labelShares(
  points: HostArray<NumericArray>,
  label: Int32Array,
  labels: number,
  neighbours: number,
): HostArray {
  const rows = label.length;
  const k = Math.min(neighbours, rows);
  const { index } = kNearest(points, points, k);
  const shares = new Float32Array(rows * labels);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < k; j++) {
      const found = label[index[i * k + j]!]!;
      if (found >= 0) shares[i * labels + found]! += 1 / k;
    }
  }
  return hostArray(shares, [rows, labels]);
}

/**
 * Fit principal components.
 *
 * @param training Raw columns of each training section, `[N, G]`.
 * @param components Number of components C; 0 keeps the columns as they are.
 * @returns The components, or undefined for 0.
 * @throws {DataError} If there are fewer columns or cells than components.
 */
export function fitComponents(training: readonly HostArray[], components: number): Pca | undefined {
  if (components === 0) return undefined;
  const joined = concatRows(training);
  const most = Math.min(joined.shape[0]!, joined.shape[1]!);
  if (components > most) {
    throw new DataError(
      `Cannot find ${components} components in ${joined.shape[0]} training cells x ${joined.shape[1]} columns: ` +
        `set dataset.config.components to at most ${most}`,
    );
  }
  return fitPca(joined, components);
}

/**
 * z-score features by the cells of the training sections.
 *
 * @param features Features of each section, `[N, C]`.
 * @param split Split of each section.
 * @returns Features of each section in standard deviations of the training cells.
 */
export function standardizeByTraining(
  features: readonly HostArray[],
  split: readonly ("train" | "test")[],
): readonly HostArray[] {
  const stats = columnStats(concatRows(features.filter((_, i) => split[i] === "train")));
  return features.map((values) => standardize(values, stats));
}

/**
 * Project on components fitted to the training sections, then z-score by the training cells.
 *
 * @param raw Raw columns of each section, `[N, G]`.
 * @param split Split of each section.
 * @param components Number of components C; 0 keeps the columns as they are.
 * @returns Features of each section, `[N, C]`, in standard deviations of the training cells.
 * @throws {DataError} If there are fewer columns or cells than components.
 */
export function trainingFeatures(
  raw: readonly HostArray[],
  split: readonly ("train" | "test")[],
  components: number,
): readonly HostArray[] {
  const pca = fitComponents(raw.filter((_, i) => split[i] === "train"), components);
  return standardizeByTraining(pca === undefined ? raw : raw.map((values) => projectPca(pca, values)), split);
}
