import {
  add,
  clone,
  div,
  expandDims,
  fromHost,
  type HostArray,
  log,
  mapTree,
  matMul,
  maximum,
  mean,
  mul,
  type Params,
  square,
  stopGradient,
  sub,
  subtree,
  sum,
  type Tensor,
  tensorAt,
  type Trainable,
  type TrainableLoss,
  type TrainContext,
  zeros,
} from "../../core/mod.ts";
import type { SedrBatch } from "./batch.ts";
import type { SedrConfig } from "./config.ts";
import type { SedrWeights } from "./encode.ts";
import { decayPenalty, lossOf, reconstructionTerms } from "./loss.ts";
import { sedrNetwork } from "./network.ts";
import { drawMask } from "./trainable.ts";

/** Keeps logarithms of target shares finite. */
const LEAST = 1e-12;

/**
 * Soft clusters of an embedding: Student's kernel of one degree of freedom (Xie, Girshick, Farhadi 2016, equation 1).
 *
 * @param z Embedding, `[N, D]`.
 * @param centres Centres, `[K, D]`.
 * @returns Shares, `[N, K]`; rows sum to 1.
 */
export function softClusters(z: Tensor, centres: Tensor): Tensor {
  const lengths = (x: Tensor): Tensor => sum(square(x), 1);
  const crossed = sub(add(expandDims(lengths(z), 1), lengths(centres)), mul(2, matMul(z, centres, false, true)));
  const near = div(1, add(1, maximum(crossed, 0)));
  return div(near, sum(near, 1, true));
}

/**
 * The sharpened shares that refinement aims at (equation 3 there).
 *
 * @param q Shares, `[N, K]`.
 * @returns Targets, `[N, K]`; rows sum to 1.
 */
export function sharpened(q: Tensor): Tensor {
  const weight = div(square(q), sum(q, 0, true));
  return div(weight, sum(weight, 1, true));
}

/**
 * The mean over cells and clusters of p log(p / q).
 *
 * @param p Targets, `[N, K]`.
 * @param q Shares, `[N, K]`.
 * @returns The divergence, shape `[]`.
 */
export function clusterDivergence(p: Tensor, q: Tensor): Tensor {
  return mean(mul(p, sub(log(maximum(p, LEAST)), log(maximum(q, LEAST)))));
}

/**
 * Deep embedded clustering after training: the same reconstructions, and clusters that are pulled together.
 *
 * @param config Configuration.
 * @param from Weights after training; copied by the training loop.
 * @param cells Number of cells.
 * @param centres First centres, `[K, D]`.
 * @returns The trainable; parameters `{ network, centres }`, state `{ network, target }`.
 */
export function refinementTrainable(
  config: SedrConfig,
  from: SedrWeights,
  cells: number,
  centres: HostArray,
): Trainable<SedrBatch> {
  const { clusters, refresh } = config.refinement;
  return Object.freeze({
    init: (): Params => ({ network: mapTree<Tensor, Tensor>(clone, from.params), centres: fromHost(centres) }),
    initState: (): Params => ({
      network: mapTree<Tensor, Tensor>(clone, from.state),
      target: zeros([cells, clusters]),
    }),
    loss(params: Params, batch: SedrBatch, { step, rng: stream }: TrainContext, state?: Params): TrainableLoss {
      const [own, statistics] = [networkOf(params), networkOf(state!)];
      const mask = drawMask(cells, config.masking.share, stream.fold("mask"));
      const pass = { train: stream.fold("network"), ...(mask === undefined ? {} : { mask }) };
      const output = sedrNetwork(own, statistics, batch, config, pass);
      const place = tensorAt(params, "centres");
      const target = step % refresh === 0
        ? stopGradient(sharpened(softClusters(sedrNetwork(own, statistics, batch, config, {}).z, place)))
        : tensorAt(state!, "target");
      const parts = {
        ...reconstructionTerms(output, batch, config.loss),
        clusters: clusterDivergence(target, softClusters(output.z, place)),
        decay: decayPenalty(params, config.loss.weightDecay),
      };
      return { ...lossOf(parts), state: { network: output.state, target } };
    },
  });
}

/**
 * The part of parameters, or of state, that belongs to the network.
 *
 * @param tree Tree of a refinement.
 * @returns The subtree.
 */
export function networkOf(tree: Params): Params {
  return subtree<Tensor>(tree, "network");
}
