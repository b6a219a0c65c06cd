import { putFolderInPlace, remove } from "../io/put_in_place.ts";

/** Names of what is written but not yet in place: see `writeFileAtomic` and `replaceFolderAtomic`. */
const UNFINISHED = /\.partial(-\d+)?$/;

/** Name of what was put aside for a new one: see `putFolderInPlace`. */
const PUT_ASIDE = /^(.+)\.replaced-\d+$/;

/** Names in a folder, or none if there is no such folder. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    throw cause;
  }
}

/**
 * Clear away what a killed process left in a folder: what is unfinished goes; what was put aside for a new one that did
 * not come into place returns.
 *
 * @param folder A run folder or one in it, which no other process may write meanwhile; it need not exist.
 */
export async function clearDebris(folder: string): Promise<void> {
  const names = await namesIn(folder);
  for (const name of names) {
    const target = PUT_ASIDE.exec(name)?.[1];
    if (target !== undefined && !names.includes(target)) {
      await putFolderInPlace(`${folder}/${name}`, `${folder}/${target}`);
    } else if (target !== undefined || UNFINISHED.test(name)) await remove(`${folder}/${name}`);
  }
}
