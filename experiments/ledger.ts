import { writeError, writeFileAtomic } from "../core/io/atomic.ts";
import { lockFolder } from "../core/run/lock.ts";
import type { SweepPlan, SweepRun } from "./plan.ts";
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

/**
 * The state of all runs, on disk after every change.
 *
 * It is for readers: what is finished says each run's own folder, so that a sweep whose process was killed between two
 * changes loses nothing.
 */
export interface Ledger extends Disposable {
  /** The runs as they stand. */
  readonly runs: readonly SweepRun[];
  /**
   * Change what is known of a run.
   *
   * @param index Which run.
   * @param change What is new.
   * @throws {CheckpointError} If `sweep.json` cannot be written.
   */
  change(index: number, change: Partial<SweepRun>): Promise<void>;
  /**
   * Write the table of all results.
   *
   * @param stopped Exit code that a signal asks for.
   * @returns Runs, table and exit code.
   * @throws {CheckpointError} If the table cannot be written.
   */
  conclude(stopped?: number): Promise<SweepOutcome>;
}

/**
 * Name the log of a run.
 *
 * @param folder Folder of the sweep.
 * @param index Which run.
 * @returns The file, whose name counts from 1.
 */
export function logOf(folder: string, index: number): string {
  return `${folder}/logs/run-${String(index + 1).padStart(3, "0")}.log`;
}

async function claim(folder: string): Promise<Disposable> {
  try {
    await Deno.mkdir(`${folder}/logs`, { recursive: true });
  } catch (error) {
    throw writeError(folder, error);
  }
  return await lockFolder(folder);
}

/** Remove what a process that was killed had begun to write. */
async function removeDebris(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (/\.partial-\d+$/.test(name)) await Deno.remove(`${folder}/${name}`);
  }
}

/**
 * Claim the folder of a sweep for this process, and write down how its runs stand.
 *
 * @param plan The sweep.
 * @returns The ledger; dispose it to let other processes have the folder.
 * @throws {CheckpointError} If the folder cannot be written, or another process holds it.
 */
export async function openLedger({ folder, name, runs: planned }: SweepPlan): Promise<Ledger> {
  const runs = [...planned];
  const lock = await claim(folder);
  let last = Promise.resolve();
  let next: Promise<void> | undefined;
  // One write after the other, as all go through the same temporary file; changes that wait for it share the next one.
  const write = (): Promise<void> =>
    next ??= last = last.then(async () => {
      next = undefined;
      await writeFileAtomic(`${folder}/sweep.json`, `${JSON.stringify({ format: 1, name, runs }, null, 2)}\n`);
    });
  try {
    await removeDebris(folder);
    await write();
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
  return Object.freeze({
    runs,
    change(index: number, change: Partial<SweepRun>): Promise<void> {
      runs[index] = { ...runs[index]!, ...change };
      return write();
    },
    async conclude(stopped?: number): Promise<SweepOutcome> {
      const rows = summarize(runs.map(({ values, result }) => ({
        values,
        ...(result === undefined ? {} : { metrics: result.metrics }),
      })));
      const table = formatSummary(rows);
      await writeFileAtomic(`${folder}/table.json`, `${JSON.stringify({ name, rows }, null, 2)}\n`);
      await writeFileAtomic(`${folder}/table.txt`, `${table}\n`);
      const failed = runs.some(({ status }) => status === "failed");
      return { folder, name, runs, rows, table, exitCode: stopped ?? Number(failed) };
    },
    [Symbol.dispose]: () => lock[Symbol.dispose](),
  });
}
