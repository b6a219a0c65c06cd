import {
  type AbsolutePath,
  type AsyncReadable,
  FetchStore,
  type GetOptions,
  type RangeQuery,
  withMaybeConsolidatedMetadata,
} from "zarrita";
import { DataError, isMorphogenError } from "../errors.ts";
import { bounded } from "../net/bounded.ts";
import { fetchAddress } from "../net/fetch_address.ts";
import { cutRange } from "./byte_range.ts";
import { LARGEST_CHUNK } from "./codec_bounds.ts";
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

/** What metadata may take; the consolidated ones of the largest public stores take a tenth. */
const LARGEST_METADATA = 2 ** 28;

function mostBytesOf({ url }: Request): number {
  return /\/(zarr\.json|\.z[a-z]+)$/.test(new URL(url).pathname) ? LARGEST_METADATA : LARGEST_CHUNK;
}

function fetchStore(address: string): Required<AsyncReadable> {
  const files = new FetchStore(address, {
    fetch: async (request) => bounded(await fetchAddress(request), mostBytesOf(request)),
  });
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
  const isRange = !("suffixLength" in range) && bytes.length <= range.length;
  return isRange ? bytes : cutRange(bytes, range);
}

async function orDataError<T>(address: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (isMorphogenError(cause)) throw cause;
    const problem = (cause as Error).message;
    throw new DataError(`Cannot read "${address}": ${problem}, check the address and the network`, { cause });
  }
}
