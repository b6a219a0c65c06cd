import { type AnyPlugin, runFolder, type SignalWatch } from "../core/mod.ts";
import type { ExperimentArguments } from "./arguments.ts";
import type { Experiment } from "./experiment.ts";
import { finishRun } from "./finish_run.ts";
import { resolve } from "./resolve.ts";
import { readRunResult, type RunResult } from "./result.ts";
import { identityOf, openSession, type SessionOptions } from "./session.ts";
import { trainRun } from "./train_run.ts";

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

function sessionOptions({ args, signals, say }: RunOptions): SessionOptions {
  return {
    backend: args.backend,
    ...(args.data === undefined ? {} : { location: args.data }),
    root: args.out ?? "runs",
    overrides: args.set,
    fresh: args.fresh,
    ...(args.from === undefined ? {} : { from: args.from }),
    signals,
    say,
  };
}

/**
 * Name the folder that a command line leads to; checks its settings.
 *
 * @param experiment The experiment.
 * @param args The command line.
 * @param plugin A plugin from outside.
 * @returns The run folder.
 */
export async function locateRun(
  experiment: Experiment,
  args: ExperimentArguments,
  plugin?: AnyPlugin,
): Promise<string> {
  const { settings } = await resolve(experiment, args, plugin);
  return await runFolder({
    root: args.out ?? "runs",
    experiment: experiment.name,
    config: identityOf(settings, args.data),
    seed: settings.seed,
  });
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
 * @returns The result; `undefined` for a dry run.
 */
export async function runExperiment(experiment: Experiment, options: RunOptions): Promise<RunResult | undefined> {
  const { args, signals, say } = options;
  const began = performance.now();
  const resolved = await resolve(experiment, args, options.plugin);
  const known = args.fresh ? undefined : await readRunResult(await locateRun(experiment, args, options.plugin));
  if (known !== undefined && !args.dryRun) {
    say(`run folder ${known.run} is finished: showing its result; --fresh starts anew`);
    return known;
  }
  using session = await openSession(resolved, sessionOptions(options));
  if (args.dryRun) {
    await session.model.batches(session.data, session.root.fold("data"));
    say("dry run: data loaded, model built, nothing trained");
    return undefined;
  }
  const opened = (performance.now() - began) / 1000;
  const { trainer, seconds } = await trainRun(session, signals, say);
  const trained = performance.now();
  using _ = trainer;
  return await finishRun(session, {
    params: trainer.params,
    steps: trainer.step,
    seconds: () => opened + seconds + (performance.now() - trained) / 1000,
  }, signals);
}
