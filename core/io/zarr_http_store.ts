import {
  type AbsolutePath,
  type AsyncReadable,
  FetchStore,
  type GetOptions,
  type RangeQuery,
  withMaybeConsolidatedMetadata,
} from "zarrita";
import { DataError } from "../errors.ts";
import { childNames, insideStore, type ZarrStore } from "./zarr_store.ts";

/** A store with the metadata of all nodes in one document, or without. */
type MaybeListable = AsyncReadable & {
  readonly contents?: () => readonly { readonly path: string }[];
};

/**
 * An http(s) address as a Zarr store.
 *
 * Consolidated metadata, if there, answers for all nodes at once; without them the store can be read but not listed.
 *
 * @param address Address of the root folder.
 * @returns The store.
 * @throws {DataError} If the server cannot be reached or refuses.
 */
export async function openAddress(address: string): Promise<ZarrStore> {
  const files = fetchStore(address);
  const store: MaybeListable = await withMaybeConsolidatedMetadata(files, { format: ["v2", "v3"] });
  const nodes = store.contents?.().map(({ path }) => path.replace(/^\//, ""));
  return Object.freeze({
    location: address,
    get: (key: AbsolutePath, options?: GetOptions) => store.get(key, options),
    getRange: files.getRange,
    children: (path: string): Promise<readonly string[]> => {
      if (nodes !== undefined) return Promise.resolve(childNames(nodes, path));
      const problem = "it has no consolidated metadata and a web server cannot list folders";
      const fix = "run zarr.consolidate_metadata on it in Python, or download it";
      return Promise.reject(new DataError(`Cannot list the members of "${address}": ${problem}, ${fix}`));
    },
  });
}

function fetchStore(address: string): Required<AsyncReadable> {
  const files = new FetchStore(address);
  return {
    get: async (key, options) =>
      await orDataError(`${address}${key}`, files.get(encodeKey(address, key), { ...options })),
    getRange: async (key, range, options) => {
      const bytes = await orDataError(
        `${address}${key}`,
        files.getRange(encodeKey(address, key), range, { ...options }),
      );
      return bytes === undefined ? undefined : cut(bytes, range);
    },
  };
}

/** Names may hold characters such as # and % that mean something else in an address. */
function encodeKey(address: string, key: AbsolutePath): AbsolutePath {
  return insideStore(address, key).split("/").map(encodeURIComponent).join("/") as AbsolutePath;
}

/** Servers may ignore the range and send the whole file. */
function cut(bytes: Uint8Array, range: RangeQuery): Uint8Array {
  if ("suffixLength" in range) return bytes.subarray(Math.max(0, bytes.length - range.suffixLength));
  return bytes.length > range.length ? bytes.subarray(range.offset, range.offset + range.length) : bytes;
}

async function orDataError<T>(address: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    const problem = (cause as Error).message;
    throw new DataError(`Cannot read "${address}": ${problem}, check the address and the network`, { cause });
  }
}
