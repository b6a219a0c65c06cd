import { isRecord } from "../config/schema.ts";
import { CheckpointError } from "../errors.ts";
import { writeError } from "../io/atomic.ts";
import { refuseLinks } from "../io/refuse_links.ts";
import { ifAllowed } from "./environment.ts";

/** How often a lock is tried: one that is let go, or looked at, or whose holder is being killed is free in a moment. */
const ATTEMPTS = 6;

/** Milliseconds between attempts. */
const PAUSE = 50;

/** What systems say where a file system has no locks, as some of clusters. */
const NO_LOCKS: readonly unknown[] = ["ENOLCK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"];

/** Who holds a lock, as `.lock` says for those who come later. */
function ownLine(): string {
  const since = new Date().toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
  return `${JSON.stringify({ pid: Deno.pid, host: ifAllowed(() => Deno.hostname()), since })}\n`;
}

/** Says who holds a lock; its file is unreadable where the system locks it against readers too. */
async function holderOf(path: string): Promise<string> {
  try {
    const holder: unknown = JSON.parse(await Deno.readTextFile(path));
    if (!isRecord(holder) || typeof holder["pid"] !== "number") return "another process";
    const { pid, host, since } = holder;
    const where = [
      ...(typeof since === "string" ? [`since ${since}`] : []),
      ...(typeof host === "string" ? [`on ${host}`] : []),
    ];
    return where.length === 0 ? `process ${pid}` : `${where.join(" ")}, process ${pid}`;
  } catch {
    return "another process";
  }
}

function isNoLocks(error: unknown): boolean {
  return error instanceof Error && "code" in error && NO_LOCKS.includes(error.code);
}

/** The file is no longer the folder's if the folder was renamed after it was opened. */
async function isInPlace(file: Deno.FsFile, path: string): Promise<boolean> {
  const [own, there] = [await file.stat(), await Deno.stat(path).catch(() => undefined)];
  return there !== undefined && own.ino === there.ino && own.dev === there.dev;
}

/** The locked file; `undefined` if another process holds it. */
async function tryToLock(path: string): Promise<Deno.FsFile | undefined> {
  const file = await Deno.open(path, { create: true, read: true, write: true });
  try {
    if (await file.tryLock(true) && await isInPlace(file, path)) {
      await file.truncate();
      await file.write(new TextEncoder().encode(ownLine()));
      return file;
    }
  } catch (error) {
    file.close();
    throw error;
  }
  file.close();
  return undefined;
}

async function lock(folder: string): Promise<Deno.FsFile> {
  const path = `${folder}/.lock`;
  for (let attempt = 1;; attempt++) {
    try {
      const file = await tryToLock(path);
      if (file !== undefined) return file;
    } catch (error) {
      if (!isNoLocks(error)) throw writeError(folder, error);
      throw new CheckpointError(
        `Cannot lock run folder "${folder}": its file system has no locks, mount it with them (for example Lustre ` +
          "with -o flock) or choose a folder elsewhere with --out",
        { cause: error },
      );
    }
    if (attempt < ATTEMPTS) {
      await new Promise((done) => setTimeout(done, PAUSE));
      continue;
    }
    const holder = await holderOf(path);
    throw new CheckpointError(
      `Cannot use run folder "${folder}": ${holder} is writing it; wait for it or choose another folder with --out`,
    );
  }
}

/**
 * Claim a folder for this process.
 *
 * The operating system holds the lock and lets go when the process ends, however it ends, so there are no stale locks:
 * neither a number that another process has by now nor a clock that was set has a say in it. On a shared file system the
 * server holds it, for processes on all hosts.
 *
 * @param folder Folder that only one process may write.
 * @returns The claim; dispose it to let go. The file `.lock` stays, with process number, host and time of the last holder.
 * @throws {CheckpointError} If another process holds the folder, it cannot be written, or its file system has no locks.
 * @throws {DataError} If a file that is written in place is a link, as a folder from somebody else may have.
 */
export async function lockFolder(folder: string): Promise<Disposable> {
  // What is written in place, and not put there by renaming, would land where a link leads.
  await refuseLinks(folder, [".lock", "metrics.jsonl"]);
  const file = await lock(folder);
  let held = true;
  return Object.freeze({
    [Symbol.dispose](): void {
      if (held) file.close();
      held = false;
    },
  });
}
