import {
  adamW,
  concatRows,
  constantSchedule,
  createTrainer,
  type HostArray,
  hostArray,
  type Progress,
  type Rng,
  type Trainable,
  type Trainer,
} from "../../core/mod.ts";
import type { SedrBatch } from "./batch.ts";
import type { SedrConfig } from "./config.ts";
import { bestKMeans } from "./domains.ts";
import { encodeSection, type SedrWeights } from "./encode.ts";
import type { SectionGraph, SedrGraph } from "./graph.ts";
import { networkOf, refinementTrainable } from "./refinement.ts";
import { everyEpoch } from "./trainable.ts";

/** Starts of k-means for the first centres of refinement. */
const STARTS = 20;

/** Cells that are trained on, section by section. */
export interface FitCells {
  /** Components of all cells, `[N, C]`. */
  readonly x: HostArray;
  /** Their graph. */
  readonly graph: SedrGraph;
  /** The same, by section. */
  readonly sections: readonly { readonly x: HostArray; readonly graph: SectionGraph }[];
}

/** How long and how fast one stage is trained. */
export interface FitOptions {
  /** Epochs. */
  readonly epochs: number;
  /** Learning rate per epoch. */
  readonly lr: number;
  /** Stream: parameters, masks, dropout. */
  readonly rng: Rng;
  /** Where to report. */
  readonly progress: Progress;
}

/**
 * Train on all cells for a number of epochs, by Adam; the decay of parameters is a term of the loss.
 *
 * @param trainable What is fitted.
 * @param cells Cells and graph.
 * @param options Epochs, learning rate, stream and progress.
 * @returns The trainer, which owns the parameters.
 * @throws {NumericsError} If the loss stops being finite.
 */
export async function fitEpochs(
  trainable: Trainable<SedrBatch>,
  { x, graph }: Pick<FitCells, "x" | "graph">,
  { epochs, lr, rng, progress }: FitOptions,
): Promise<Trainer> {
  const optimizer = adamW({ schedule: constantSchedule(lr), weightDecay: 0 });
  const trainer = createTrainer({ trainable, batches: everyEpoch(x, graph), optimizer, rng });
  try {
    while (trainer.step < epochs) {
      const { step, scalars } = await trainer.advance();
      progress(step, epochs, `loss ${scalars["loss"]!.toPrecision(3)}`);
    }
    return trainer;
  } catch (error) {
    trainer[Symbol.dispose]();
    throw error;
  }
}

/** Weights that live until they are disposed. */
export interface OwnedWeights extends SedrWeights, Disposable {}

/**
 * Pull clusters together after training (deep embedded clustering), where the configuration asks for it.
 *
 * @param config Configuration.
 * @param weights Weights after training; borrowed.
 * @param cells Cells that were trained on.
 * @param rng Stream of the refinement.
 * @param progress Where to report.
 * @returns Refined weights; the given ones if there are no epochs of refinement.
 */
export async function refine(
  config: SedrConfig,
  weights: SedrWeights,
  { x, graph, sections }: FitCells,
  rng: Rng,
  progress: Progress,
): Promise<OwnedWeights> {
  const { epochs, lr } = config.refinement;
  if (epochs === 0) return { ...weights, [Symbol.dispose]: () => {} };
  const parts: HostArray[] = [];
  for (const section of sections) {
    parts.push((await encodeSection(weights, section.x, section.graph, config)).z);
  }
  const { centroids } = await bestKMeans(concatRows(parts), config.refinement.clusters, STARTS, rng.fold("centres"));
  const centres = hostArray(Float32Array.from(centroids.data), centroids.shape);
  const trainable = refinementTrainable(config, weights, x.shape[0]!, centres);
  const trainer = await fitEpochs(trainable, { x, graph }, { epochs, lr, rng: rng.fold("fit"), progress });
  return {
    params: networkOf(trainer.params),
    state: networkOf(trainer.state!),
    [Symbol.dispose]: () => trainer[Symbol.dispose](),
  };
}
