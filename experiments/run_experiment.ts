import {
  type AnyPlugin,
  CheckpointError,
  ONE_RANK,
  openRanks,
  openRun,
  type Ranks,
  readRunRecord,
  type Run,
  type SignalWatch,
  writeResult,
} from "../core/mod.ts";
import type { ExperimentArguments } from "./arguments.ts";
import type { Experiment } from "./experiment.ts";
import { finishRun } from "./finish_run.ts";
import { folderOf, identityOf } from "./identity.ts";
import { loadLearned } from "./load_learned.ts";
import { overridesOf } from "./rerun.ts";
import { resolve, type Resolved } from "./resolve.ts";
import { readRunResult, type RunResult } from "./result.ts";
import { selectedCheckpoint } from "./select_parameters.ts";
import { openSession, type Session } from "./session.ts";
import { leadThenFollow, together } from "./together.ts";
import { type Training, trainRun } from "./train_run.ts";
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

/** The run folder as the ranks beside the first see it: it is there, and not theirs to write. */
async function openedByFirst(folder: string): Promise<Run> {
  const record = await readRunRecord(folder);
  if (record !== undefined) return { folder, record, [Symbol.dispose]: () => {} };
  throw new CheckpointError(
    `Cannot see run folder ${folder} that rank 0 has opened: all ranks need one file system, name a shared one by --out`,
  );
}

/** A trained model in its session. */
interface Trained extends Training {
  readonly session: Session;
  /** Seconds until training began. */
  readonly opened: number;
}

async function train(ranks: Ranks, resolved: Resolved, folder: string, options: RunOptions): Promise<Trained> {
  const { args: { backend }, signals, say } = options;
  const began = performance.now();
  const start = (): Promise<Run> => leadThenFollow(ranks, () => open(resolved, options), () => openedByFirst(folder));
  const session = await openSession(resolved, { backend, signals, say, ranks, open: start });
  const opened = (performance.now() - began) / 1000;
  try {
    return { session, opened, ...await trainRun(session, signals, say, ranks) };
  } catch (error) {
    session[Symbol.dispose]();
    throw error;
  }
}

async function finish({ session, trainer, opened, seconds }: Trained, options: RunOptions): Promise<RunResult> {
  const trained = performance.now();
  const chosen = await selectedCheckpoint(session);
  using selected = chosen === undefined ? undefined : loadLearned(chosen);
  const { params, state } = selected ?? trainer;
  const result = await finishRun(session, {
    params,
    state,
    steps: trainer.step,
    seconds: () => opened + seconds + (performance.now() - trained) / 1000,
    plugin: options.args.plugin,
  }, options.signals);
  await writeResult(session.run, result);
  return result;
}

function ranksFor({ args, say }: RunOptions): Ranks {
  if (args.parallel !== "mpi") return ONE_RANK;
  const ranks = openRanks();
  if (ranks.rank > 0) return ranks;
  say(
    ranks === ONE_RANK
      ? "neither mpirun nor srun started this process: training on it alone"
      : `training on ${ranks.size} ranks over ${ranks.name}`,
  );
  return ranks;
}

/**
 * Train, sample, evaluate and report; a finished run is not run again, an interrupted one goes on.
 *
 * With `--parallel mpi` all ranks train; the first alone writes, speaks and returns. The processes of the others end when
 * training does.
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
 * @throws {BackendError} If there is no MPI library, or another rank failed.
 */
export async function runExperiment(experiment: Experiment, options: RunOptions): Promise<RunResult> {
  const ranks = ranksFor(options);
  const { args } = options;
  const say = ranks.rank === 0 ? options.say : (): void => {};
  const trained = await together(ranks, async () => {
    const resolved = await resolve(experiment, args, options.plugin);
    const folder = await folderOf(resolved, args.out);
    const known = ranks.rank === 0 ? await finished(folder, args) : undefined;
    const [isFinished] = await ranks.meet(known === undefined ? 0 : 1);
    if (isFinished === 0) return await train(ranks, resolved, folder, { ...options, say });
    say(`run folder ${folder} is finished: showing its result; --fresh starts anew`);
    return known!;
  });
  if (!("session" in trained)) return trained;
  using _ = trained.session;
  using __ = trained.trainer;
  return await finish(trained, options);
}
