import type { Attribute, Dataset, File, Group, OutputData } from "h5wasm/node";
import {
  concatRows,
  DataError,
  type HostArray,
  hostArray,
  isMorphogenError,
  type NumericArray,
} from "../../core/mod.ts";
import type { ZarrGroup, ZarrNode } from "../../core/io/zarr.ts";
import type { ZarrArray, ZarrKind } from "../../core/io/zarr_array.ts";
import type { RowRange } from "../../core/io/zarr_ranges.ts";
import { dtypeOf, numbersOf, recordsOf, sliceOf, textsOf } from "./hdf5_values.ts";

/** An open file. */
export interface Hdf5Context {
  /** The file as the library has it. */
  readonly file: File;
  /** Its path, for messages. */
  readonly path: string;
}

function nameOf({ path }: Hdf5Context, inside: string): string {
  return inside === "/" ? `"${path}"` : `"${inside.slice(1)}" of "${path}"`;
}

/**
 * The error for what the library could not do.
 *
 * @param name File and place in it.
 * @param cause What the library threw; its message runs over many lines.
 * @param filters How the values are compressed.
 * @returns An error with the innermost reason.
 */
export function hdf5Failure(name: string, cause: unknown, filters: readonly string[] = []): DataError {
  if (isMorphogenError(cause, "DataError")) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const odd = filters.filter((filter) => !["deflate", "shuffle", "fletcher32"].includes(filter));
  // A filter that the library lacks shows in many ways, from a missing plugin to an abort.
  if (odd.length > 0) {
    const problem = `its compression (${odd.join(", ")}) cannot be unpacked here, store it again with gzip`;
    return new DataError(`Cannot read ${name}: ${problem}`, { cause });
  }
  if (/external raw data file/.test(text)) return otherFile(name, cause);
  const lines = text.split("\n").map((line) => line.trim());
  const reason = lines.findLast((line) => /^#\d+:/.test(line))?.replace(/^.*?\(\): /, "") ?? lines[0]!;
  return new DataError(`Cannot read ${name}: ${reason || "it is damaged"}, copy or write the file again`, { cause });
}

function otherFile(name: string, cause?: unknown): DataError {
  const fix = "which is not read; copy the values into this file";
  return new DataError(`Cannot read ${name}: its values lie in another file, ${fix}`, { cause });
}

function attempt<T>(name: string, read: () => T, dataset?: Dataset): T {
  try {
    return read();
  } catch (cause) {
    throw hdf5Failure(name, cause, dataset?.filters.map((filter) => filter.name) ?? []);
  }
}

/** Attributes as Zarr has them: numbers, texts and lists; references become paths from the root. */
function attributeOf(owner: Group | Dataset, { value }: Attribute): unknown {
  const plain = (item: OutputData | null): unknown => {
    if (typeof item === "bigint") return Number(item);
    if (ArrayBuffer.isView(item)) return Array.from(item as Float64Array, Number);
    if (Array.isArray(item)) return item.map(plain);
    if (typeof item !== "object" || item === null) return item;
    const target = owner.dereference(item);
    return target !== null && "path" in target ? target.path : null;
  };
  const found = plain(value);
  // h5py stores a single reference as a list of one.
  return Array.isArray(found) && found.length === 1 && typeof found[0] === "string" && found[0].startsWith("/")
    ? found[0]
    : found;
}

function attributesOf(owner: Group | Dataset): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(owner.attrs).map(([name, attribute]) => [name, attributeOf(owner, attribute)]),
  );
}

/**
 * A group of an HDF5 file as one of a Zarr store.
 *
 * @param context The file.
 * @param path Path from the root; begins with a slash.
 * @returns The group; a member whose path begins with a slash is looked for from the root.
 * @throws {DataError} If it cannot be read.
 */
export function hdf5Group(context: Hdf5Context, path: string): ZarrGroup {
  const name = nameOf(context, path);
  return attempt(name, () => {
    const group = context.file.get(path) as Group;
    const names = group.keys().sort();
    return Object.freeze({
      kind: "group",
      name,
      attributes: attributesOf(group),
      members: () => Promise.resolve(names),
      member: (inner: string) => {
        const wanted = inner.startsWith("/") ? inner : `${path === "/" ? "" : path}/${inner}`;
        return Promise.resolve().then(() => attempt(nameOf(context, wanted), () => nodeAt(context, wanted)));
      },
    });
  });
}

