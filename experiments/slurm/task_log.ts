import { TASK_BEGINS, TASK_ENDS } from "./script.ts";

/** What a task left in its run's log. */
export interface LastWords {
  /** Exit code, if it ended by itself. */
  readonly code: number | undefined;
  /** Last line that it or Slurm wrote. */
  readonly line: string | undefined;
}

/**
 * Find what one task wrote into a log that all tasks of its run append to.
 *
 * @param log The log, or its end.
 * @param job The job and the task, for example `1234_5`.
 * @param whole Whether it is the whole log; an end that no task begins in is that of the last one.
 * @returns Its last words; undefined if it never began.
 */
export function lastWordsIn(log: string, job: string, whole: boolean = true): LastWords | undefined {
  const lines = log.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const begins = (line: string): boolean => line.startsWith(`${TASK_BEGINS} `);
  const begin = lines.findLastIndex((line) => line.startsWith(`${TASK_BEGINS} ${job} `));
  if (begin < 0 && (whole || lines.some(begins))) return undefined;
  const next = lines.findIndex((line, at) => at > begin && begins(line));
  const own = lines.slice(begin + 1, next < 0 ? undefined : next);
  const end = own.findLast((line) => line.startsWith(`${TASK_ENDS} `));
  return {
    code: end === undefined ? undefined : Number(end.slice(TASK_ENDS.length)),
    line: own.findLast((line) => !line.startsWith("== ")),
  };
}

/** Bytes of a log's end that are enough for the last words of a task. */
const ENOUGH = 1 << 20;

/**
 * Read what one task wrote into its run's log.
 *
 * @param path The log; it need not exist.
 * @param job The job and the task, for example `1234_5`.
 * @returns Its last words; undefined if it never began.
 */
export async function readLastWords(path: string, job: string): Promise<LastWords | undefined> {
  try {
    using file = await Deno.open(path);
    const { size } = await file.stat();
    const bytes = new Uint8Array(Math.min(size, ENOUGH));
    await file.seek(size - bytes.length, Deno.SeekMode.Start);
    for (let done = 0, more; done < bytes.length; done += more) {
      more = await file.read(bytes.subarray(done)) ?? bytes.length;
    }
    return lastWordsIn(new TextDecoder().decode(bytes), job, bytes.length === size);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
