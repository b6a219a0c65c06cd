import { writeResult } from "../core/mod.ts";
import { finishRun } from "./finish_run.ts";
import { reopen, type ReopenOptions } from "./reopen.ts";
import type { RunResult } from "./result.ts";

/** How to evaluate again. */
export interface EvalOptions extends ReopenOptions {
  /** The module that the run's plugin is from, as the user named it. */
  readonly specifier?: string | undefined;
}

/**
 * Evaluate a run again from its last checkpoint: samples, figures, report and, if training was complete, the result are
 * written anew.
 *
 * @param folder The run folder.
 * @param options Backend, data, draws, plugin and reporting.
 * @returns The result.
 * @throws {CheckpointError} If the run cannot be used.
 * @throws {Stopped} If a signal arrived; what was there before is kept.
 */
export async function evalRun(folder: string, options: EvalOptions): Promise<RunResult> {
  const began = performance.now();
  using opened = await reopen(folder, options);
  const { session, params, state, step, seconds } = opened;
  const result = await finishRun(session, {
    params,
    state,
    steps: step,
    seconds: () => seconds + (performance.now() - began) / 1000,
    plugin: options.specifier,
  }, options.signals);
  // A result marks a run as finished, and one that stopped early is still to go on.
  if (step >= session.resolved.settings.train.steps) await writeResult(session.run, result);
  return result;
}