function exists(context: Hdf5Context, path: string): boolean {
  let group: Group = context.file;
  const steps = path.split("/").filter((step) => step !== "");
  for (const [depth, step] of steps.entries()) {
    if (!group.keys().includes(step)) return false;
    if (depth < steps.length - 1) {
      const next = context.file.get(`/${steps.slice(0, depth + 1).join("/")}`);
      if (next === null || !("keys" in next)) return false;
      group = next;
    }
  }
  return true;
}

function nodeAt(context: Hdf5Context, path: string): ZarrNode | undefined {
  if (!exists(context, path)) return undefined;
  const entity = context.file.get(path);
  if (entity !== null && "keys" in entity) return hdf5Group(context, path);
  if (entity !== null && "slice" in entity) return hdf5Array(context, path, entity);
  throw new DataError(`Cannot read ${nameOf(context, path)}: it is a link to another file or a named type`);
}

function kindOf(dtype: string): ZarrKind {
  return dtype === "string" ? "texts" : dtype === "record" ? "records" : "numbers";
}

function hdf5Array(context: Hdf5Context, path: string, dataset: Dataset): ZarrArray {
  const name = nameOf(context, path);
  const { metadata } = dataset;
  // Where a source cannot be read the library fills in zeros.
  if (metadata.virtual_sources?.some(({ file_name: file }) => file !== ".") === true) throw otherFile(name);
  const dtype = dtypeOf(metadata);
  const shape = metadata.shape ?? [0];
  const values = kindOf(dtype);
  const shapeOf = (from: number, to: number): number[] => shape.length === 0 ? [] : [to - from, ...shape.slice(1)];
  const read = <T>(wanted: ZarrKind, from: number, to: number, convert: (read: OutputData | null) => T): Promise<T> =>
    Promise.resolve().then(() => {
      if (values !== wanted) throw new DataError(`Cannot read ${name} as ${wanted}: it holds ${values} (${dtype})`);
      return attempt(name, () => convert(sliceOf(dataset, from, to)), dataset);
    });
  const isEmpty = (from: number, to: number): boolean => shapeOf(from, to).includes(0);
  const numbers = (from: number, to: number): Promise<HostArray<NumericArray>> => {
    if (isEmpty(from, to)) return Promise.resolve(hostArray(emptyOf(dtype), shapeOf(from, to)));
    return read("numbers", from, to, (found) => {
      const plain = numbersOf(found);
      const data = dtype === "bool" ? new Uint8Array(plain) : plain;
      return hostArray(shape.length === 0 ? scalarOf(dtype, data) : data, shapeOf(from, to));
    });
  };
  return Object.freeze({
    kind: "array",
    name,
    attributes: attributesOf(dataset),
    shape,
    values,
    dtype,
    chunkRows: metadata.chunks?.[0] ?? 1,
    numbers,
    ranges: async (ranges: readonly RowRange[]) => {
      const parts: HostArray<NumericArray>[] = [];
      for (const { from, to } of ranges) parts.push(await numbers(from, to));
      return parts.length === 0 ? await numbers(0, 0) : concatRows(parts);
    },
    texts: (from: number, to: number) => {
      if (isEmpty(from, to)) return Promise.resolve({ texts: [], shape: shapeOf(from, to) });
      return read("texts", from, to, (found) => ({ texts: textsOf(found), shape: shapeOf(from, to) }));
    },
    records: (from: number, to: number) =>
      read("records", from, to, (found) => recordsOf(metadata, (found ?? []) as OutputData[][])),
  });
}

function scalarOf(dtype: string, data: NumericArray): NumericArray {
  return dtype === "float32" ? new Float32Array(data) : data;
}

function emptyOf(dtype: string): NumericArray {
  if (dtype.startsWith("float")) return dtype === "float32" ? new Float32Array() : new Float64Array();
  return dtype === "bool" ? new Uint8Array() : new Int32Array();
}

/**
 * Read columns of a matrix.
 *
 * @param context The file.
 * @param path Path of a dataset of two axes.
 * @param from First column.
 * @param to Column after the last one.
 * @returns Values `[rows, to - from]`, row-major.
 * @throws {DataError} If they cannot be read.
 */
export function hdf5Columns(context: Hdf5Context, path: string, from: number, to: number): NumericArray {
  return attempt(nameOf(context, path), () => numbersOf((context.file.get(path) as Dataset).slice([[], [from, to]])));
}
