import {
  adamW,
  appendMetrics,
  chain,
  CheckpointError,
  clipByGlobalNorm,
  constantSchedule,
  cosineSchedule,
  createTrainer,
  type GradientTransform,
  NumericsError,
  ONE_RANK,
  RankError,
  type Ranks,
  saveCheckpoint,
  shareWork,
  type SignalWatch,
  type Trainer,
} from "../core/mod.ts";
import type { TrainSettings } from "./experiment.ts";
import { forecaster } from "./forecast.ts";
import { progressBar } from "./progress.ts";
import { requireMemory } from "./require_memory.ts";
import { type Selector, selectorOf } from "./select_parameters.ts";
import type { Session } from "./session.ts";
import { stopIfAsked, Stopped } from "./stage.ts";
import { startingPoint } from "./starting_point.ts";
import { stopTogether } from "./together.ts";

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

/** Scores nothing: the choice among checkpoints is with the rank that writes them. */
const NO_SELECTOR: Selector = { score: () => Promise.resolve({ best: false }) };

async function requireSameStart(ranks: Ranks, step: number): Promise<void> {
  const steps = await ranks.meet(step);
  const other = steps.findIndex((found) => found !== steps[0]);
  if (other === -1) return;
  throw new CheckpointError(
    `Cannot go on: rank 0 found a checkpoint of step ${steps[0]} and rank ${other} one of step ${steps[other]}; all ` +
      "ranks need one file system, name a shared one by --out",
  );
}

/**
 * Train until the configured number of steps: go on from the last checkpoint, log, save, stop on signals.
 *
 * @param session Data, run folder and model.
 * @param signals Signal watch.
 * @param say Tells the user one sentence.
 * @param ranks Who trains together; the first one writes.
 * @returns The trained model.
 * @throws {Stopped} If a signal arrived at any rank; a checkpoint is written.
 * @throws {RankError} If another rank failed; a checkpoint is written.
 * @throws {NumericsError} If the loss stops being finite; the last good step is saved.
 */
export async function trainRun(
  session: Session,
  signals: SignalWatch,
  say: (sentence: string) => void,
  ranks: Ranks = ONE_RANK,
): Promise<Training> {
  const { run, model, data, root } = session;
  const { train } = session.resolved.settings;
  const optimizer = optimizerOf(train);
  const { from, own, seconds: before } = await startingPoint(session, say);
  await requireSameStart(ranks, from?.step ?? 0);
  const { trainable, batches } = await shareWork(
    { trainable: model.trainable, batches: await model.batches(data, root.fold("data")) },
    { ranks, accumulate: train.accumulate, steps: train.steps, rng: root.fold("rows") },
  );
  await stopIfAsked(signals);
  const trainer = createTrainer({
    trainable,
    batches,
    optimizer,
    rng: root,
    accumulate: train.accumulate,
    ranks,
    ema: train.ema,
    ...(from === undefined ? {} : { from }),
  });
  const began = performance.now();
  const seconds = (): number => before + (performance.now() - began) / 1000;
  let saved = own ? trainer.step : -1;
  const leads = ranks.rank === 0;
  const selector = leads ? await selectorOf(session) : NO_SELECTOR;
  const save = async (): Promise<void> => {
    if (trainer.step === saved || !leads) return;
    const { best, ...score } = await selector.score(trainer);
    await saveCheckpoint(run, {
      ...await trainer.snapshot(),
      meta: { seconds: seconds(), backend: session.backend.name, ...score },
      best,
    });
    saved = trainer.step;
  };
  try {
    if (trainer.step < train.steps) await requireMemory(trainable, trainer, batches, root.fold("memory"));
    using bar = progressBar("training", leads ? {} : { write: () => {} });
    const forecast = forecaster(session.backend, train.steps - trainer.step, (sentence) => bar.say(sentence));
    while (trainer.step < train.steps) {
      await stopTogether(ranks, signals.received);
      const { step, scalars } = await trainer.advance();
      bar.report(step, train.steps, `loss ${scalars["loss"]!.toPrecision(3)}`);
      forecast();
      if (leads && (step % train.logEvery === 0 || step === train.steps)) {
        await appendMetrics(run, { step, ...scalars });
      }
      if (step % train.checkpointEvery === 0 || step === train.steps) await save();
    }
    return { trainer, seconds: seconds() };
  } catch (error) {
    using _ = trainer;
    if (error instanceof Stopped || error instanceof NumericsError || error instanceof RankError) await save();
    throw error;
  }
}
