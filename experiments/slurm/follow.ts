import { isMorphogenError } from "../../core/errors.ts";
import type { SignalWatch } from "../../core/run/interrupt.ts";
import { readResult } from "../../core/run/result.ts";
import { type Ledger, logOf } from "../ledger.ts";
import { pause } from "../pause.ts";
import { labelOf, type SweepPlan, type SweepRun } from "../plan.ts";
import type { ProgressBar } from "../progress.ts";
import { tally } from "../tally.ts";
import { accountedState, readQueue, type Task } from "./queue.ts";
import { NO_PROGRESS } from "./script.ts";
import { type LastWords, readLastWords } from "./task_log.ts";

/** Looks at the queue that must miss a run before it counts as lost: shared file systems show results late. */
const MISSES = 2;

/** Exit codes that no repetition mends: that of wrong usage, and that of a time limit which is too short. */
const HOPELESS: readonly (number | undefined)[] = [2, NO_PROGRESS];

/** What following a sweep needs. */
export interface FollowOptions {
  /** Name of the sweep's jobs. */
  readonly jobName: string;
  /** Seconds between looks at the queue. */
  readonly poll: number;
  /** Where progress is shown. */
  readonly bar: ProgressBar;
  /** Signal watch; a signal ends the following, not the runs. */
  readonly signals: SignalWatch;
}

/** Network file systems remember what is not there; to list a folder makes them ask again. */
async function refresh(folder: string): Promise<void> {
  try {
    for await (const _ of Deno.readDir(folder)) break;
  } catch {
    // A run that never began has none.
  }
}

/** How a run ended without a result. */
interface Failure {
  readonly error: string;
  readonly hopeless: boolean;
}

/** What a task says of itself at its end: the signal that ended its run, or the last line of the log. */
function describe({ code = 0, line }: LastWords): string | undefined {
  if (code <= 128) return line ?? (code === 0 ? undefined : `exit code ${code}`);
  const signal = code - 128;
  return signal === 9 ? "killed by signal 9, often for lack of memory" : `ended by signal ${signal}`;
}

/** Explain why a run has no result; undefined while that may still change. */
async function failureOf(log: string, job: string | undefined, task: Task | undefined, misses: number): Promise<
  Failure | undefined
> {
  const words = job === undefined ? undefined : await readLastWords(log, job);
  const spoke = words?.code !== undefined && words.code !== 0;
  if (!spoke && misses < MISSES) return undefined;
  const state = task?.state ?? (job === undefined ? undefined : await accountedState(job));
  if (state === "CANCELLED") return { error: "cancelled", hopeless: true };
  if (state !== undefined && state !== "FAILED" && state !== "COMPLETED") {
    return { error: `Slurm ended it: ${state}${words?.line === undefined ? "" : `, ${words.line}`}`, hopeless: false };
  }
  // Slurm forgets tasks that are cancelled before they begin.
  if (words === undefined) {
    return { error: "it left the queue before it began, as when it is cancelled", hopeless: true };
  }
  return { error: describe(words) ?? "it ended without a word", hopeless: HOPELESS.includes(words.code) };
}

/** What the queue says of a run that Slurm has. */
function standingOf({ state, job }: Task): Pick<SweepRun, "status" | "job"> {
  return { status: state === "RUNNING" || state === "COMPLETING" ? "running" : "queued", job };
}

/**
 * Follow the runs of a sweep that Slurm has until all have ended, or a signal arrives.
 *
 * What a run came to is read in its own folder; the queue only tells whether to wait for it.
 *
 * @param plan The sweep.
 * @param ledger Its state; gets what changes.
 * @param options How.
 * @returns Runs that failed and may do better when they are submitted again.
 * @throws {ConfigError} If Slurm is absent.
 * @throws {CheckpointError} If the sweep's folder cannot be written.
 */
export async function follow(plan: SweepPlan, ledger: Ledger, options: FollowOptions): Promise<readonly number[]> {
  const { jobName, poll, bar, signals } = options;
  const open = new Map<number, number>();
  for (const [index, { status }] of ledger.runs.entries()) {
    if (status === "queued" || status === "running") open.set(index, 0);
  }
  const { conclude, report } = tally(bar, open.size, () => signals.received !== undefined);
  const hopeful: number[] = [];

  const settle = async (index: number, task: Task | undefined): Promise<void> => {
    const run = plan.runs[index]!;
    const misses = open.get(index)! + 1;
    open.set(index, misses);
    await refresh(run.folder);
    const result = await readResult(run);
    if (result !== undefined) {
      open.delete(index);
      await ledger.change(index, { status: "finished", result });
      conclude(labelOf(run) || plan.name, "done");
      return;
    }
    const log = logOf(plan.folder, index);
    const failure = await failureOf(log, task?.job ?? ledger.runs[index]!.job, task, misses);
    if (failure === undefined) return;
    open.delete(index);
    if (!failure.hopeless) hopeful.push(index);
    await ledger.change(index, { status: "failed", error: failure.error });
    conclude(labelOf(run) || plan.name, `FAILED: ${failure.error} (log: ${log})`);
  };

  const look = async (): Promise<void> => {
    const tasks = await readQueue(jobName);
    for (const index of [...open.keys()]) {
      const task = tasks.get(index);
      if (task?.alive !== true) await settle(index, task);
      else {
        open.set(index, 0);
        const standing = standingOf(task);
        const { status, job } = ledger.runs[index]!;
        if (standing.status !== status || standing.job !== job) await ledger.change(index, standing);
      }
    }
    const running = [...open.keys()].filter((index) => ledger.runs[index]!.status === "running").length;
    report(`${running} running, ${open.size - running} queued`);
  };

  let silent = false;
  while (open.size > 0 && signals.received === undefined) {
    try {
      await look();
      silent = false;
    } catch (error) {
      // The controller may be away for a while; the runs are not.
      if (!isMorphogenError(error, "CheckpointError") || !error.message.startsWith("Cannot see")) throw error;
      if (!silent && signals.received === undefined) bar.say(`WARNING: ${error.message}`);
      silent = true;
    }
    if (open.size > 0) await pause(1000 * poll, signals.abort);
  }
  return hopeful.sort((a, b) => a - b);
}
