import {
  type Batches,
  type HostArray,
  type Params,
  type Rng,
  type Tensor,
  tensor,
  type Trainable,
  type TrainableLoss,
  type TrainContext,
} from "../../core/mod.ts";
import { SEDR_ROWS, type SedrBatch, sedrBatch } from "./batch.ts";
import type { SedrConfig } from "./config.ts";
import type { SedrGraph } from "./graph.ts";
import { decayPenalty, lossOf, sedrLoss } from "./loss.ts";
import { sedrNetwork, sedrParams, sedrState } from "./network.ts";

/**
 * Draw which cells are masked.
 *
 * @param cells Number of cells.
 * @param share Share that is masked; the number is rounded down.
 * @param rng Stream.
 * @returns 1 for masked cells and 0 for the others, `[N, 1]`; undefined if none is.
 */
export function drawMask(cells: number, share: number, rng: Rng): Tensor | undefined {
  const count = Math.floor(cells * share);
  if (count === 0) return undefined;
  const mask = new Float32Array(cells);
  for (const cell of rng.host.permutation(cells).subarray(0, count)) mask[cell] = 1;
  return tensor(mask, [cells, 1]);
}

/**
 * SEDR as something the training loop can fit; one step is one epoch over all cells.
 *
 * @param config Configuration.
 * @param components Width of the input.
 * @returns The trainable; its state are the running statistics of batch norm.
 */
export function sedrTrainable(config: SedrConfig, components: number): Trainable<SedrBatch> {
  return Object.freeze({
    init: (rng: Rng): Params => sedrParams(config.network, components, rng),
    initState: (): Params => sedrState(config.network),
    rows: SEDR_ROWS,
    loss(params: Params, batch: SedrBatch, { rng }: TrainContext, state?: Params): TrainableLoss {
      const mask = drawMask(batch.x.shape[0]!, config.masking.share, rng.fold("mask"));
      const pass = { train: rng.fold("network"), ...(mask === undefined ? {} : { mask }) };
      const output = sedrNetwork(params, state!, batch, config, pass);
      const { parts } = sedrLoss(output, batch, config, mask);
      return { ...lossOf({ ...parts, decay: decayPenalty(params, config.loss.weightDecay) }), state: output.state };
    },
  });
}

/**
 * The same cells in every epoch.
 *
 * @param x Components, `[N, C]`.
 * @param graph Their graph.
 * @returns Random access to batches, uploaded anew for each.
 */
export function everyEpoch(x: HostArray, graph: SedrGraph): Batches<SedrBatch> {
  return { at: () => Promise.resolve(sedrBatch(x, graph)) };
}
