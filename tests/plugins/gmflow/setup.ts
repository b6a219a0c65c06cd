import { reshape, type Tensor, tensor } from "../../../core/mod.ts";
import type { Mixture } from "../../../plugins/gmflow/mixture.ts";
import { flat } from "../../vectors/arrays.ts";
import { tensorOf } from "../../parity/tensors.ts";
import vectorsFile from "../../vectors/gmflow.json" with { type: "json" };

/** Check values of the specification; see `tests/vectors/README.md`. */
export const vectors = vectorsFile;

/** Tolerance of float32 results: numbers are rounded to 8 decimals. */
export const FLOAT32 = 1e-5;

/** One vector as a batch of one row, `[1, D]`. */
export function row(values: readonly number[]): Tensor {
  return tensor(values, [1, values.length]);
}

/** A mixture of one row; `log` is its log standard deviation. */
export function mixtureOf(means: readonly (readonly number[])[], log: number, logWeights: readonly number[]): Mixture {
  const flatMeans = tensorOf(means as readonly unknown[]);
  return {
    means: reshape(flatMeans, [1, means.length, means[0]!.length]),
    logStd: tensor([log]),
    logWeights: row(logWeights),
  };
}

/** Half the logarithm: the log standard deviation of a variance. */
export function logStdOf(variance: number): number {
  return Math.log(variance) / 2;
}

/** Log-weights of logits, in float64. */
export function normalised(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0)) + top;
  return logits.map((logit) => logit - total);
}

export { flat };
