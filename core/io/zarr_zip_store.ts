import ZipFileStore from "@zarrita/storage/zip";
import type { AbsolutePath, RangeQuery } from "zarrita";
import { DataError, isMorphogenError } from "../errors.ts";
import { bounded } from "../net/bounded.ts";
import { fetchAddress } from "../net/fetch_address.ts";
import { readFileRange } from "./zarr_folder_store.ts";
import { childNames, insideStore, NODE_FILES, type ZarrStore } from "./zarr_store.ts";
import { readZipEntry, readZipRange, type ZipEntries, type ZipSource } from "./zip_entry.ts";

/**
 * A zip file as a Zarr store; entries are read where they lie, without unpacking the rest.
 *
 * @param path Path of the file.
 * @returns The store.
 * @throws {DataError} If the file is not a zip.
 */
export function openZipFile(path: string): Promise<ZarrStore> {
  return openZip(path, {
    getLength: async () => (await Deno.stat(path)).size,
    read: (offset, length) => readFileRange(path, { offset, length }),
  });
}

/**
 * A zip file behind an address as a Zarr store; only the parts that are needed are fetched.
 *
 * @param address An http(s) address whose server answers range requests.
 * @returns The store.
 * @throws {DataError} If the address cannot be read or is not a zip.
 */
export function openZipAddress(address: string): Promise<ZarrStore> {
  return openZip(address, {
    getLength: async () => {
      const { headers } = await answerOf(address, { method: "HEAD" });
      const length = headers.get("content-length");
      if (length === null) throw new RangeError("the server does not say how long it is");
      return Number(length);
    },
    read: async (offset, length) => {
      if (length === 0) return new Uint8Array();
      const response = await answerOf(address, { headers: { range: `bytes=${offset}-${offset + length - 1}` } });
      if (response.status === 206) return new Uint8Array(await bounded(response, length).arrayBuffer());
      await response.body?.cancel();
      throw new RangeError("the server does not answer requests for parts of it, download it first");
    },
  });
}

async function answerOf(address: string, init: RequestInit): Promise<Response> {
  const response = await fetchAddress(address, init);
  if (response.ok) return response;
  await response.body?.cancel();
  throw new RangeError(`the server answers ${response.status} ${response.statusText}`.trim());
}

/** The folder inside the zip that holds the root: people zip a store from inside as well as from its parent. */
function rootPrefix(names: readonly string[]): string {
  const roots = names.filter((name) => NODE_FILES.includes(name.split("/").at(-1)!));
  const shallowest = roots.sort((a, b) => a.split("/").length - b.split("/").length)[0] ?? "";
  return shallowest.slice(0, shallowest.lastIndexOf("/") + 1);
}

/** Entries below the root; names such as `toString` are absent unless they are in the zip file. */
function entriesBelowRoot(entries: ZipEntries): ZipEntries {
  const prefix = rootPrefix(Object.keys(entries));
  const inside = Object.entries(entries).filter(([name]) => name.startsWith(prefix));
  return Object.assign(
    Object.create(null),
    Object.fromEntries(inside.map(([name, entry]) => [name.slice(prefix.length), entry])),
  );
}

async function readDirectory(location: string, source: ZipSource): Promise<ZipEntries> {
  let found: ZipEntries = {};
  const transformEntries = (entries: ZipEntries): ZipEntries => found = entriesBelowRoot(entries);
  try {
    await new ZipFileStore(source, { transformEntries }).has("/");
    return found;
  } catch (cause) {
    if (isMorphogenError(cause)) throw cause;
    const problem = (cause as Error).message;
    throw new DataError(`Cannot open "${location}" as a zip file: ${problem}, expected a zipped Zarr store`, { cause });
  }
}

async function openZip(location: string, source: ZipSource): Promise<ZarrStore> {
  const entries = await readDirectory(location, source);
  const nodes = Object.keys(entries).filter((name) => NODE_FILES.includes(name.split("/").at(-1)!))
    .map((name) => name.slice(0, Math.max(0, name.lastIndexOf("/"))));
  const read = async (
    key: AbsolutePath,
    reader: (entry: ZipEntries[string]) => Promise<Uint8Array>,
  ): Promise<Uint8Array | undefined> => {
    const entry = entries[insideStore(location, key).slice(1)];
    if (entry === undefined) return undefined;
    try {
      return await reader(entry);
    } catch (cause) {
      if (isMorphogenError(cause)) throw cause;
      const problem = (cause as Error).message;
      throw new DataError(`Cannot read "${key}" of "${location}": ${problem}, copy the file again`, { cause });
    }
  };
  return Object.freeze({
    location,
    get: (key: AbsolutePath) => read(key, (entry) => readZipEntry(source, entry)),
    getRange: (key: AbsolutePath, range: RangeQuery) => read(key, (entry) => readZipRange(source, entry, range)),
    children: (path: string) => Promise.resolve(childNames(nodes, path)),
  });
}
