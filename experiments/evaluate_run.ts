import type { Figure, Metric, Rng, Samples, SignalWatch, Trained } from "../core/mod.ts";
import { averageMetrics } from "./result.ts";
import type { Session } from "./session.ts";
import { stage } from "./stage.ts";

/** What evaluation made of a trained model. */
export interface Evaluation {
  /** Metrics, averaged over repeats. */
  readonly metrics: readonly Metric[];
  /** The method's own figures, of the first repeat. */
  readonly figures: readonly Figure[];
  /** What the first repeat drew. */
  readonly samples: Samples;
}

/** One draw: which of how many, and its stream. */
interface Repeat {
  readonly number: number;
  readonly of: number;
  readonly stream: Rng;
}

/**
 * Streams of independent draws.
 *
 * @param root Root of all streams.
 * @param count Number of draws.
 * @returns One entry per draw.
 */
export function repeatsOf(root: Rng, count: number): readonly Repeat[] {
  return Array.from({ length: count }, (_, i) => ({ number: i + 1, of: count, stream: root.fold("evaluate").fold(i) }));
}

/** What training left: parameters, and the state that gradients do not train. */
export type Learned = Pick<Trained, "params" | "state">;

/** A trained model on its data, without what each stage brings. */
export type TrainedModel = Omit<Trained, "rng" | "progress">;

/**
 * Say what is evaluated.
 *
 * @param session Data, model and the list of notes that grows while the model is evaluated.
 * @param learned Parameters and state to use.
 * @returns The model with its data.
 */
export function trainedModel({ data, notes }: Session, { params, state }: Learned): TrainedModel {
  return {
    params,
    state,
    data,
    note(message: string): void {
      if (!notes.includes(message)) notes.push(message);
    },
  };
}

/**
 * Draw once, under a progress bar.
 *
 * @param session The model.
 * @param trained Parameters and data.
 * @param repeat Which draw.
 * @param signals Signal watch.
 * @returns What was drawn.
 * @throws {Stopped} If a signal arrived.
 */
export async function drawSamples(
  { model }: Session,
  trained: TrainedModel,
  { number, of, stream }: Repeat,
  signals: SignalWatch,
): Promise<Samples> {
  const name = of === 1 ? "sampling" : `sampling (${number} of ${of})`;
  return await stage(name, "parts", signals, (progress) => model.sample({ ...trained, rng: stream, progress }));
}

/**
 * Draw, measure and picture.
 *
 * @param session Data, model and settings.
 * @param learned Parameters and state to evaluate.
 * @param signals Signal watch.
 * @returns Metrics, figures and samples.
 * @throws {Stopped} If a signal arrived.
 */
export async function evaluateRun(session: Session, learned: Learned, signals: SignalWatch): Promise<Evaluation> {
  const { model, resolved, root } = session;
  const trained = trainedModel(session, learned);
  const all: (readonly Metric[])[] = [];
  let first: { readonly samples: Samples; readonly figures: readonly Figure[] } | undefined;
  for (const repeat of repeatsOf(root, resolved.settings.evaluate.repeats)) {
    const samples = await drawSamples(session, trained, repeat, signals);
    await stage("measuring", "parts", signals, async (progress) => {
      const measured = { ...trained, rng: repeat.stream, progress };
      all.push(await model.evaluate(measured, samples));
      first ??= { samples, figures: await model.figures(measured, samples) };
    });
  }
  return { metrics: averageMetrics(all), ...first! };
}
