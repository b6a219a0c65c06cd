import type { HostArray, NumericArray } from "../host_array.ts";

function columnsOf(predicted: HostArray<NumericArray>, expected: HostArray<NumericArray>): [number, number] {
  if (predicted.shape.length === 2 && predicted.shape.join() === expected.shape.join()) {
    return predicted.shape as [number, number];
  }
  throw new TypeError(
    `Cannot correlate predictions of shape [${predicted.shape}] with true values of shape [${expected.shape}]: expected ` +
      "one shape [N, G]",
  );
}

function column({ data, shape }: HostArray<NumericArray>, at: number): Float64Array {
  return Float64Array.from({ length: shape[0]! }, (_, row) => data[row * shape[1]! + at]!);
}

/** Correlation of two vectors; NaN if one is constant. */
function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [aa, ab, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - meanA, b[i]! - meanB];
    aa += x * x;
    ab += x * y;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : NaN;
}

/** Ranks from 1; ties share their mean rank. */
function ranks(values: Float64Array): Float64Array {
  const order = Array.from(values.keys()).sort((i, j) => values[i]! - values[j]!);
  const out = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to++;
    for (let i = from; i <= to; i++) out[order[i]!] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return out;
}

/**
 * Pearson correlation of each column over the rows.
 *
 * @example Usage
 * ```ts
 * import { hostArray, pearsonByColumn } from "@morphogen/morphogen";
 *
 * const a = hostArray(Float32Array.of(1, 2, 4), [3, 1]);
 * if (pearsonByColumn(a, a)[0]! < 0.999999) throw new Error("a column agrees with itself");
 * ```
 *
 * @param predicted Predictions `[N, G]`.
 * @param expected True values, same shape.
 * @returns Correlations `[G]`; NaN where a column of either is constant.
 * @throws {TypeError} If the shapes differ or are no matrices.
 */
export function pearsonByColumn(predicted: HostArray<NumericArray>, expected: HostArray<NumericArray>): Float64Array {
  const [, genes] = columnsOf(predicted, expected);
  return Float64Array.from({ length: genes }, (_, j) => correlation(column(predicted, j), column(expected, j)));
}

/**
 * Spearman rank correlation of each column over the rows; ties share their mean rank.
 *
 * @param predicted Predictions `[N, G]`.
 * @param expected True values, same shape.
 * @returns Correlations `[G]`; NaN where a column of either is constant.
 * @throws {TypeError} If the shapes differ or are no matrices.
 */
export function spearmanByColumn(predicted: HostArray<NumericArray>, expected: HostArray<NumericArray>): Float64Array {
  const [, genes] = columnsOf(predicted, expected);
  return Float64Array.from(
    { length: genes },
    (_, j) => correlation(ranks(column(predicted, j)), ranks(column(expected, j))),
  );
}

/** Errors of each column. */
export interface ColumnErrors {
  /** Mean squared error, `[G]`. */
  readonly squared: Float64Array;
  /** Share of the variance that is explained, 1 - SSE / SST, `[G]`; NaN where the truth is constant. */
  readonly explained: Float64Array;
}

/**
 * Squared error and explained variance of each column.
 *
 * @param predicted Predictions `[N, G]`.
 * @param expected True values, same shape.
 * @returns Both, `[G]`.
 * @throws {TypeError} If the shapes differ or are no matrices.
 */
export function errorsByColumn(predicted: HostArray<NumericArray>, expected: HostArray<NumericArray>): ColumnErrors {
  const [rows, genes] = columnsOf(predicted, expected);
  const squared = new Float64Array(genes);
  const explained = new Float64Array(genes);
  for (let j = 0; j < genes; j++) {
    const [got, truth] = [column(predicted, j), column(expected, j)];
    const mean = truth.reduce((sum, value) => sum + value, 0) / rows;
    const total = truth.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const error = truth.reduce((sum, value, i) => sum + (value - got[i]!) ** 2, 0);
    squared[j] = error / rows;
    explained[j] = total > 0 ? 1 - error / total : NaN;
  }
  return { squared, explained };
}
