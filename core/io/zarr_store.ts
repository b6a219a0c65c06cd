import type { AbsolutePath, AsyncReadable, GetOptions, RangeQuery } from "zarrita";
import { DataError } from "../errors.ts";

/** A place that holds a Zarr hierarchy: a folder, a zip file or an address. Keys start with a slash. */
export interface ZarrStore extends AsyncReadable {
  /** Path or address, for messages. */
  readonly location: string;
  /**
   * Read part of a value.
   *
   * @param key Key of the value.
   * @param range Offset and length, or number of last bytes.
   * @param options Abort signal.
   * @returns The bytes; undefined if there is no such key.
   */
  getRange(key: AbsolutePath, range: RangeQuery, options?: GetOptions): Promise<Uint8Array | undefined>;
  /**
   * List the arrays and groups directly under a group.
   *
   * @param path Path of the group without outer slashes; empty for the root.
   * @returns Their names in sorted order.
   * @throws {DataError} If the place cannot be listed.
   */
  children(path: string): Promise<readonly string[]>;
}

/** Names of the files that make a folder an array or a group, in the order in which they are tried. */
export const NODE_FILES: readonly string[] = ["zarr.json", ".zarray", ".zgroup"];

/**
 * List the nodes directly under a group, from the paths of all nodes.
 *
 * @param paths Paths of nodes without outer slashes.
 * @param parent Path of the group; empty for the root.
 * @returns Names in sorted order.
 */
export function childNames(paths: Iterable<string>, parent: string): string[] {
  const prefix = parent === "" ? "" : `${parent}/`;
  const names = new Set<string>();
  for (const path of paths) {
    if (path.startsWith(prefix) && path.length > prefix.length) names.add(path.slice(prefix.length).split("/")[0]!);
  }
  return [...names].sort();
}

/**
 * Refuse a key that leads out of the store, as a forged name of a member may.
 *
 * @param location Path or address of the store.
 * @param key Key of a value, or path of a node.
 * @returns The key.
 * @throws {DataError} If one of its parts is `..`, with slashes or with backslashes, which separate folders on Windows.
 */
export function insideStore<K extends string>(location: string, key: K): K {
  if (!key.split(/[\/\\]/).includes("..") && !key.includes("\0")) return key;
  throw new DataError(`Cannot read "${key}" of "${location}": it leads out of the store, do not trust this store`);
}
