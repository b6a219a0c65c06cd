import { exitCodeOf, watchSignals } from "../../core/run/interrupt.ts";
import { type ChildCommand, experimentCommand } from "../child.ts";
import { type Ledger, openLedger, type SweepOutcome } from "../ledger.ts";
import type { SweepPlan, SweepRun } from "../plan.ts";
import { type ProgressBar, progressBar, type ProgressOptions } from "../progress.ts";
import { follow } from "./follow.ts";
import { readQueue, type Task } from "./queue.ts";
import { jobNameOf, type Resources, submit } from "./submit.ts";

/** How a sweep goes to Slurm. */
export interface SlurmOptions {
  /** What each run needs. */
  readonly resources: Resources;
  /** Whether to follow the runs until all have ended. */
  readonly watch: boolean;
  /**
   * Times that failed runs are submitted again while the sweep is followed.
   *
   * @default {0}
   */
  readonly retries?: number;
  /**
   * Seconds between looks at the queue.
   *
   * @default {10}
   */
  readonly poll?: number;
  /**
   * Command that runs an experiment; its arguments follow.
   *
   * @default {experimentCommand([])}
   */
  readonly program?: ChildCommand;
  /** Where progress is written. */
  readonly progress?: ProgressOptions;
}

/**
 * Put what the queue says into a plan: runs without a result that Slurm has are not to be submitted again.
 *
 * @param plan The sweep.
 * @param tasks Tasks by the index of their runs.
 * @returns The plan; what is `waiting` in it is to be submitted.
 */
export function withQueue(plan: SweepPlan, tasks: ReadonlyMap<number, Task>): SweepPlan {
  const runs = plan.runs.map((run, index): SweepRun => {
    const task = tasks.get(index);
    return run.status === "waiting" && task?.alive === true ? { ...run, status: "queued", job: task.job } : run;
  });
  return { ...plan, runs };
}

function countOf(ledger: Ledger, ...statuses: readonly SweepRun["status"][]): number {
  return ledger.runs.filter(({ status }) => statuses.includes(status)).length;
}

/** Submit and follow, in rounds while there are failed runs to submit again; returns the exit code a signal asks for. */
async function carryOut(
  plan: SweepPlan,
  ledger: Ledger,
  bar: ProgressBar,
  { resources, watch, retries = 0, poll = 10, program = experimentCommand([]) }: SlurmOptions,
): Promise<number | undefined> {
  const jobName = await jobNameOf(plan);
  const send = async (indices: readonly number[]): Promise<void> => {
    const job = await submit(plan, indices, resources, program);
    bar.say(`submitted ${indices.length} of ${plan.runs.length} runs as job ${job}`);
    await Promise.all(
      indices.map((index) => ledger.change(index, { status: "queued", job: `${job}_${index + 1}`, error: undefined })),
    );
  };
  const earlier = countOf(ledger, "earlier");
  if (earlier > 0) bar.say(`${earlier} of ${plan.runs.length} runs were finished before`);
  const known = countOf(ledger, "queued");
  if (known > 0) bar.say(`${known} of ${plan.runs.length} runs are in the queue already`);
  const missing = plan.runs.flatMap(({ status }, index) => status === "waiting" ? [index] : []);
  if (missing.length > 0) await send(missing);
  if (!watch) return undefined;

  using signals = watchSignals({
    notify: () => bar.say(`Following ends, the runs go on; scancel --name=${jobName} ends them`),
  });
  for (let round = 0;; round++) {
    const hopeful = await follow(plan, ledger, { jobName, poll, bar, signals });
    if (signals.received !== undefined) return exitCodeOf(signals.received);
    if (hopeful.length === 0 || round >= retries) return undefined;
    await send(hopeful);
  }
}

/**
 * Submit the runs of a sweep that are not complete as one job array, and follow them if that is wanted.
 *
 * Runs that Slurm has are never submitted twice: the queue is asked by the name of the sweep's jobs, so that not even a
 * process that was killed right after it submitted leads to duplicates.
 *
 * @param plan What `planNamed` returned.
 * @param options What the runs need, and whether to follow them.
 * @returns Runs, table and exit code; without following, runs are `queued`.
 * @throws {ConfigError} If Slurm is absent or refuses the jobs.
 * @throws {CheckpointError} If the sweep's folder cannot be written, or another process follows the same sweep.
 */
export async function sweepOnSlurm(plan: SweepPlan, options: SlurmOptions): Promise<SweepOutcome> {
  const tasks = await readQueue(await jobNameOf(plan));
  const current = withQueue(plan, tasks);
  using ledger = await openLedger(current);
  using bar = progressBar("slurm", { unit: "runs", ...options.progress });
  return await ledger.conclude(await carryOut(current, ledger, bar, options));
}
