import { breathe, type Progress, type SignalWatch, type StopSignal } from "../core/mod.ts";
import { progressBar } from "./progress.ts";

/** Thrown where work is cut short by Ctrl-C or termination; nothing is lost, the same command goes on. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  /** Signal that arrived. */
  readonly signal: StopSignal;

  /**
   * @param signal Signal that arrived.
   */
  constructor(signal: StopSignal) {
    super(`Stopped by ${signal}`);
    this.signal = signal;
  }
}

/**
 * End here if a signal arrived, also one that arrived while work on the host kept the process from noticing.
 *
 * @param signals Signal watch.
 * @throws {Stopped} If a signal arrived.
 */
export async function stopIfAsked(signals: SignalWatch): Promise<void> {
  await breathe();
  if (signals.received !== undefined) throw new Stopped(signals.received);
}

/**
 * Run one stage under a progress bar; a signal ends it at its next report.
 *
 * @typeParam T Result of the stage.
 * @param name Name of the stage, for example `"sampling"`.
 * @param unit Unit that is counted, in the plural.
 * @param signals Signal watch.
 * @param work The work; it reports to the progress it is given.
 * @returns What the work returned.
 * @throws {Stopped} If a signal arrived.
 */
export async function stage<T>(
  name: string,
  unit: string,
  signals: SignalWatch,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  using bar = progressBar(name, { unit });
  await stopIfAsked(signals);
  const result = await work((done, total, note) => {
    if (signals.received !== undefined) throw new Stopped(signals.received);
    bar.report(done, total, note);
  });
  await stopIfAsked(signals);
  return result;
}
