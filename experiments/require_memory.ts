import { type Batches, ConfigError, type Rng, stepMemory, type Trainable, type Trainer } from "../core/mod.ts";

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/**
 * Refuse a training step that the backend's memory cannot hold, before it is tried.
 *
 * @typeParam B Batch type.
 * @param trainable What is fitted.
 * @param trainer Trainer at its first step.
 * @param batches Random access to batches.
 * @param rng Stream of the estimate.
 * @throws {ConfigError} If a step does not fit; the message says how many rows would.
 */
export async function requireMemory<B extends Disposable>(
  trainable: Trainable<B>,
  trainer: Trainer,
  batches: Batches<B>,
  rng: Rng,
): Promise<void> {
  const { params, state, step } = trainer;
  using batch = await batches.at(step);
  const memory = stepMemory({ trainable, params, step, ...(state === undefined ? {} : { state }) }, batch, rng);
  if (memory === undefined || memory.needed <= memory.limit) return;
  throw new ConfigError(
    `Cannot train on batches of ${memory.rows} rows: a step needs about ${gib(memory.needed)} and the heap of this ` +
      `backend ends at ${gib(memory.limit)}; make batches of at most ${memory.fitting} rows and sum the gradients of ` +
      "several with train.accumulate",
  );
}
