import { pause } from "./pause.ts";

/** Milliseconds between looks at a lock. */
const PAUSE = 500;

/** Whether no process holds a folder; what else may be wrong with it says the run itself. */
async function isFree(folder: string): Promise<boolean> {
  try {
    using file = await Deno.open(`${folder}/.lock`, { read: true, write: true });
    return await file.tryLock(true);
  } catch {
    return true;
  }
}

/**
 * Wait until no process writes a run folder: a run that was begun by a sweep which was killed goes on by itself.
 *
 * @param folder The run folder; it need not exist.
 * @param signal Cuts the waiting short.
 * @param waiting Told once if there is something to wait for.
 * @returns Whether another process had it.
 */
export async function untilFree(folder: string, signal: AbortSignal, waiting: () => void): Promise<boolean> {
  if (await isFree(folder)) return false;
  waiting();
  while (!signal.aborted && !await isFree(folder)) await pause(PAUSE, signal);
  return true;
}
