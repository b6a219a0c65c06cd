import { CheckpointError } from "../errors.ts";
import { writeError } from "../io/atomic.ts";

/** The holder's process number; unreadable where the system locks files against readers too. */
async function holderOf(path: string): Promise<string> {
  try {
    const pid = (await Deno.readTextFile(path)).trim();
    return pid === "" ? "another process" : `process ${pid}`;
  } catch {
    return "another process";
  }
}

/**
 * Claim a folder for this process.
 *
 * The operating system holds the lock and lets go when the process ends, however it ends, so there are no stale locks.
 *
 * @param folder Folder that only one process may write.
 * @returns The claim; dispose it to let go. The file `.lock` with the last holder's process number stays.
 * @throws {CheckpointError} If another process holds the folder, or it cannot be written.
 */
export async function lockFolder(folder: string): Promise<Disposable> {
  const path = `${folder}/.lock`;
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { create: true, read: true, write: true });
  } catch (error) {
    throw writeError(folder, error);
  }
  try {
    if (!await file.tryLock(true)) {
      const holder = await holderOf(path);
      throw new CheckpointError(
        `Cannot use run folder "${folder}": ${holder} is writing it; wait for it or choose another folder with --out`,
      );
    }
    await file.truncate();
    await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  } catch (error) {
    file.close();
    throw error instanceof CheckpointError ? error : writeError(folder, error);
  }
  let held = true;
  return Object.freeze({
    [Symbol.dispose](): void {
      if (held) file.close();
      held = false;
    },
  });
}
