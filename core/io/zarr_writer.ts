import { join } from "node:path";
import type { HostArray, NumericArray } from "../host_array.ts";
import { widenIntegers } from "./wide_integers.ts";
import {
  arrayDocument,
  type NumberType,
  type StoredType,
  storedTypeOf,
  type ZarrFormat,
} from "./zarr_array_document.ts";
import { chunkShape, type StoredNumbers, writeNumberChunk, writeNumberChunks, writeTextChunks } from "./zarr_chunks.ts";
import { consolidatedDocument, nodeDocuments, type NodeMetadata, type ZarrAttributes } from "./zarr_consolidated.ts";
import { imageDocument, writeTiles } from "./zarr_image.ts";
import type { ZarrDocument } from "./zarr_metadata.ts";
import { NODE_FILES } from "./zarr_store.ts";

/** A group that is being written; a name that cannot name a member is a `RangeError` everywhere. */
export interface ZarrGroupWriter {
  /** Version of the Zarr format. */
  readonly format: ZarrFormat;
  /**
   * Create a group in this group.
   *
   * @param name Its name.
   * @param attributes User attributes.
   * @returns The new group.
   */
  group(name: string, attributes: ZarrAttributes): Promise<ZarrGroupWriter>;
  /**
   * Write an array of numbers, compressed in chunks of rows; a shape of `[]` is a scalar.
   *
   * @param name Its name.
   * @param array The values.
   * @param attributes User attributes.
   * @param type Stored type where the values stand for truth values or 64-bit integers.
   */
  numbers(
    name: string,
    array: HostArray<NumericArray>,
    attributes: ZarrAttributes,
    type?: "bool" | "int64",
  ): Promise<void>;
  /**
   * Write one resolution of an OME-Zarr 0.4 image, in tiles; channels become the first axis, `[C, H, W]`.
   *
   * @param name Its name.
   * @param image Values of pixels; shape `[H, W, C]`.
   * @param attributes User attributes.
   * @throws {RangeError} If the store is not of format 2, which OME-Zarr 0.4 is.
   */
  image(name: string, image: HostArray<Uint8Array>, attributes: ZarrAttributes): Promise<void>;
  /**
   * Write a list of texts.
   *
   * @param name Its name.
   * @param texts The texts.
   * @param attributes User attributes.
   */
  texts(name: string, texts: readonly string[], attributes: ZarrAttributes): Promise<void>;
  /**
   * Write a single text.
   *
   * @param name Its name.
   * @param text The text.
   * @param attributes User attributes.
   */
  text(name: string, text: string, attributes: ZarrAttributes): Promise<void>;
  /**
   * Create an array of which no chunk is written yet: its values read as 0 or empty until somebody writes
   * its chunks, in any order.
   *
   * @param name Its name.
   * @param type Stored type.
   * @param shape Length of each axis.
   * @param chunks Length of each axis of a chunk.
   * @param attributes User attributes.
   */
  reserve(
    name: string,
    type: NumberType | "text",
    shape: readonly number[],
    chunks: readonly number[],
    attributes: ZarrAttributes,
  ): Promise<void>;
  /**
   * Begin an array whose chunks are written before its length is known; it is no array until it is finished.
   *
   * @param name Its name.
   * @param type Stored type of its numbers.
   * @param chunks Length of each axis of a chunk; chunks hold whole rows.
   * @param attributes User attributes.
   * @returns Where its chunks go, and how it ends.
   */
  draft(
    name: string,
    type: NumberType,
    chunks: readonly number[],
    attributes: ZarrAttributes,
  ): Promise<ArrayDraft>;
}

/** An array that is being written. */
export interface ArrayDraft {
  /**
   * Write one chunk.
   *
   * @param index Which chunk along the first axis.
   * @param values All its values in row-major order, as stored.
   */
  chunk(index: number, values: StoredNumbers): Promise<void>;
  /**
   * Write the metadata, which makes the folder an array.
   *
   * @param shape Length of each axis.
   */
  finish(shape: readonly number[]): Promise<void>;
}

interface Context {
  readonly folder: string;
  readonly format: ZarrFormat;
  readonly nodes: Map<string, NodeMetadata>;
}

/**
 * Write a Zarr store into a folder, with the metadata of all members repeated at the root.
 *
 * @example Usage
 * ```ts
 * import { hostArray, openZarr, readArray, writeZarr } from "@morphogen/morphogen";
 *
 * const folder = await Deno.makeTempDir();
 * await writeZarr(folder, 2, {}, (root) => root.numbers("x", hostArray(Float32Array.of(1, 2), [2]), {}));
 * const root = await openZarr(folder);
 * const x = root.kind === "group" ? await root.member("x") : undefined;
 * if (x?.kind !== "array" || (await readArray(x)).data[1] !== 2) throw new Error("x was not kept");
 * ```
 *
 * @param folder An empty folder, or the path of one to create.
 * @param format Version of the Zarr format.
 * @param attributes User attributes of the root group.
 * @param fill Writes the members of the root group.
 * @throws {RangeError} If a name cannot name a member.
 */
