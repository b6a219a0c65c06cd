import { DataError } from "../errors.ts";
import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";
import type { Column, DataFrame, Uns } from "./anndata.ts";
import { encoding, encodingOf, vector } from "./anndata_encoding.ts";
import { columnTexts, isTexts } from "./column_encoding.ts";
import { readDataFrame } from "./dataframe_encoding.ts";
import { readMatrix } from "./matrix_encoding.ts";
import { sparseKind } from "./sparse_matrix.ts";
import { readArray, readTexts, type ZarrGroup, type ZarrNode } from "./zarr.ts";
import type { RecordColumns, ZarrArray } from "./zarr_array.ts";
import type { ZarrGroupWriter } from "./zarr_writer.ts";

/** Receives each element that has no place in memory, with the reason; the rest is read. */
export type OnSkip = (element: string, reason: string) => void;

/**
 * Read unstructured metadata.
 *
 * Tables, record arrays and sparse matrices become dictionaries of their columns or parts; truth values in arrays become
 * 0 and 1.
 *
 * @param node Any element of `uns`.
 * @param onSkip Receives what cannot be read.
 * @returns The value; undefined if it cannot be read.
 */
export async function readUns(node: ZarrNode, onSkip: OnSkip): Promise<Uns | undefined> {
  try {
    return node.kind === "array" ? await readUnsArray(node) : await readUnsGroup(node, onSkip);
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    onSkip(node.name, cause.message);
    return undefined;
  }
}

async function readUnsArray(array: ZarrArray): Promise<Uns> {
  if (encodingOf(array) === "null") return null;
  if (array.values === "records") return recordsAsDict(await array.records(0, array.shape[0] ?? 1));
  if (array.values === "texts") {
    const texts = await readTexts(array);
    return array.shape.length === 0 ? texts[0]! : texts;
  }
  const values = await readArray(array);
  if (array.shape.length > 0) return values;
  return array.dtype === "bool" ? values.data[0] !== 0 : values.data[0]!;
}

async function readUnsGroup(group: ZarrGroup, onSkip: OnSkip): Promise<Uns> {
  const type = encodingOf(group);
  if (type === "dataframe") return tableAsDict(await readDataFrame(group));
  if (type === "categorical" || type.startsWith("nullable-")) return await columnTexts(group, group);
  if (sparseKind(group) !== undefined) return sparseAsDict(await readMatrix(group));
  if (type !== "dict" && type !== "") {
    throw new DataError(`Cannot read ${group.name}: its encoding "${type}" is not known`);
  }
  return await readDict(group, onSkip);
}

/**
 * Read all members of a group of `uns`.
 *
 * @param group The group.
 * @param onSkip Receives what cannot be read.
 * @returns Values by name, without those that were skipped.
 */
export async function readDict(group: ZarrGroup, onSkip: OnSkip): Promise<{ readonly [key: string]: Uns }> {
  const pairs: [string, Uns][] = [];
  for (const name of await group.members()) {
    const node = await group.member(name);
    const value = node === undefined ? undefined : await readUns(node, onSkip);
    if (value !== undefined) pairs.push([name, value]);
  }
  return Object.fromEntries(pairs);
}

function recordsAsDict(columns: RecordColumns): Uns {
  const pairs = Object.entries(columns).map((
    [name, column],
  ) => [name, ArrayBuffer.isView(column) ? vector(column) : column]);
  return Object.fromEntries(pairs);
}

function sparseAsDict(matrix: Awaited<ReturnType<typeof readMatrix>>): Uns {
  if (!("kind" in matrix)) return matrix;
  const { shape, indptr, indices, data, kind } = matrix;
  return {
    format: kind,
    shape: vector(Int32Array.from(shape)),
    indptr: vector(indptr),
    indices: vector(indices),
    data: vector(data),
  };
}

function tableAsDict({ index, columns }: DataFrame): Uns {
  const pairs = Object.entries(columns).map(([name, column]): [string, Uns] => [name, columnAsUns(column)]);
  return Object.fromEntries<Uns>([["_index", index], ...pairs]);
}

function columnAsUns(column: Column): Uns {
  if (!("kind" in column)) {
    if (ArrayBuffer.isView(column)) return vector(column);
    return isTexts(column) ? column : vector(Uint8Array.from(column, Number));
  }
  if (column.kind === "categorical") return Array.from(column.codes, (code) => column.categories[code] ?? "");
  return vector(Float64Array.from(column.missing, (missing, i) => missing ? NaN : Number(column.values[i])));
}

function isTextList(value: Uns): value is readonly string[] {
  return Array.isArray(value);
}

function isHostArray(value: object): value is HostArray<NumericArray> {
  return "data" in value && ArrayBuffer.isView(value.data) && "shape" in value && Array.isArray(value.shape);
}

/**
 * Write an element of `uns` in the encoding of AnnData 0.8.
 *
 * @param group Group to write into.
 * @param name Name of the element.
 * @param value The value: whole numbers become int64 and others float64, as in Python; keys are written with `_` for `/`;
 * null needs format 3, since the AnnData that reads format 2 has no word for it, and is left out there.
 */
export async function writeUns(group: ZarrGroupWriter, name: string, value: Uns): Promise<void> {
  if (value === null) {
    if (group.format === 3) await group.numbers(name, hostArray(new Uint8Array(1), []), encoding("null"), "bool");
  } else if (typeof value === "string") {
    await group.text(name, value, encoding("string"));
  } else if (typeof value === "boolean") {
    const truth = hostArray(Uint8Array.of(Number(value)), []);
    await group.numbers(name, truth, encoding("numeric-scalar"), "bool");
  } else if (typeof value === "number") {
    const number = hostArray(Float64Array.of(value), []);
    const type = Number.isSafeInteger(value) ? ["int64" as const] : [];
    await group.numbers(name, number, encoding("numeric-scalar"), ...type);
  } else if (isTextList(value)) {
    await group.texts(name, value, encoding("string-array"));
  } else if (isHostArray(value)) {
    await group.numbers(name, value, encoding("array"));
  } else {
    await writeDict(group, name, value);
  }
}

async function writeDict(parent: ZarrGroupWriter, name: string, dict: { readonly [key: string]: Uns }): Promise<void> {
  const group = await parent.group(name, encoding("dict"));
  // A slash would start a group; names of clusters, which scanpy uses as keys, have them.
  for (const [key, value] of Object.entries(dict)) await writeUns(group, key.replaceAll("/", "_"), value);
}
