import ZipFileStore, { HTTPRangeReader } from "@zarrita/storage/zip";
import type { AbsolutePath, RangeQuery } from "zarrita";
import { DataError } from "../errors.ts";
import { readFileRange } from "./zarr_folder_store.ts";
import { childNames, NODE_FILES, type ZarrStore } from "./zarr_store.ts";

/** Random access to the bytes of a zip file. */
interface ZipSource {
  getLength(): Promise<number>;
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

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
  return openZip(address, new HTTPRangeReader(address));
}

/** The folder inside the zip that holds the root: people zip a store from inside as well as from its parent. */
function rootPrefix(names: readonly string[]): string {
  const roots = names.filter((name) => NODE_FILES.includes(name.split("/").at(-1)!));
  const shallowest = roots.sort((a, b) => a.split("/").length - b.split("/").length)[0] ?? "";
  return shallowest.slice(0, shallowest.lastIndexOf("/") + 1);
}

async function openZip(location: string, source: ZipSource): Promise<ZarrStore> {
  let names: readonly string[] = [];
  const zip = new ZipFileStore(source, {
    transformEntries: (entries) => {
      const prefix = rootPrefix(Object.keys(entries));
      const inside = Object.entries(entries).filter(([name]) => name.startsWith(prefix));
      const renamed = inside.map(([name, entry]) => [name.slice(prefix.length), entry] as const);
      names = renamed.map(([name]) => name);
      return Object.fromEntries(renamed);
    },
  });
  try {
    await zip.has("/");
  } catch (cause) {
    const problem = (cause as Error).message;
    throw new DataError(`Cannot open "${location}" as a zip file: ${problem}, expected a zipped Zarr store`, { cause });
  }
  const nodes = names.filter((name) => NODE_FILES.includes(name.split("/").at(-1)!))
    .map((name) => name.slice(0, Math.max(0, name.lastIndexOf("/"))));
  return Object.freeze({
    location,
    get: (key: AbsolutePath) => zip.get(key),
    getRange: (key: AbsolutePath, range: RangeQuery) => zip.getRange(key, range),
    children: (path: string) => Promise.resolve(childNames(nodes, path)),
  });
}
