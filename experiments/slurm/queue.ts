import { CheckpointError } from "../../core/errors.ts";
import { callSlurm } from "./call.ts";

/** One task of a job array, waiting, running or just ended. */
export interface Task {
  /** The job and the task, for example `1234_5`. */
  readonly job: string;
  /** Index of the run. */
  readonly index: number;
  /** Slurm's word for its state, for example `PENDING`. */
  readonly state: string;
  /** Whether Slurm still has it: it waits, runs or ends just now. */
  readonly alive: boolean;
}

/** States that are final; all others, known or not, mean that Slurm is not done with the task. */
const ENDED = /^(BOOT_FAIL|CANCELLED|COMPLETED|DEADLINE|FAILED|NODE_FAIL|OUT_OF_MEMORY|PREEMPTED|REVOKED|TIMEOUT)$/;

/**
 * Parse what `squeue --format=%F|%K|%T` prints.
 *
 * @param text One line per task of an array.
 * @returns The last task of each run by the run's index: one that is alive, else the latest.
 */
export function parseQueue(text: string): ReadonlyMap<number, Task> {
  const tasks = new Map<number, Task>();
  const lines = [...text.matchAll(/^(\d+)\|(\d+)\|(\w+)\s*$/gm)];
  for (const [, array, number, state] of lines.sort((a, b) => Number(a[1]) - Number(b[1]))) {
    const index = Number(number) - 1;
    const alive = !ENDED.test(state!);
    if (tasks.get(index)?.alive === true && !alive) continue;
    tasks.set(index, { job: `${array}_${number}`, index, state: state!, alive });
  }
  return tasks;
}

/**
 * Ask Slurm which runs of a sweep it has.
 *
 * @param jobName Name of the sweep's jobs.
 * @returns Tasks by the index of their runs, with those that ended in the last minutes.
 * @throws {ConfigError} If Slurm is absent.
 * @throws {CheckpointError} If it does not answer.
 */
export async function readQueue(jobName: string): Promise<ReadonlyMap<number, Task>> {
  const { success, out, complaint } = await callSlurm("squeue", [
    "--noheader",
    "--array",
    "--me",
    "--states=all",
    `--name=${jobName}`,
    "--format=%F|%K|%T",
  ]);
  if (!success) {
    throw new CheckpointError(`Cannot see the queue, squeue says: ${complaint}; the runs go on, try again later`);
  }
  return parseQueue(out);
}

/**
 * Ask the accounting, where the cluster has one, how a task ended.
 *
 * @param job The job and the task, for example `1234_5`.
 * @returns Slurm's word, for example `NODE_FAIL`; undefined if nobody knows.
 */
export async function accountedState(job: string): Promise<string | undefined> {
  try {
    const args = ["--noheader", "--parsable2", "--allocations", `--jobs=${job}`, "--format=State"];
    const { success, out } = await callSlurm("sacct", args);
    // Who cancelled it stands behind the word.
    return success ? /^[A-Z_]+/.exec(out.trim().split("\n").at(-1)!)?.[0] : undefined;
  } catch {
    return undefined;
  }
}
