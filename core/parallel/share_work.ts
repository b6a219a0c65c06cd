import { ConfigError } from "../errors.ts";
import type { Rng } from "../rng/mod.ts";
import type { Batch } from "../state.ts";
import type { Ranks } from "./ranks.ts";
import { requireSeparable } from "./require_separable.ts";
import { type Fit, hasPlainRows, requireBatch, shareRows } from "./share_rows.ts";

/** How a training is to be shared. */
export interface ShareOptions {
  /** Who shares. */
  readonly ranks: Ranks;
  /** Micro-batches per step. */
  readonly accumulate: number;
  /** Training steps. */
  readonly steps: number;
  /** Stream of the trial of whether rows can be shared. */
  readonly rng: Rng;
}

function refuse({ size }: Ranks, reason: string): never {
  throw new ConfigError(`Cannot train on ${size} ranks: ${reason}`);
}

/**
 * Share the work of each step among ranks: whole micro-batches where they divide evenly, else the rows of each.
 *
 * Both give the gradient that one process would compute, up to the order of float32 sums.
 *
 * @param fit Trainable and batches as one process has them.
 * @param options Who shares, and what a step consists of.
 * @returns What this rank fits; `createTrainer` with the same ranks adds up.
 * @throws {ConfigError} If the model carries state from batch to batch, or neither micro-batches nor rows can be shared.
 */
export async function shareWork(
  fit: Fit<Disposable>,
  { ranks, accumulate, steps, rng }: ShareOptions,
): Promise<Fit<Disposable>> {
  if (ranks.size === 1) return fit;
  const { trainable, batches } = fit;
  if (trainable.initState !== undefined) {
    refuse(ranks, "this model carries statistics from batch to batch; train it on one process");
  }
  if (accumulate % ranks.size === 0) return fit;
  if (!hasPlainRows(trainable)) {
    refuse(
      ranks,
      `the rows of this model's batches do not stand for themselves; set train.accumulate to a multiple of ${ranks.size}, ` +
        "so that each rank takes whole batches",
    );
  }
  const plain: Fit<Batch> = {
    trainable,
    batches: { at: async (step: number): Promise<Batch> => requireBatch(await batches.at(step)) },
  };
  await requireSeparable(plain, steps, rng);
  return shareRows(plain, ranks);
}
