import { dirname } from "node:path";
import { CheckpointError } from "../errors.ts";
import { putFolderInPlace, remove, syncFolder } from "./put_in_place.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full, free space or choose another folder",
  EDQUOT: "the disk quota is used up, free space or choose another folder",
  EFBIG: "the file would be larger than this disk or a limit (ulimit -f) allows, raise it or choose another folder",
  EIO: "the disk reports an error, check it or choose another folder",
  EROFS: "the file system is read-only, choose another folder",
  EACCES: "there is no permission to write there, choose another folder",
  EPERM: "there is no permission to write there, choose another folder",
  ENOENT: "its folder does not exist, create it first",
  ENOTDIR: "a part of the path is a file, choose another path",
  EISDIR: "a folder of that name is in the way, choose another name",
  ENOTEMPTY: "a folder of that name is in the way, choose another name",
};

/** Numbers of errors that Deno reports without a code; Linux and macOS count quotas differently. */
const CODES: Readonly<Record<string, string>> = { 5: "EIO", 27: "EFBIG", 69: "EDQUOT", 122: "EDQUOT" };

const OS_ERROR = /\(os error (\d+)\)$/;

function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  return "code" in cause && typeof cause.code === "string"
    ? cause.code
    : CODES[OS_ERROR.exec(cause.message)?.[1] ?? ""];
}

/**
 * Tell whether an error is what the file system or a missing permission reported.
 *
 * @param cause The error.
 * @returns Whether it is.
 */
export function isFileFailure(cause: unknown): boolean {
  return codeOf(cause) !== undefined || cause instanceof Deno.errors.NotCapable ||
    (cause instanceof Error && OS_ERROR.test(cause.message));
}

/**
 * Build the error for a failed write.
 *
 * @param path What was to be written.
 * @param cause What the file system reported.
 * @returns An error that names the path, the reason and, where there is one, the fix.
 */
export function writeError(path: string, cause: unknown): CheckpointError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new CheckpointError(`Cannot write "${path}": ${REASONS[codeOf(cause) ?? ""] ?? text}`, { cause });
}

/**
 * Write a file so that readers see the old content or the new one, never a part.
 *
 * The bytes go to the sibling `NAME.partial-PID`, reach the disk, and are renamed; after a failure the sibling is gone
 * and an older file is as it was.
 *
 * @example Usage
 * ```ts
 * import { writeFileAtomic } from "@morphogen/morphogen";
 *
 * const path = `${await Deno.makeTempDir()}/latest`;
 * await writeFileAtomic(path, "step-00001000");
 * if (await Deno.readTextFile(path) !== "step-00001000") throw new Error("not written");
 * ```
 *
 * @param path File to write; its folder exists.
 * @param content Bytes, or text that is written as UTF-8.
 * @throws {CheckpointError} If the file cannot be written; the message names path and reason.
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  const partial = `${path}.partial-${Deno.pid}`;
  try {
    await writeSynced(partial, typeof content === "string" ? new TextEncoder().encode(content) : content);
    await Deno.rename(partial, path);
  } catch (cause) {
    await remove(partial).catch(() => {});
    throw writeError(path, cause);
  }
  await syncFolder(dirname(path));
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  await file.sync();
}

/**
 * Fill a new folder and put it in place of an old one once it is complete.
 *
 * The folder grows as the sibling `NAME.partial`; after a failure the sibling is gone and an older folder is as it was.
 *
 * @param path Folder to create or replace, with all it holds; missing parents are created.
 * @param fill Writes the content; receives the path of the growing folder.
 * @throws {CheckpointError} If the file system refuses; other errors of `fill` pass unchanged.
 */
export async function replaceFolderAtomic(path: string, fill: (partial: string) => Promise<void>): Promise<void> {
  const target = path.replace(/(?<=.)[\/\\]+$/, "");
  const partial = `${target}.partial`;
  try {
    await remove(partial);
    await Deno.mkdir(partial, { recursive: true });
    await fill(partial);
    await putFolderInPlace(partial, target);
  } catch (cause) {
    await remove(partial).catch(() => {});
    throw isFileFailure(cause) ? writeError(target, cause) : cause;
  }
}
