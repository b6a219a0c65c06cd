import {
  abs,
  add,
  clip,
  div,
  log,
  logSumExp,
  matMul,
  maximum,
  mean,
  mul,
  oneHot,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from "../../core/mod.ts";
import { unitRows } from "./contrast.ts";

/** Cells are scaled to this total after logarithms. */
const TEN_THOUSAND = 1e4;

function scaledLogarithms(x: Tensor): Tensor {
  const logarithms = mul(log(add(x, 1)), 1 / Math.LN2);
  return mul(div(logarithms, sum(logarithms, 1, true)), TEN_THOUSAND);
}

/**
 * Squared error after log2(1 + x) and scaling of each cell to 10,000, as the released program has it.
 *
 * @param prediction Predicted values of at least 0, `[B, L]`.
 * @param target True values, same shape; some above 0 in each row.
 * @returns Mean over all entries, shape `[]`.
 */
export function logScaledError(prediction: Tensor, target: Tensor): Tensor {
  return mean(square(sub(scaledLogarithms(prediction), scaledLogarithms(target))));
}

function maskedMean(values: Tensor, mask: Tensor): Tensor {
  return div(sum(mul(values, mask)), sum(mask));
}

/**
 * Squared error of masked entries, the released loss of its scGPT form.
 *
 * @param prediction Predicted values, any shape.
 * @param target True values.
 * @param mask 1 for entries that count, at least one.
 * @returns The mean, shape `[]`.
 */
export function maskedSquaredError(prediction: Tensor, target: Tensor, mask: Tensor): Tensor {
  return maskedMean(square(sub(prediction, target)), mask);
}

/**
 * Absolute error of masked entries.
 *
 * @param prediction Predicted values, any shape.
 * @param target True values.
 * @param mask 1 for entries that count, at least one.
 * @returns The mean, shape `[]`.
 */
export function maskedAbsoluteError(prediction: Tensor, target: Tensor, mask: Tensor): Tensor {
  return maskedMean(abs(sub(prediction, target)), mask);
}

/** Keeps divisions finite. */
const EPSILON = 1e-6;

/**
 * Absolute error of masked entries relative to what is true.
 *
 * @param prediction Predicted values, any shape.
 * @param target True values of at least 0.
 * @param mask 1 for entries that count, at least one.
 * @returns The mean, shape `[]`.
 */
export function maskedRelativeError(prediction: Tensor, target: Tensor, mask: Tensor): Tensor {
  return maskedMean(div(abs(sub(prediction, target)), add(target, EPSILON)), mask);
}

/**
 * Negative log-likelihood of masked counts being above 0.
 *
 * @param probability Probability that a count is above 0, in (0, 1).
 * @param counts Whole numbers, same shape.
 * @param mask 1 for entries that count, at least one.
 * @returns The mean in nats, shape `[]`.
 */
export function expressedLoss(probability: Tensor, counts: Tensor, mask: Tensor): Tensor {
  const positive = clip(counts, 0, 1);
  const likelihood = add(mul(positive, probability), mul(sub(1, positive), sub(1, probability)));
  return maskedMean(mul(log(likelihood), -1), mask);
}

/**
 * The released contrast of two sets of embeddings, whose cosine runs over the second set instead of the coordinates: each
 * row is to be told by the coordinate with its own number. For comparison only; {@linkcode rowContrast} is what was meant.
 *
 * @param a Rows, `[N, D]`, N at most D.
 * @param b Rows, `[N, D]`.
 * @param temperature Temperature.
 * @returns Mean cross-entropy, shape `[]`.
 */
export function releasedContrast(a: Tensor, b: Tensor, temperature: number): Tensor {
  const [rows, width] = a.shape as [number, number];
  // A row of a, repeated over the rows of b: its length over that axis is sqrt(N) times its value.
  const ends = mul(mul(sqrt(square(a)), Math.sqrt(rows)), reshape(sqrt(sum(square(b), 0)), [1, width]));
  const logits = mul(div(mul(a, sum(b, 0, true)), ends), 1 / temperature);
  const own = oneHot(Int32Array.from({ length: rows }, (_, i) => i), width);
  return mean(sub(logSumExp(logits), sum(mul(logits, own), 1)));
}

/**
 * Elastic similarity of cells (scGPT): similar cells are pulled to a threshold of the cosine.
 *
 * @param cells Embeddings, `[N, D]`.
 * @param threshold Threshold.
 * @returns Mean of 1 - (max(0, cosine) - threshold)², each cell's cosine with itself taken as 0; shape `[]`.
 */
export function elasticSimilarity(cells: Tensor, threshold: number): Tensor {
  const rows = cells.shape[0]!;
  const unit = unitRows(cells);
  const others = sub(1, oneHot(Int32Array.from({ length: rows }, (_, i) => i), rows));
  const cosine = maximum(mul(matMul(unit, unit, false, true), others), 0);
  return mean(sub(1, square(sub(cosine, threshold))));
}
