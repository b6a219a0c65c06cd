import { CheckpointError } from "../errors.ts";
import { type Checkpoint, loadCheckpoint, loadLatest, type LoadOptions } from "./load.ts";
import { cutMetrics } from "./metrics.ts";
import type { Run } from "./run.ts";

async function isCheckpoint(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(`${path}/state.json`)).isFile;
  } catch {
    return false;
  }
}

/**
 * Read what `--from` names.
 *
 * @param from Folder of a checkpoint, or of a run, whose newest intact checkpoint is taken.
 * @param options Whom to tell about damaged checkpoints.
 * @returns The checkpoint.
 * @throws {CheckpointError} If there is no intact checkpoint.
 */
export async function loadStart(from: string, options: LoadOptions = {}): Promise<Checkpoint> {
  if (await isCheckpoint(from)) return await loadCheckpoint(from);
  const found = await loadLatest({ folder: from }, options);
  if (found === undefined) throw new CheckpointError(`Cannot start from "${from}": it has no checkpoint`);
  return found;
}

/**
 * Find where a run goes on, and remove from its log what comes after.
 *
 * @param run The run.
 * @param options Whom to tell about damaged checkpoints.
 * @returns The run's newest intact checkpoint, else the one it was told to start from, else `undefined`.
 * @throws {CheckpointError} If there are checkpoints but none is intact.
 */
export async function resumeRun(run: Run, options: LoadOptions = {}): Promise<Checkpoint | undefined> {
  const own = await loadLatest(run, options);
  const start = own ?? (run.record.from === undefined ? undefined : await loadStart(run.record.from, options));
  await cutMetrics(run, own?.step ?? -1);
  return start;
}
