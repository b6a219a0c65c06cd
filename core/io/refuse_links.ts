import { join } from "node:path";
import { DataError } from "../errors.ts";

/**
 * Refuse a folder in which one of several names is a symbolic link: what is written there would land elsewhere, and a
 * folder from somebody else may hold a link to anything.
 *
 * @param folder The folder.
 * @param names Names in it; those that are not there are fine.
 * @throws {DataError} If one of them is a link.
 */
export async function refuseLinks(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(folder, name);
    const isLink = await Deno.lstat(path).then(({ isSymlink }) => isSymlink, (cause) => {
      if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) return false;
      throw cause;
    });
    if (!isLink) continue;
    const target = await Deno.readLink(path);
    throw new DataError(
      `Cannot write "${path}": it is a link to "${target}"; put what it leads to in its place if that is yours, ` +
        "else do not trust this folder",
    );
  }
}
