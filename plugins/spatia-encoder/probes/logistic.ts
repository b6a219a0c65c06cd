import { columnStats, DataError, fitPca, type HostArray, standardize } from "../../../core/mod.ts";

/** When fitting stops: the largest entry of the gradient, and most iterations. */
const [SMALL, ITERATIONS] = [1e-4, 5000];

/** A linear classifier. */
export interface LogisticRegression {
  /**
   * Classify rows.
   *
   * @param x Features, `[N, D]`.
   * @returns Class of each row.
   */
  predict(x: HostArray): Int32Array;
}

/** Scores of each class, `[N, C]`; the last row of the weights is the intercept. */
function scoresOf({ data, shape }: HostArray, weights: Float64Array, classes: number): Float64Array {
  const [rows, width] = shape as [number, number];
  const out = new Float64Array(rows * classes);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < classes; k++) out[i * classes + k] = weights[width * classes + k]!;
    for (let j = 0; j < width; j++) {
      const value = data[i * width + j]!;
      for (let k = 0; k < classes; k++) out[i * classes + k]! += value * weights[j * classes + k]!;
    }
  }
  return out;
}

/** Turn scores into probabilities minus the one-hot labels, in place. */
function residuals(scores: Float64Array, labels: Int32Array, classes: number): Float64Array {
  labels.forEach((label, i) => {
    const row = scores.subarray(i * classes, (i + 1) * classes);
    const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
    let total = 0;
    for (let k = 0; k < classes; k++) total += row[k] = Math.exp(row[k]! - most);
    for (let k = 0; k < classes; k++) row[k]! /= total;
    row[label]! -= 1;
  });
  return scores;
}

function gradientOf(x: HostArray, labels: Int32Array, weights: Float64Array, classes: number): Float64Array {
  const [rows, width] = x.shape as [number, number];
  const wrong = residuals(scoresOf(x, weights, classes), labels, classes);
  // The penalty is half the squares of all weights but the intercepts.
  const out = weights.map((weight, at) => at < width * classes ? weight : 0);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= width; j++) {
      const value = j === width ? 1 : x.data[i * width + j]!;
      for (let k = 0; k < classes; k++) out[j * classes + k]! += value * wrong[i * classes + k]!;
    }
  }
  return out;
}

/**
 * Multinomial logistic regression of z-scored features, penalised by half the squared weights (C = 1 of scikit-learn), by
 * accelerated gradient steps that restart when they overshoot (O'Donoghue and Candès 2015).
 *
 * @param raw Features, `[N, D]`.
 * @param labels Class of each row; rows with -1 are left out.
 * @param classes Number of classes.
 * @returns The classifier.
 * @throws {DataError} If fewer than two rows have a class.
 */
export function fitLogistic(raw: HostArray, labels: Int32Array, classes: number): LogisticRegression {
  const known = Array.from(labels.keys()).filter((i) => labels[i]! >= 0);
  if (known.length < 2) {
    throw new DataError(`Cannot fit a classifier to ${known.length} labelled rows, expected at least 2`);
  }
  const width = raw.shape[1]!;
  const chosen = new Float32Array(known.length * width);
  known.forEach((row, i) => chosen.set(raw.data.subarray(row * width, (row + 1) * width), i * width));
  const own = { data: chosen, shape: [known.length, width] };
  const stats = columnStats(own);
  const x = standardize(own, stats);
  const y = Int32Array.from(known, (row) => labels[row]!);
  // The curvature is at most half the largest eigenvalue of X'X with the intercept, plus the penalty.
  const [spread = 0] = fitPca(x, 1).explainedVariance;
  const step = 1 / (0.5 * Math.max(known.length, spread * (known.length - 1)) + 1);
  let weights: Float64Array = new Float64Array((width + 1) * classes);
  let ahead = weights;
  let pace = 1;
  for (let i = 0; i < ITERATIONS; i++) {
    const gradient = gradientOf(x, y, ahead, classes);
    if (gradient.every((value) => Math.abs(value) < SMALL)) break;
    const next = ahead.map((value, at) => value - step * gradient[at]!);
    const uphill = gradient.reduce((sum, value, at) => sum + value * (next[at]! - weights[at]!), 0) > 0;
    const faster = uphill ? 1 : (1 + Math.sqrt(1 + 4 * pace * pace)) / 2;
    const momentum = uphill ? 0 : (pace - 1) / faster;
    ahead = next.map((value, at) => value + momentum * (value - weights[at]!));
    [weights, pace] = [next, faster];
  }
  return Object.freeze({
    predict(given: HostArray): Int32Array {
      const scores = scoresOf(standardize(given, stats), weights, classes);
      return Int32Array.from({ length: given.shape[0]! }, (_, i) => {
        const row = scores.subarray(i * classes, (i + 1) * classes);
        return row.indexOf(row.reduce((a, b) => Math.max(a, b), -Infinity));
      });
    },
  });
}
