import { DataError } from "../errors.ts";
import type { NumericArray } from "../host_array.ts";
import type { SparseMatrix } from "./anndata.ts";
import { requiredArray } from "./anndata_encoding.ts";
import type { ZarrGroup } from "./zarr.ts";
import type { ZarrArray } from "./zarr_array.ts";

/** The arrays of a sparse matrix in a store; lengths fit together as far as metadata say. */
export interface SparseParts {
  /** Store and path of the matrix, for messages. */
  readonly name: string;
  /** Which axis is compressed. */
  readonly kind: SparseMatrix["kind"];
  /** Rows and columns. */
  readonly shape: readonly [number, number];
  /** Values. */
  readonly data: ZarrArray;
  /** Position on the other axis of each value. */
  readonly indices: ZarrArray;
  /**
   * Where each compressed row or column starts; read when first asked for, and kept.
   *
   * @returns One more start than there are compressed rows or columns.
   * @throws {DataError} If they do not rise from 0 to the number of values.
   */
  starts(): Promise<SparseMatrix["indptr"]>;
}

function shapeOf(group: ZarrGroup): readonly [number, number] {
  const shape = group.attributes.shape ?? group.attributes["h5sparse_shape"];
  if (Array.isArray(shape) && shape.length === 2 && shape.every((length) => Number.isSafeInteger(length))) {
    return [shape[0], shape[1]];
  }
  throw new DataError(`Cannot read ${group.name}: its shape is ${JSON.stringify(shape)}, expected [rows, columns]`);
}

/**
 * Open the arrays of a sparse matrix.
 *
 * @param group Group of the matrix.
 * @param kind Which axis is compressed.
 * @returns The arrays.
 * @throws {DataError} If one is missing or their lengths do not go with the shape.
 */
export async function openParts(group: ZarrGroup, kind: SparseMatrix["kind"]): Promise<SparseParts> {
  const shape = shapeOf(group);
  const data = await requiredArray(group, "data");
  const indices = await requiredArray(group, "indices");
  const indptr = await requiredArray(group, "indptr");
  const compressed = kind === "csr" ? shape[0] : shape[1];
  const [starts, positions, values] = [indptr, indices, data].map((array) => array.shape.join(" x "));
  if (starts !== `${compressed + 1}` || positions !== values || data.shape.length !== 1) {
    const found = `${starts} starts, ${positions} positions and ${values} values`;
    throw new DataError(`Cannot read ${group.name}: shape [${shape.join(", ")}] does not go with ${found}`);
  }
  let read: Promise<SparseMatrix["indptr"]> | undefined;
  const start = (): Promise<SparseMatrix["indptr"]> => read ??= readStarts(indptr, kind, data.shape[0]!);
  return Object.freeze({ name: group.name, kind, shape, data, indices, starts: start });
}

function asIntegers(values: NumericArray): Int32Array | Float64Array {
  return values instanceof Int32Array || values instanceof Float64Array ? values : Float64Array.from(values);
}

async function readStarts(
  indptr: ZarrArray,
  kind: SparseMatrix["kind"],
  values: number,
): Promise<SparseMatrix["indptr"]> {
  const { data } = await indptr.numbers(0, indptr.shape[0]!);
  const axis = kind === "csr" ? "row" : "column";
  const at = data.findIndex((start, i) => !(Number.isInteger(start) && start >= (i === 0 ? 0 : data[i - 1]!)));
  if (at > 0) {
    const problem = `${axis} ${at} starts at value ${data[at]} and ${axis} ${at - 1} at ${data[at - 1]}`;
    throw new DataError(`Cannot read ${indptr.name}: ${problem}, expected rising numbers, write the store again`);
  }
  if (data[0] !== 0 || data.at(-1) !== values) {
    const problem = `its starts run from ${data[0]} to ${data.at(-1)}, expected 0 to ${values}, the number of values`;
    throw new DataError(`Cannot read ${indptr.name}: ${problem}, write the store again`);
  }
  return asIntegers(data);
}

/** The compressed row or column that holds a value. */
function ownerOf(starts: SparseMatrix["indptr"], at: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= at) low = middle;
    else high = middle;
  }
  // Rows without values start where the next one does.
  while (low + 2 < starts.length && starts[low + 1]! <= at) low++;
  return low;
}

/**
 * Check positions on the axis that is not compressed.
 *
 * @param parts The matrix.
 * @param starts Its starts.
 * @param positions Some of its positions.
 * @param placeOf Number of a value in the whole matrix, from its place among `positions`.
 * @returns The positions.
 * @throws {DataError} If one is no position of the axis; the message names row and column.
 */
export function checkedPositions(
  { kind, shape, indices }: SparseParts,
  starts: SparseMatrix["indptr"],
  positions: NumericArray,
  placeOf: (at: number) => number,
): Int32Array {
  const bound = kind === "csr" ? shape[1] : shape[0];
  const checked = positions instanceof Int32Array ? positions : new Int32Array(positions.length);
  for (let at = 0; at < checked.length; at++) {
    const position = positions[at]!;
    if (!(position >= 0 && position < bound && Number.isInteger(position))) {
      const [outer, inner] = kind === "csr" ? ["row", "column"] : ["column", "row"];
      const problem = `${outer} ${ownerOf(starts, placeOf(at))} has a value in ${inner} ${position}`;
      const fix = `expected ${inner}s 0 to ${bound - 1}, write the store again`;
      throw new DataError(`Cannot read ${indices.name}: ${problem}, ${fix}`);
    }
    checked[at] = position;
  }
  return checked;
}
