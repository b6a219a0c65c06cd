import { dirname } from "node:path";

/**
 * Remove a file or folder with all it holds, if it is there.
 *
 * @param path Its path.
 */
export async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory)) throw cause;
  }
}

/**
 * Make a rename survive a power failure, where the platform can open folders.
 *
 * @param path Folder in which something was renamed.
 */
export async function syncFolder(path: string): Promise<void> {
  try {
    using folder = await Deno.open(path);
    await folder.sync();
  } catch {
    // Windows cannot open folders and keeps renames in order by itself.
  }
}

/**
 * Rename a complete folder to its final name; what stands there is removed once it is replaced.
 *
 * @param partial The folder.
 * @param target Its final name, beside it.
 */
export async function putFolderInPlace(partial: string, target: string): Promise<void> {
  const old = `${target}.replaced-${Deno.pid}`;
  // Folders cannot be renamed over one another, so the old one steps aside first.
  const replaced = await Deno.rename(target, old).then(() => true, (cause) => {
    if (cause instanceof Deno.errors.NotFound) return false;
    throw cause;
  });
  try {
    await Deno.rename(partial, target);
  } catch (cause) {
    if (replaced) await Deno.rename(old, target);
    throw cause;
  }
  if (replaced) await remove(old);
  await syncFolder(dirname(target));
}
