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
  resumeRun,
  saveCheckpoint,
  type SignalWatch,
  type Trainer,
} from "../core/mod.ts";
import type { TrainSettings } from "./experiment.ts";
import { formatDuration, progressBar } from "./progress.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stage.ts";

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

/** Backends on which a user should hear beforehand how long training will take. */
const SLOW = ["wasm", "cpu"];

/** Steps after which a forecast is worth making: the first ones compile. */
const FORECAST_AT = 3;

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
  const { run, model, data, root, backend } = session;
  const { train } = session.resolved.settings;
  const found = await resumeRun(run, { notify: say });
  const own = found !== undefined && found.path.startsWith(run.folder);
  const trainer = createTrainer({
    trainable: model.trainable as typeof model.trainable & {
      loss(params: never, batch: Disposable, ctx: never): never;
    },
    batches: await model.batches(data, root.fold("data")),
    optimizer: optimizerOf(train),
    rng: root,
    accumulate: train.accumulate,
    ema: train.ema,
    ...(found === undefined ? {} : { from: { step: own ? found.step : 0, trees: found.trees } }),
  });
  const before = own && typeof found.meta["seconds"] === "number" ? found.meta["seconds"] : 0;
  const began = performance.now();
  const seconds = (): number => before + (performance.now() - began) / 1000;
  let saved = trainer.step;
  const save = async (): Promise<void> => {
    if (trainer.step === saved && own) return;
    await saveCheckpoint(run, { ...await trainer.snapshot(), meta: { seconds: seconds() } });
    saved = trainer.step;
  };
  if (trainer.step > 0) say(`continuing at step ${trainer.step} of ${train.steps}`);
  const first = trainer.step;
  try {
    using bar = progressBar("training");
    while (trainer.step < train.steps) {
      const { step, scalars } = await trainer.advance();
      bar.report(step, train.steps, `loss ${scalars["loss"]!.toPrecision(3)}`);
      if (step === first + FORECAST_AT && SLOW.includes(backend.name)) {
        const left = ((performance.now() - began) / 1000 / FORECAST_AT) * (train.steps - step);
        bar.say(`at this speed training takes about ${formatDuration(left)}; see the note on the backend above`);
      }
      if (step % train.logEvery === 0 || step === train.steps) await appendMetrics(run, { step, ...scalars });
      if (step % train.checkpointEvery === 0 || step === train.steps || signals.received !== undefined) await save();
      if (signals.received !== undefined) throw new Stopped(signals.received);
    }
    return { trainer, seconds: seconds() };
  } catch (error) {
    if (error instanceof NumericsError) await save();
    trainer[Symbol.dispose]();
    throw error;
  }
}
