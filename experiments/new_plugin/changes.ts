import { dirname } from "node:path";
import { ConfigError } from "../../core/errors.ts";

/** One file that is written: made anew, or changed from what it was. */
export interface FileChange {
  /** Path of the file. */
  readonly path: string;
  /** What it is to hold. */
  readonly text: string;
  /** What it holds now, for files that are changed; absent for new ones. */
  readonly was?: string;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return false;
    throw cause;
  }
}

/** Make a folder with those above it, and list the ones that were not there, deepest first. */
async function makeFolders(folder: string): Promise<string[]> {
  const made: string[] = [];
  for (let at = folder; !(await exists(at)); at = dirname(at)) made.push(at);
  await Deno.mkdir(folder, { recursive: true });
  return made;
}

/**
 * Write files, all or none: if one cannot be written, those before it are removed or get back what they held.
 *
 * @param changes The files.
 * @throws {ConfigError} If a new file is there already; nothing is written then.
 */
export async function applyChanges(changes: readonly FileChange[]): Promise<void> {
  for (const { path, was } of changes) {
    if (was !== undefined || !(await exists(path))) continue;
    throw new ConfigError(`Cannot write ${path}: it is there already; choose another name, or remove it first`);
  }
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const { path, text, was } of changes) {
      const folders = await makeFolders(dirname(path));
      undo.push(...folders.toReversed().map((folder) => () => Deno.remove(folder)));
      undo.push(was === undefined ? () => Deno.remove(path) : () => Deno.writeTextFile(path, was));
      await Deno.writeTextFile(path, text, { createNew: was === undefined });
    }
  } catch (cause) {
    // A step that was never made cannot be undone: the others still are.
    for (const step of undo.reverse()) await step().catch(() => {});
    throw cause;
  }
}
