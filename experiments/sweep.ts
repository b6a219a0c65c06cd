import { writeError, writeFileAtomic } from "../core/io/atomic.ts";
import { exitCodeOf, watchSignals } from "../core/run/interrupt.ts";
import { lockFolder } from "../core/run/lock.ts";
import { type Child, type ChildCommand, startChild } from "./child.ts";
import { labelOf, type SweepPlan, type SweepRun } from "./plan.ts";
import { formatDuration, progressBar, type ProgressOptions } from "./progress.ts";
import { formatSummary, summarize, type SummaryRow } from "./summary.ts";

/** What a sweep leaves behind. */
export interface SweepOutcome {
  /** Folder with `sweep.json`, `table.json`, `table.txt` and the logs of the runs. */
  readonly folder: string;
  /** Name of the experiment or study. */
  readonly name: string;
  /** All runs, in the order of the plan. */
  readonly runs: readonly SweepRun[];
  /** One row per combination without the seed. */
  readonly rows: readonly SummaryRow[];
  /** The rows as text. */
  readonly table: string;
  /** 0 if all runs are finished, 1 if one failed, 130 or 143 if a signal stopped the sweep. */
  readonly exitCode: number;
}

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
   * @default {this Deno with experiments/main.ts and all permissions}
   */
  readonly command?: (args: readonly string[]) => ChildCommand;
  /** Where progress is written. */
  readonly progress?: ProgressOptions;
}

function mainCommand(args: readonly string[]): ChildCommand {
  return { command: Deno.execPath(), args: ["run", "--quiet", "-A", import.meta.resolve("./main.ts"), ...args] };
}

/** The state of all runs, on disk after every change. */
interface Ledger {
  readonly runs: readonly SweepRun[];
  change(index: number, change: Partial<SweepRun>): Promise<void>;
}

async function openLedger({ folder, name, runs: planned }: SweepPlan): Promise<Ledger> {
  const runs = [...planned];
  let last = Promise.resolve();
  const write = (): Promise<void> => {
    const text = `${JSON.stringify({ format: 1, name, runs }, null, 2)}\n`;
    // One write after the other: all of them go through the same temporary file.
    last = last.then(() => writeFileAtomic(`${folder}/sweep.json`, text));
    return last;
  };
  await write();
  return {
    runs,
    change(index, change): Promise<void> {
      runs[index] = { ...runs[index]!, ...change };
      return write();
    },
  };
}

/** Work through a list with a number of workers; after a failure no new work begins and the others are waited for. */
async function inParallel<T>(workers: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item; (item = queue.shift()) !== undefined;) await work(item);
  };
  const stopOnFailure = (error: unknown): never => {
    queue.length = 0;
    throw error;
  };
  const ends = await Promise.allSettled(Array.from({ length: workers }, () => worker().catch(stopOnFailure)));
  const failure = ends.find((end) => end.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await Deno.mkdir(`${folder}/logs`, { recursive: true });
  } catch (error) {
    throw writeError(folder, error);
  }
}

/** Run everything that waits; returns the exit code that a signal asks for. */
async function runAll(plan: SweepPlan, ledger: Ledger, options: SweepOptions): Promise<number | undefined> {
  const { jobs = 1, command = mainCommand, progress } = options;
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

  const began = performance.now();
  let ended = 0;
  /** Count a run as ended, and say how it went and how long the rest takes. */
  const conclude = (label: string, how: string): void => {
    ended++;
    const seconds = (performance.now() - began) / 1000;
    const left = waiting.length - ended;
    const rest = left === 0 ? "" : `, ${formatDuration(seconds / ended * left)} left`;
    bar.say(`[${ended}/${waiting.length}] ${label}: ${how}${signals.received === undefined ? rest : ""}`);
    bar.report(ended, waiting.length);
  };

  if (waiting.length > 0) bar.report(0, waiting.length);
  await inParallel(jobs, waiting, async (index) => {
    if (signals.received !== undefined) return;
    const run = plan.runs[index]!;
    const label = labelOf(run);
    const log = `${plan.folder}/logs/run-${String(index + 1).padStart(3, "0")}.log`;
    const started = performance.now();
    await ledger.change(index, { status: "running" });
    const child = await startChild(
      command(run.arguments),
      log,
      (text) => bar.report(ended, waiting.length, `${label}: ${text}`),
    );
    children.add(child);
    // The signal may have come while the process was starting.
    if (signals.received !== undefined) child.kill(signals.received);
    const { code, result, lastLine } = await child.outcome;
    children.delete(child);
    if (code === 0 && result !== undefined) {
      await ledger.change(index, { status: "finished", result });
      conclude(label, `done in ${formatDuration((performance.now() - started) / 1000)}`);
    } else if (signals.received !== undefined) {
      await ledger.change(index, { status: "interrupted" });
      conclude(label, "stopped, it goes on next time");
    } else {
      const error = code === 0 ? "it printed no result" : lastLine || `exit code ${code}`;
      await ledger.change(index, { status: "failed", error });
      conclude(label, `FAILED: ${error} (log: ${log})`);
    }
  });
  return signals.received === undefined ? undefined : exitCodeOf(signals.received);
}

/**
 * Run what was planned, one process per run.
 *
 * Finished runs are not run again, interrupted ones go on; a run that fails does not stop the others. The first Ctrl-C
 * is passed on to the runs, which write checkpoints; the second ends everything at once.
 *
 * @param plan What `planSweep` or `planRuns` returned.
 * @param options How many processes, which command.
 * @returns All runs, the table, and the exit code.
 * @throws {CheckpointError} If the sweep's folder cannot be written, or another process runs the same sweep.
 */
export async function runSweep(plan: SweepPlan, options: SweepOptions = {}): Promise<SweepOutcome> {
  const { folder, name } = plan;
  await makeFolder(folder);
  using _lock = await lockFolder(folder);
  const ledger = await openLedger(plan);
  const stopped = await runAll(plan, ledger, options);
  const { runs } = ledger;
  const rows = summarize(runs.map(({ values, result }) => ({
    values,
    ...(result === undefined ? {} : { metrics: result.metrics }),
  })));
  const table = formatSummary(rows);
  await writeFileAtomic(`${folder}/table.json`, `${JSON.stringify({ name, rows }, null, 2)}\n`);
  await writeFileAtomic(`${folder}/table.txt`, `${table}\n`);
  const failed = runs.some(({ status }) => status === "failed");
  return { folder, name, runs, rows, table, exitCode: stopped ?? Number(failed) };
}
