import { join } from "node:path";
import type { AbsolutePath, RangeQuery } from "zarrita";
import { DataError } from "../errors.ts";
import { insideStore, NODE_FILES, type ZarrStore } from "./zarr_store.ts";

/** A key that runs through a file, as when an array is asked for members, names nothing, like a missing file. */
async function absentAsUndefined<T>(path: string, reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (cause) {
    const { NotFound, NotADirectory, IsADirectory } = Deno.errors;
    if (cause instanceof NotFound || cause instanceof NotADirectory || cause instanceof IsADirectory) return undefined;
    throw unreadable(path, cause);
  }
}

/**
 * Why a file must not be read.
 *
 * @param cause What the file system reported.
 * @returns A clause with the fix; undefined if the report is about something else.
 */
export function refusal(cause: unknown): string | undefined {
  if (cause instanceof Deno.errors.PermissionDenied) return "there is no permission to read it, ask its owner";
  return cause instanceof Deno.errors.NotCapable ? "Deno may not read there, run it with --allow-read" : undefined;
}

function unreadable(path: string, cause: unknown): unknown {
  const reason = refusal(cause);
  return reason === undefined ? cause : new DataError(`Cannot read "${path}": ${reason}`, { cause });
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
  const pathOf = (key: string): string => join(folder, insideStore(folder, key));
  const read = async (key: AbsolutePath, reader: (path: string) => Promise<Uint8Array>) => {
    const path = pathOf(key);
    return await absentAsUndefined(path, reader(path));
  };
  return Object.freeze({
    location: folder,
    get: (key: AbsolutePath) => read(key, Deno.readFile),
    getRange: (key: AbsolutePath, range: RangeQuery) => read(key, (path) => readFileRange(path, range)),
    children: (path: string) => nodesIn(pathOf(path)),
  });
}

async function nodesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (!entry.isFile && await isNode(join(folder, entry.name))) names.push(entry.name);
    }
  } catch (cause) {
    throw unreadable(folder, cause);
  }
  return names.sort();
}

async function isNode(folder: string): Promise<boolean> {
  for (const file of NODE_FILES) {
    const path = join(folder, file);
    if (await absentAsUndefined(path, Deno.stat(path)) !== undefined) return true;
  }
  return false;
}
