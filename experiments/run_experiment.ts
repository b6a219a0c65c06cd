import { type AnyPlugin, openRun, readRunRecord, type Run, type SignalWatch, writeResult } from "../core/mod.ts";
import type { ExperimentArguments } from "./arguments.ts";
import type { Experiment } from "./experiment.ts";
import { finishRun } from "./finish_run.ts";
import { folderOf, identityOf } from "./identity.ts";
import { loadLearned } from "./load_learned.ts";
import { overridesOf } from "./rerun.ts";
import { resolve, type Resolved } from "./resolve.ts";
import { readRunResult, type RunResult } from "./result.ts";
import { selectedCheckpoint } from "./select_parameters.ts";
import { openSession } from "./session.ts";
import { trainRun } from "./train_run.ts";
import { VERSIONS } from "./versions.ts";

/** What running an experiment needs besides the experiment. */
export interface RunOptions {
  /** The command line. */
  readonly args: ExperimentArguments;
  /** A plugin from outside, in place of the registry's. */
  readonly plugin?: AnyPlugin;
  /** Signal watch. */
  readonly signals: SignalWatch;
  /**
   * Tell the user one sentence.
   *
   * @param sentence The sentence.
   */
  say(sentence: string): void;
}

/**
 * Name the folder that a command line leads to; checks its settings.
 *
 * @param experiment The experiment.
 * @param args The command line.
 * @param plugin A plugin from outside.
 * @returns The run folder.
 * @throws {ConfigError} If a setting does not fit.
 */
export async function locateRun(
  experiment: Experiment,
  args: ExperimentArguments,
  plugin?: AnyPlugin,
): Promise<string> {
  return await folderOf(await resolve(experiment, args, plugin), args.out);
}

/** The result of a run that need not be run again: finished, and begun where this command line would begin it. */
async function finished(folder: string, { fresh, from }: ExperimentArguments): Promise<RunResult | undefined> {
  if (fresh) return undefined;
  const record = await readRunRecord(folder);
  if (record === undefined || (from !== undefined && record.from !== from)) return undefined;
  const result = await readRunResult(folder);
  return result === undefined ? undefined : { ...result, run: folder };
}

async function open(resolved: Resolved, { args, say }: RunOptions): Promise<Run> {
  const { experiment, settings } = resolved;
  const run = await openRun({
    root: args.out ?? "runs",
    experiment: experiment.name,
    config: identityOf(resolved),
    seed: settings.seed,
    overrides: await overridesOf(resolved),
    versions: VERSIONS,
    fresh: args.fresh,
    ...(args.from === undefined ? {} : { from: args.from }),
    notify: say,
  });
  say(`run folder ${run.folder}`);
  return run;
}

/**
 * Train, sample, evaluate and report; a finished run is not run again, an interrupted one goes on.
 *
 * @example Usage
 * ```ts ignore
 * const result = await runExperiment(experiment, { args: parseArguments(["cfm-toy"]), signals, say: console.error });
 * ```
 *
 * @param experiment The experiment.
 * @param options Command line, signals and reporting.
 * @returns The result.
 * @throws {Stopped} If a signal arrived; the same call goes on from the last checkpoint.
 * @throws {ConfigError} If a setting does not fit.
 * @throws {DataError} If the data cannot be used.
 * @throws {CheckpointError} If the run folder cannot be used.
 * @throws {NumericsError} If the loss stops being finite.
 */
export async function runExperiment(experiment: Experiment, options: RunOptions): Promise<RunResult> {
  const { args, signals, say } = options;
  const began = performance.now();
  const resolved = await resolve(experiment, args, options.plugin);
  const folder = await folderOf(resolved, args.out);
  const known = await finished(folder, args);
  if (known !== undefined) {
    say(`run folder ${folder} is finished: showing its result; --fresh starts anew`);
    return known;
  }
  const { backend } = args;
  using session = await openSession(resolved, { backend, signals, say, open: () => open(resolved, options) });
  const opened = (performance.now() - began) / 1000;
  const { trainer, seconds } = await trainRun(session, signals, say);
  const trained = performance.now();
  using _ = trainer;
  const chosen = await selectedCheckpoint(session);
  using selected = chosen === undefined ? undefined : loadLearned(chosen);
  const { params, state } = selected ?? trainer;
  const result = await finishRun(session, {
    params,
    state,
    steps: trainer.step,
    seconds: () => opened + seconds + (performance.now() - trained) / 1000,
    plugin: args.plugin,
  }, signals);
  await writeResult(session.run, result);
  return result;
}
