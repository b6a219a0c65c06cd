import { defineArrayExtension, get, Location, open, slice } from "zarrita";
import type { NumericArray } from "../../core/mod.ts";
import { registerCodecs } from "../../core/io/zarr_codecs.ts";
import { openStore } from "../../core/io/zarr_location.ts";
import { readableV2, readableV3, type ZarrDocument } from "../../core/io/zarr_metadata.ts";
import type { ZarrStore } from "../../core/io/zarr_store.ts";

/** An array of a Zarr store of which boxes can be read. */
export interface ZarrWindow {
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** Length of each axis of a chunk. */
  readonly chunks: readonly number[];
  /** Stored type. */
  readonly dtype: string;
  /**
   * Read a box.
   *
   * @param from First index of each axis.
   * @param to Index after the last one of each axis.
   * @returns Values in row-major order.
   * @throws {Error} If a chunk is damaged.
   */
  read(from: readonly number[], to: readonly number[]): Promise<NumericArray>;
}

/** zarrita takes a chunk that is too short, as a truncated file without compression is, for one that ends in zeros. */
const withWholeChunks = defineArrayExtension((inner) => ({
  getChunk: async (coordinates, options) => {
    const chunk = await inner.getChunk(coordinates, options);
    const size = chunk.shape.reduce((a, b) => a * b, 1);
    if (chunk.data.length === size) return chunk;
    throw new RangeError(`chunk ${coordinates.join(".")} holds ${chunk.data.length} values, expected ${size}`);
  },
}));

async function documentOf(
  store: ZarrStore,
  path: string,
): Promise<{ readonly key: string; readonly document: ZarrDocument }> {
  for (const file of ["zarr.json", ".zarray"]) {
    const bytes = await store.get(`/${path}/${file}`);
    if (bytes !== undefined) return { key: `/${path}/${file}`, document: JSON.parse(new TextDecoder().decode(bytes)) };
  }
  throw new RangeError(`there is no array "${path}"`);
}

/**
 * Open an array for reading boxes, which `ZarrArray` reads only as whole rows.
 *
 * @param location Path of a folder or of a .zip of one, or an http(s) address of either.
 * @param path Path of the array in the store.
 * @returns The array.
 * @throws {Error} If there is no such array or it cannot be read.
 */
export async function openZarrWindow(location: string, path: string): Promise<ZarrWindow> {
  registerCodecs();
  const store = await openStore(location);
  const { key, document } = await documentOf(store, path);
  const v3 = key.endsWith("zarr.json");
  const bytes = new TextEncoder().encode(JSON.stringify(v3 ? readableV3(document) : readableV2(document)));
  const readable: ZarrStore = {
    ...store,
    get: (asked, options) => asked === key ? Promise.resolve(bytes) : store.get(asked, options),
  };
  const place = new Location(readable, `/${path.split("/").map(encodeURIComponent).join("/")}`);
  const array = withWholeChunks(await (v3 ? open.v3 : open.v2)(place, { kind: "array" }));
  return Object.freeze({
    shape: array.shape,
    chunks: array.chunks,
    dtype: array.dtype,
    read: async (from: readonly number[], to: readonly number[]) => {
      const { data } = await get(array, from.map((start, axis) => slice(start, to[axis]!)));
      return data as NumericArray;
    },
  });
}