export async function writeZarr(
  folder: string,
  format: ZarrFormat,
  attributes: ZarrAttributes,
  fill: (root: ZarrGroupWriter) => Promise<void>,
): Promise<void> {
  const context: Context = { folder, format, nodes: new Map() };
  await Deno.mkdir(folder, { recursive: true });
  await fill(groupWriter(context, ""));
  // Last, so that what a killed process leaves behind is no store.
  await writeNode(context, "", groupDocument(format), attributes);
  const [name, document] = consolidatedDocument(format, context.nodes);
  await writeDocument(join(folder, name), document);
}

function groupDocument(format: ZarrFormat): ZarrDocument {
  return format === 2 ? { zarr_format: 2 } : { zarr_format: 3, node_type: "group" };
}

async function writeDocument(path: string, document: ZarrDocument): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(document, null, 2));
}

async function writeNode(
  context: Context,
  path: string,
  document: ZarrDocument,
  attributes: ZarrAttributes,
): Promise<void> {
  const node = { document, attributes };
  context.nodes.set(path, node);
  const folder = join(context.folder, path);
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(nodeDocuments(context.format, node))) {
    await writeDocument(join(folder, name), content);
  }
}

const RESERVED: readonly string[] = ["", ".", "..", ".zattrs", ".zmetadata", ...NODE_FILES];

function memberPath(context: Context, parent: string, name: string): string {
  const path = parent === "" ? name : `${parent}/${name}`;
  // Python's zarr and Windows take a backslash for a slash.
  if (RESERVED.includes(name) || /[\/\\\0]/.test(name)) {
    throw new RangeError(`Cannot write "${path}": "${name}" is no name for a member, rename it without "/" and "\\"`);
  }
  if (context.nodes.has(path)) throw new RangeError(`Cannot write "${path}": it is there already, rename one of them`);
  return path;
}

function groupWriter(context: Context, path: string): ZarrGroupWriter {
  const { format } = context;
  const addArray = async (
    name: string,
    type: StoredType,
    shape: readonly number[],
    chunks: readonly number[],
    attributes: ZarrAttributes,
  ): Promise<string> => {
    const member = memberPath(context, path, name);
    await writeNode(context, member, arrayDocument(format, type, shape, chunks), attributes);
    return join(context.folder, member);
  };
  return Object.freeze({
    format,
    group: async (name: string, attributes: ZarrAttributes) => {
      const member = memberPath(context, path, name);
      await writeNode(context, member, groupDocument(format), attributes);
      return groupWriter(context, member);
    },
    numbers: async (
      name: string,
      { data, shape }: HostArray<NumericArray>,
      attributes: ZarrAttributes,
      type: StoredType = storedTypeOf(data),
    ) => {
      const values = type === "int64" ? widenIntegers(data) : data;
      const chunks = chunkShape(shape, values.BYTES_PER_ELEMENT);
      const folder = await addArray(name, type, shape, chunks, attributes);
      await writeNumberChunks({ folder, format, shape }, values, chunks);
    },
    image: async (name: string, image: HostArray<Uint8Array>, attributes: ZarrAttributes) => {
      const member = memberPath(context, path, name);
      if (format !== 2) {
        throw new RangeError(`Cannot write image "${member}" in Zarr format ${format}: OME-Zarr 0.4 is 2`);
      }
      await writeNode(context, member, imageDocument(image), attributes);
      await writeTiles(join(context.folder, member), image);
    },
    texts: async (name: string, texts: readonly string[], attributes: ZarrAttributes) => {
      const shape = [texts.length];
      const chunks = chunkShape(shape);
      const folder = await addArray(name, "text", shape, chunks, attributes);
      await writeTextChunks({ folder, format, shape }, texts, chunks);
    },
    text: async (name: string, text: string, attributes: ZarrAttributes) => {
      if (format === 3) {
        const folder = await addArray(name, "text", [], [], attributes);
        return await writeTextChunks({ folder, format, shape: [] }, [text], []);
      }
      // NumPy has no text of no characters.
      const points = Uint32Array.from(Array.from(text || "\0"), (character) => character.codePointAt(0)!);
      const folder = await addArray(name, { characters: points.length }, [], [], attributes);
      await writeNumberChunks({ folder, format, shape: [] }, points, []);
    },
    reserve: async (
      name: string,
      type: NumberType | "text",
      shape: readonly number[],
      chunks: readonly number[],
      attributes: ZarrAttributes,
    ) => {
      await addArray(name, type, shape, chunks, attributes);
    },
    draft: async (name: string, type: NumberType, chunks: readonly number[], attributes: ZarrAttributes) => {
      const member = memberPath(context, path, name);
      const folder = join(context.folder, member);
      await Deno.mkdir(folder, { recursive: true });
      return {
        chunk: (index: number, values: StoredNumbers) =>
          writeNumberChunk({ folder, format, shape: chunks }, index, values),
        finish: (shape: readonly number[]) =>
          writeNode(context, member, arrayDocument(format, type, shape, chunks), attributes),
      };
    },
  });
}
