import {
  add,
  div,
  exp,
  leaves,
  type Loss,
  maximum,
  mean,
  mul,
  type Params,
  softplus,
  sparseDots,
  type SparsePlaces,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from "../../core/mod.ts";
import type { SedrBatch } from "./batch.ts";
import type { SedrConfig } from "./config.ts";
import type { SedrOutput } from "./network.ts";

/** Smallest squared length that a row counts with. */
const LEAST = 1e-24;

/**
 * Scaled cosine error of rows (Hou et al. 2022, GraphMAE, exponent 3).
 *
 * @param a Rows, `[N, C]`.
 * @param b Rows, `[N, C]`.
 * @param diagonal Each row with itself.
 * @returns (1 - cos)^3 of each row, `[N]`.
 */
export function cosineErrors(a: Tensor, b: Tensor, diagonal: SparsePlaces): Tensor {
  const length = (x: Tensor): Tensor => sqrt(maximum(sparseDots(diagonal, x, x), LEAST));
  const error = sub(1, div(sparseDots(diagonal, a, b), mul(length(a), length(b))));
  return mul(square(error), error);
}

/**
 * Binary cross-entropy of an inner-product decoder over listed pairs.
 *
 * @param z Embedding, `[N, D]`.
 * @param links Pairs that are linked.
 * @param negatives Pairs that are not.
 * @returns Mean over all pairs, shape `[]`.
 */
export function linkEntropy(z: Tensor, links: SparsePlaces, negatives: SparsePlaces): Tensor {
  const linked = sparseDots(links, z, z);
  const apart = softplus(sparseDots(negatives, z, z));
  return div(add(sum(sub(softplus(linked), linked)), sum(apart)), linked.size + apart.size);
}

/**
 * Kullback-Leibler divergence of the sampled coordinates from a standard normal, divided by the number of cells twice, as
 * the released program does.
 *
 * @param centre Means, `[N, D]`.
 * @param logStd Log standard deviations, `[N, D]`.
 * @returns The divergence, shape `[]`.
 */
export function spatialDivergence(centre: Tensor, logStd: Tensor): Tensor {
  const cells = centre.shape[0]!;
  const terms = sub(add(1, mul(2, logStd)), add(square(centre), exp(mul(2, logStd))));
  return mul(sum(terms), -0.5 / cells ** 2);
}

/**
 * The decay of parameters as a penalty: half of it times their squares, whose gradient is what coupled decay adds.
 *
 * @param params Parameters.
 * @param weightDecay Decay per unit of learning rate.
 * @returns The penalty, shape `[]`.
 */
export function decayPenalty(params: Params, weightDecay: number): Tensor {
  return mul(leaves<Tensor>(params).map((leaf) => sum(square(leaf))).reduce((a, b) => add(a, b)), weightDecay / 2);
}

/** Terms that training and refinement share. */
export interface ReconstructionTerms {
  /** All of these. */
  readonly [name: string]: Tensor;
  /** Weighted squared error of the components. */
  readonly reconstruction: Tensor;
  /** Weighted error of the graph, divergence included. */
  readonly graph: Tensor;
}

/**
 * How well components and graph are reconstructed.
 *
 * @param output What the network made.
 * @param batch Cells and their graph.
 * @param loss Weights.
 * @returns Weighted terms.
 */
export function reconstructionTerms(
  { reconstruction, z, mean: centre, logStd }: SedrOutput,
  { x, links, negatives, diagonal, balance }: Omit<SedrBatch, "host" | typeof Symbol.dispose>,
  loss: SedrConfig["loss"],
): ReconstructionTerms {
  const apart = sub(reconstruction, x);
  const squares = div(mean(sparseDots(diagonal, apart, apart)), x.shape[1]!);
  const divergence = mul(spatialDivergence(centre, logStd), loss.klScale);
  return {
    reconstruction: mul(squares, loss.reconstruction),
    graph: mul(add(mul(linkEntropy(z, links, negatives), balance), divergence), loss.graph),
  };
}

/**
 * Sum of weighted terms.
 *
 * @param parts Terms by name.
 * @returns The loss.
 */
export function lossOf(parts: Readonly<Record<string, Tensor>>): Loss {
  return { total: Object.values(parts).reduce((a, b) => add(a, b)), parts };
}

/**
 * The loss of training: components, graph, and the cosine error of masked cells against what the encoder was given.
 *
 * @param output What the network made.
 * @param batch Cells and their graph.
 * @param config Weights, and what masked cells are compared with.
 * @param mask 1 for masked cells, `[N, 1]`; absent for none.
 * @returns Weighted terms and their sum.
 */
export function sedrLoss(
  output: SedrOutput,
  batch: Omit<SedrBatch, "host" | typeof Symbol.dispose>,
  { loss, masking }: Pick<SedrConfig, "loss" | "masking">,
  mask?: Tensor,
): Loss {
  const parts = reconstructionTerms(output, batch, loss);
  if (mask === undefined) return lossOf(parts);
  const target = masking.mode === "add" ? output.input : batch.x;
  const errors = cosineErrors(output.reconstruction, target, batch.diagonal);
  const flat = mul(errors, sum(mask, 1));
  return lossOf({ ...parts, self: mul(div(sum(flat), sum(mask)), loss.self) });
}
