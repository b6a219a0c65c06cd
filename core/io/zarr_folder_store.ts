import { join } from "node:path";
import type { AbsolutePath, RangeQuery } from "zarrita";
import { NODE_FILES, type ZarrStore } from "./zarr_store.ts";

/** A key that runs through a file, as when an array is asked for members, names nothing, like a missing file. */
async function absentAsUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (cause) {
    const { NotFound, NotADirectory, IsADirectory } = Deno.errors;
    if (cause instanceof NotFound || cause instanceof NotADirectory || cause instanceof IsADirectory) return undefined;
    throw cause;
  }
}

/**
 * Read part of a file.
 *
 * @param path The file.
 * @param range Offset and length, or number of last bytes; cut at the ends of the file.
 * @returns The bytes.
 */
export async function readFileRange(path: string, range: RangeQuery): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const start = "suffixLength" in range ? Math.max(0, size - range.suffixLength) : range.offset;
  const end = "suffixLength" in range ? size : Math.min(size, range.offset + range.length);
  const bytes = new Uint8Array(Math.max(0, end - start));
  await file.seek(start, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) {
    const count = await file.read(bytes.subarray(done));
    if (count === null) break;
    done += count;
  }
  return bytes;
}

/**
 * A folder as a Zarr store.
 *
 * @param folder Path of the folder.
 * @returns The store; groups are listed by looking into their folders.
 */
export function folderStore(folder: string): ZarrStore {
  const pathOf = (key: AbsolutePath): string => join(folder, key);
  return Object.freeze({
    location: folder,
    get: (key: AbsolutePath) => absentAsUndefined<Uint8Array>(Deno.readFile(pathOf(key))),
    getRange: (key: AbsolutePath, range: RangeQuery) =>
      absentAsUndefined<Uint8Array>(readFileRange(pathOf(key), range)),
    children: (path: string) => nodesIn(join(folder, path)),
  });
}

async function nodesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isFile && await isNode(join(folder, entry.name))) names.push(entry.name);
  }
  return names.sort();
}

async function isNode(folder: string): Promise<boolean> {
  for (const file of NODE_FILES) {
    if (await absentAsUndefined(Deno.stat(join(folder, file))) !== undefined) return true;
  }
  return false;
}
