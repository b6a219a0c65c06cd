import {
  adamW,
  appendMetrics,
  chain,
  clipByGlobalNorm,
  constantSchedule,
  cosineSchedule,
  createTrainer,
  type GradientTransform,
  NumericsError,
  saveCheckpoint,
  type SignalWatch,
  type Trainer,
} from "../core/mod.ts";
import type { TrainSettings } from "./experiment.ts";
import { forecaster } from "./forecast.ts";
import { progressBar } from "./progress.ts";
import { requireMemory } from "./require_memory.ts";
import { selectorOf } from "./select_parameters.ts";
import type { Session } from "./session.ts";
import { stopIfAsked, Stopped } from "./stage.ts";
import { startingPoint } from "./starting_point.ts";

/** The rate of `cosine` falls to this share of its peak. */
const FLOOR = 0.01;

function optimizerOf({ lr, schedule, warmup, steps, weightDecay, clipNorm }: TrainSettings): GradientTransform {
  const rate = schedule === "cosine"
    ? cosineSchedule({ peak: lr, warmup, steps, floor: FLOOR * lr })
    : constantSchedule(lr);
  return chain(clipByGlobalNorm(clipNorm), adamW({ schedule: rate, weightDecay }));
}

/** A trained model and how long it took. */
export interface Training {
  /** Holds the parameters; dispose it when they are no longer needed. */
  readonly trainer: Trainer;
  /** Seconds of training, over all resumptions. */
  readonly seconds: number;
}

/**
 * Train until the configured number of steps: go on from the last checkpoint, log, save, stop on signals.
 *
 * @param session Data, run folder and model.
 * @param signals Signal watch.
 * @param say Tells the user one sentence.
 * @returns The trained model.
 * @throws {Stopped} If a signal arrived; a checkpoint is written.
 * @throws {NumericsError} If the loss stops being finite; the last good step is saved.
 */
export async function trainRun(
  session: Session,
  signals: SignalWatch,
  say: (sentence: string) => void,
): Promise<Training> {
  const { run, model, data, root } = session;
  const { train } = session.resolved.settings;
  const optimizer = optimizerOf(train);
  const { from, own, seconds: before } = await startingPoint(session, say);
  const batches = await model.batches(data, root.fold("data"));
  await stopIfAsked(signals);
  const trainer = createTrainer({
    trainable: model.trainable,
    batches,
    optimizer,
    rng: root,
    accumulate: train.accumulate,
    ema: train.ema,
    ...(from === undefined ? {} : { from }),
  });
  const began = performance.now();
  const seconds = (): number => before + (performance.now() - began) / 1000;
  let saved = own ? trainer.step : -1;
  const selector = await selectorOf(session);
  const save = async (): Promise<void> => {
    if (trainer.step === saved) return;
    const { best, ...score } = await selector.score(trainer);
    await saveCheckpoint(run, {
      ...await trainer.snapshot(),
      meta: { seconds: seconds(), backend: session.backend.name, ...score },
      best,
    });
    saved = trainer.step;
  };
  try {
    if (trainer.step < train.steps) await requireMemory(model.trainable, trainer, batches, root.fold("memory"));
    using bar = progressBar("training");
    const forecast = forecaster(session.backend, train.steps - trainer.step, (sentence) => bar.say(sentence));
    while (trainer.step < train.steps) {
      if (signals.received !== undefined) throw new Stopped(signals.received);
      const { step, scalars } = await trainer.advance();
      bar.report(step, train.steps, `loss ${scalars["loss"]!.toPrecision(3)}`);
      forecast();
      if (step % train.logEvery === 0 || step === train.steps) await appendMetrics(run, { step, ...scalars });
      if (step % train.checkpointEvery === 0 || step === train.steps) await save();
    }
    return { trainer, seconds: seconds() };
  } catch (error) {
    using _ = trainer;
    if (error instanceof Stopped || error instanceof NumericsError) await save();
    throw error;
  }
}
