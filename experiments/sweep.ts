import { exitCodeOf, watchSignals } from "../core/run/interrupt.ts";
import { readResult } from "../core/run/result.ts";
import { type Child, type ChildCommand, type ChildOutcome, experimentCommand, startChild } from "./child.ts";
import { type Ledger, logOf, openLedger, type SweepOutcome } from "./ledger.ts";
import { labelOf, type SweepPlan } from "./plan.ts";
import { formatDuration, progressBar, type ProgressOptions } from "./progress.ts";
import { tally } from "./tally.ts";
import { untilFree } from "./whose_run.ts";

/** How a sweep is run. */
export interface SweepOptions {
  /**
   * Processes at a time.
   *
   * @default {1}
   */
  readonly jobs?: number;
  /**
   * Command that runs the experiment.
   *
   * @default {experimentCommand}
   */
  readonly command?: (args: readonly string[]) => ChildCommand;
  /** Where progress is written. */
  readonly progress?: ProgressOptions;
}

/**
 * Work through a list with a number of workers. A failure is one of the sweep itself, for example a full disk, not one of
 * a run: no new work begins, and the work in hand is waited for.
 */
async function inParallel<T>(
  workers: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
  failing: (error: unknown) => void,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item; (item = queue.shift()) !== undefined;) await work(item);
  };
  const stopOnFailure = (error: unknown): never => {
    queue.length = 0;
    failing(error);
    throw error;
  };
  const ends = await Promise.allSettled(Array.from({ length: workers }, () => worker().catch(stopOnFailure)));
  const failure = ends.find((end) => end.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

/** Why a run failed; undefined if it did not. */
function failureOf({ code, result, lastLine }: ChildOutcome): string | undefined {
  if (code !== 0) return lastLine || `exit code ${code}`;
  return result === undefined ? "it printed no result" : undefined;
}

/** Run everything that waits; returns the exit code that a signal asks for. */
async function runAll(plan: SweepPlan, ledger: Ledger, options: SweepOptions): Promise<number | undefined> {
  const { jobs = 1, command = experimentCommand, progress } = options;
  const waiting = plan.runs.flatMap(({ status }, index) => status === "waiting" ? [index] : []);
  const children = new Set<Child>();
  using bar = progressBar("sweep", { unit: "runs", ...progress });
  using signals = watchSignals({
    notify: () => bar.say("Stopping, the runs write their checkpoints; once more stops at once"),
    onSecond: (signal) => children.forEach((child) => child.kill(signal)),
  });
  signals.abort.addEventListener("abort", () => children.forEach((child) => child.kill(signals.received!)));
  const earlier = plan.runs.length - waiting.length;
  if (earlier > 0) bar.say(`${earlier} of ${plan.runs.length} runs were finished before`);

  const { conclude, report } = tally(bar, waiting.length, () => signals.received !== undefined);
  const work = async (index: number): Promise<void> => {
    if (signals.received !== undefined) return;
    const run = plan.runs[index]!;
    const label = labelOf(run);
    const log = logOf(plan.folder, index);
    const started = performance.now();
    const fail = async (error: string): Promise<void> => {
      await ledger.change(index, { status: "failed", error });
      conclude(label, `FAILED: ${error} (log: ${log})`);
    };
    const foreign = await untilFree(run.folder, signals.abort, () => {
      bar.say(`${label}: another process runs it already, waiting for its end`);
    });
    const found = foreign && !run.arguments.includes("--fresh") ? await readResult(run) : undefined;
    if (found !== undefined) {
      await ledger.change(index, { status: "finished", result: found });
      conclude(label, "done by another process");
      return;
    }
    if (signals.received !== undefined) return;
    await ledger.change(index, { status: "running" });
    let child: Child;
    try {
      child = await startChild(
        command(run.arguments),
        log,
        (text) => report(`${label}: ${text}`),
      );
    } catch (error) {
      await fail((error as Error).message);
      return;
    }
    children.add(child);
    // The signal may have come while the process was starting.
    if (signals.received !== undefined) child.kill(signals.received);
    const outcome = await child.outcome;
    children.delete(child);
    if (outcome.unlogged !== undefined) bar.say(`WARNING: ${label}: its log is incomplete: ${outcome.unlogged}`);
    const failure = failureOf(outcome);
    if (failure === undefined) {
      await ledger.change(index, { status: "finished", result: outcome.result! });
      conclude(label, `done in ${formatDuration((performance.now() - started) / 1000)}`);
    } else if (signals.received !== undefined) {
      await ledger.change(index, { status: "interrupted" });
      conclude(label, "stopped, it goes on next time");
    } else await fail(failure);
  };
  await inParallel(jobs, waiting, work, (error) => {
    if (children.size > 0) bar.say(`${(error as Error).message}; no more runs begin, ${children.size} end first`);
  });
  return signals.received === undefined ? undefined : exitCodeOf(signals.received);
}

/**
 * Run what was planned, one process per run.
 *
 * Finished runs are not run again, interrupted ones go on, and so do, by themselves, those of a sweep whose process was
 * killed: their ends are waited for. A run that fails does not stop the others. The first Ctrl-C is passed on to the
 * runs, which write checkpoints; the second ends everything at once.
 *
 * @param plan What `planSweep` or `planRuns` returned.
 * @param options How many processes, which command.
 * @returns All runs, the table, and the exit code.
 * @throws {CheckpointError} If the sweep's folder cannot be written, or another process runs the same sweep.
 */
export async function runSweep(plan: SweepPlan, options: SweepOptions = {}): Promise<SweepOutcome> {
  using ledger = await openLedger(plan);
  return await ledger.conclude(await runAll(plan, ledger, options));
}
