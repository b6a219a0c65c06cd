import { join } from "node:path";

/**
 * Names in a folder.
 *
 * @param path Path of the folder.
 * @returns Names in sorted order; none if there is no such folder.
 */
export async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) return [];
    throw cause;
  }
}

/**
 * Find the first of several files in a folder.
 *
 * @param folder Path of the folder.
 * @param names Names in order of preference; a file that ends in one after `_` or `-` or `.` counts, too, since samples are
 * often told apart by a prefix.
 * @returns Path of the file; undefined if there is none.
 */
export async function findFile(folder: string, names: readonly string[]): Promise<string | undefined> {
  const there = await namesIn(folder);
  for (const name of names) {
    const exact = there.find((file) => file === name);
    const prefixed = there.filter((file) => file.endsWith(name) && /[_.-]$/.test(file.slice(0, -name.length)));
    const found = exact ?? (prefixed.length === 1 ? prefixed[0] : undefined);
    if (found !== undefined) return join(folder, found);
  }
  return undefined;
}
