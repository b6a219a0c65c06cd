import { type AbsolutePath, Location, open } from "zarrita";
import { DataError, isMorphogenError } from "../errors.ts";
import type { HostArray, NumericArray } from "../host_array.ts";
import { type ZarrArray, zarrArray } from "./zarr_array.ts";
import { registerCodecs } from "./zarr_codecs.ts";
import { openStore } from "./zarr_location.ts";
import { readableV2, readableV3, requireLengths, type ZarrDocument } from "./zarr_metadata.ts";
import { recordFields } from "./zarr_records.ts";
import { NODE_FILES, type ZarrStore } from "./zarr_store.ts";

/** A group of a Zarr store. */
export interface ZarrGroup {
  /** Discriminant. */
  readonly kind: "group";
  /** Store and path, for messages. */
  readonly name: string;
  /** User attributes. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /**
   * List the arrays and groups in this group.
   *
   * @returns Names in sorted order.
   * @throws {DataError} If the store cannot be listed: a web server without consolidated metadata.
   */
  members(): Promise<readonly string[]>;
  /**
   * Open an array or group in this group.
   *
   * @param path Its name, or a path through further groups.
   * @returns The array or group; undefined if there is none of that name.
   * @throws {DataError} If its metadata cannot be read.
   */
  member(path: string): Promise<ZarrNode | undefined>;
}

/** An array or group of a Zarr store. */
export type ZarrNode = ZarrArray | ZarrGroup;

/**
 * Open a Zarr store of format 2 or 3.
 *
 * @example Usage
 * ```ts
 * import { openZarr } from "@morphogen/morphogen";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/.zgroup`, '{"zarr_format": 2}');
 * const root = await openZarr(folder);
 * if (root.kind !== "group" || (await root.members()).length !== 0) throw new Error("expected an empty group");
 * ```
 *
 * @param location Path of a folder or of a .zip of one, or an http(s) address of either.
 * @returns The root array or group.
 * @throws {DataError} If there is nothing at the location or it is no Zarr store.
 */
export async function openZarr(location: string | URL): Promise<ZarrNode> {
  registerCodecs();
  const store = await openStore(location);
  const root = await openNode(store, "");
  if (root === undefined) {
    const problem = `it has no ${NODE_FILES.join(", ")}, give the folder that does`;
    throw new DataError(`Cannot open "${store.location}" as a Zarr store: ${problem}`);
  }
  return root;
}

function nameOf(store: ZarrStore, path: string): string {
  return path === "" ? `"${store.location}"` : `"${path}" of "${store.location}"`;
}

/** zarrita resolves paths as URLs, where names with # or % would mean something else. */
function locate(store: ZarrStore, path: string): Location<ZarrStore> {
  return new Location(store, `/${path.split("/").map(encodeURIComponent).join("/")}`);
}

async function readDocument(store: ZarrStore, key: AbsolutePath): Promise<ZarrDocument | undefined> {
  const bytes = await store.get(key);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new TypeError(`its "${key}" is not valid JSON, copy or write the store again`, { cause });
  }
}

function withDocument(store: ZarrStore, key: AbsolutePath, document: ZarrDocument): ZarrStore {
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  return { ...store, get: (asked, options) => asked === key ? Promise.resolve(bytes) : store.get(asked, options) };
}

async function openNode(store: ZarrStore, path: string): Promise<ZarrNode | undefined> {
  const name = nameOf(store, path);
  try {
    for (const file of NODE_FILES) {
      const key: AbsolutePath = path === "" ? `/${file}` : `/${path}/${file}`;
      const document = await readDocument(store, key);
      if (document !== undefined) return await openDocument(store, path, key, document);
    }
  } catch (cause) {
    if (isMorphogenError(cause)) throw cause;
    throw new DataError(`Cannot open ${name}: ${(cause as Error).message}`, { cause });
  }
  return undefined;
}

async function openDocument(
  store: ZarrStore,
  path: string,
  key: AbsolutePath,
  document: ZarrDocument,
): Promise<ZarrNode> {
  const name = nameOf(store, path);
  const v3 = key.endsWith("zarr.json");
  if (v3 ? document.node_type === "group" : key.endsWith(".zgroup")) {
    const group = await (v3 ? open.v3 : open.v2)(locate(store, path), { kind: "group" });
    return zarrGroup(store, path, group.attrs ?? {});
  }
  requireLengths(document);
  const readable = withDocument(store, key, v3 ? readableV3(document) : readableV2(document));
  const array = await (v3 ? open.v3 : open.v2)(locate(readable, path), { kind: "array" });
  return zarrArray(array, name, recordFields(v3 ? document.data_type : document.dtype));
}

function zarrGroup(store: ZarrStore, path: string, attributes: Readonly<Record<string, unknown>>): ZarrGroup {
  return Object.freeze({
    kind: "group",
    name: nameOf(store, path),
    attributes,
    members: () => store.children(path),
    member: (name: string) => openNode(store, path === "" ? name : `${path}/${name}`),
  });
}

/**
 * Read rows of an array of numbers without reading the rest.
 *
 * @param array The array.
 * @param from First row.
 * @param to Row after the last one.
 * @returns Values of shape `[to - from, ...]`: truth values as uint8, float16 as float32, 64-bit integers as int32 if
 * all that were read fit, else as float64.
 * @throws {DataError} If the values are no numbers or the store is damaged.
 * @throws {RangeError} If the array has fewer rows.
 */
export function readRows(array: ZarrArray, from: number, to: number): Promise<HostArray<NumericArray>> {
  return array.numbers(from, to);
}

/**
 * Read a whole array of numbers.
 *
 * @param array The array.
 * @returns Values of the array's shape, in the types of {@linkcode readRows}.
 * @throws {DataError} If the values are no numbers or the store is damaged.
 */
export function readArray(array: ZarrArray): Promise<HostArray<NumericArray>> {
  return array.numbers(0, array.shape[0] ?? 1);
}

/**
 * Read a whole array of texts.
 *
 * @param array The array.
 * @returns Texts in row-major order; missing ones are empty.
 * @throws {DataError} If the values are no texts or the store is damaged.
 */
export async function readTexts(array: ZarrArray): Promise<readonly string[]> {
  return (await array.texts(0, array.shape[0] ?? 1)).texts;
}
