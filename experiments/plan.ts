import { hashConfig } from "../core/config/mod.ts";
import { ConfigError } from "../core/errors.ts";
import { readRunRecord } from "../core/run/record.ts";
import { type ExperimentResult, readResult } from "../core/run/result.ts";
import { type ExperimentArguments, formatArguments } from "./arguments.ts";
import { combinations, parseAxes, type Point } from "./axes.ts";

/** How a run of a sweep stands. `earlier`: it was finished before the sweep began; `queued`: Slurm has it. */
export type SweepStatus = "waiting" | "queued" | "running" | "earlier" | "finished" | "failed" | "interrupted";

/** One run of a sweep. */
export interface SweepRun {
  /** Row of the table that it belongs to: swept keys and their values. */
  readonly values: Point;
  /** Its seed, if the sweep says so. */
  readonly seed?: number;
  /** Its command line. */
  readonly arguments: readonly string[];
  /** Its folder. */
  readonly folder: string;
  /** How it stands. */
  readonly status: SweepStatus;
  /** Its result, once it is finished. */
  readonly result?: ExperimentResult;
  /** Why it failed. */
  readonly error?: string | undefined;
  /** The Slurm job that has or had it, for example `1234_5`. */
  readonly job?: string;
}

/** What a sweep is going to do. */
export interface SweepPlan {
  /** Name of the experiment or study. */
  readonly name: string;
  /** Folder of the sweep. */
  readonly folder: string;
  /** Runs in order, `waiting` or `earlier`. */
  readonly runs: readonly SweepRun[];
}

/** A run that is wanted. */
export interface RunRequest {
  /** Row of the table; runs of one row are averaged. */
  readonly values: Point;
  /** Settings `path=value`, applied after those of the command line. */
  readonly set: readonly string[];
  /** Its seed; absent means the command line's, or the experiment's own. */
  readonly seed?: number;
}

/** Names the folder of a run, and so checks its settings before anything starts. */
export type Locate = (args: ExperimentArguments) => Promise<string>;

/**
 * Name a run for people.
 *
 * @param run The run.
 * @returns For example `train.lr=1e-3 seed=2`.
 */
export function labelOf({ values, seed }: Pick<SweepRun, "values" | "seed">): string {
  const parts = Object.entries(values).map(([path, value]) => `${path}=${value}`);
  return [...parts, ...(seed === undefined ? [] : [`seed=${seed}`])].join(" ");
}

/** The result of a run that need not be run again: finished, and begun where the command line would begin it. */
async function earlierResult(
  folder: string,
  { fresh, from }: ExperimentArguments,
): Promise<ExperimentResult | undefined> {
  if (fresh) return undefined;
  const result = await readResult({ folder });
  if (result === undefined || from === undefined) return result;
  return (await readRunRecord(folder))?.from === from ? result : undefined;
}

/**
 * Plan any list of runs of one experiment; nothing is written.
 *
 * @param name Name of the sweep's folder under `--out`: the experiment, or the study that the runs belong to.
 * @param args The command line that all runs share, with the name of the experiment.
 * @param requests What is wanted.
 * @param locate Names the folder of a run.
 * @returns The plan; runs that have a result already count as `earlier`, unless `--fresh` is given.
 * @throws {ConfigError} If a setting does not fit or two runs would be the same.
 */
export async function planRuns(
  name: string,
  args: ExperimentArguments,
  requests: readonly RunRequest[],
  locate: Locate,
): Promise<SweepPlan> {
  const runs: SweepRun[] = [];
  for (const { values, set, seed = args.seed } of requests) {
    const own = { ...args, seed, set: [...args.set, ...set], sweep: [], jobs: 1, json: true };
    const folder = await locate(own);
    const run = { values, ...(seed === undefined ? {} : { seed }), arguments: formatArguments(own), folder };
    const same = runs.find((other) => other.folder === folder);
    if (same !== undefined) {
      throw new ConfigError(`Cannot sweep: ${labelOf(same)} and ${labelOf(run)} are the same run ${folder}`);
    }
    const result = await earlierResult(folder, args);
    runs.push({ ...run, ...(result === undefined ? { status: "waiting" } : { status: "earlier", result }) });
  }
  const hash = await hashConfig(runs.map((run) => run.arguments.filter((arg) => arg !== "--fresh")));
  return { name, folder: `${args.out ?? "runs"}/${name}/sweep-${hash}`, runs };
}

/**
 * List all combinations of the swept values.
 *
 * @param args The command line, with at least one axis.
 * @returns What is wanted, the last axis running fastest.
 * @throws {ConfigError} If an axis cannot be read.
 */
export function sweepRequests(args: Pick<ExperimentArguments, "sweep" | "seed">): readonly RunRequest[] {
  const axes = parseAxes(args.sweep);
  if (args.seed !== undefined && axes.some(({ path }) => path === "seed")) {
    throw new ConfigError('Flags "--seed" and "--sweep seed=..." exclude each other, keep one of them');
  }
  return combinations(axes).map(({ seed, ...values }) => ({
    values,
    set: Object.entries(values).map(([path, value]) => `${path}=${value}`),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  }));
}

/**
 * Plan all combinations of the swept values; nothing is written.
 *
 * @param args The command line, with the name of the experiment and at least one axis.
 * @param locate Names the folder of a run.
 * @returns The plan.
 * @throws {ConfigError} If an axis cannot be read, a setting does not fit or two runs would be the same.
 */
export async function planSweep(args: ExperimentArguments, locate: Locate): Promise<SweepPlan> {
  if (args.name === undefined) throw new ConfigError("Cannot sweep without an experiment: name one before the flags");
  return await planRuns(args.name, args, sweepRequests(args), locate);
}
