import { DataError, type Matrix, type NumericArray, rowSize, type SparseMatrix } from "../../core/mod.ts";
import { encodingOf, requiredArray } from "../../core/io/anndata_encoding.ts";
import { sparseKind } from "../../core/io/sparse_matrix.ts";
import type { ZarrGroup, ZarrNode } from "../../core/io/zarr.ts";
import type { ZarrArray } from "../../core/io/zarr_array.ts";
import { type Entries, scatterRows } from "./scatter.ts";
import { BLOCK_VALUES, numberTypeOf, type RowSource } from "./source.ts";

/**
 * Read a matrix of AnnData by rows, wherever it lies.
 *
 * @param node Array, or group of a sparse matrix.
 * @param rows Rows it must have.
 * @param columns Columns it must have.
 * @returns Its rows.
 * @throws {DataError} If the node is neither, has another shape, or its parts do not fit together.
 */
export async function matrixRows(node: ZarrNode, rows: number, columns: number): Promise<RowSource> {
  const source = node.kind === "array" ? denseRows(node) : await sparseRows(node);
  if (source.shape[0] === rows && source.shape[1] === columns) return source;
  throw new DataError(
    `Cannot read ${node.name}: its shape is [${source.shape.join(", ")}], expected [${rows}, ${columns}] as obs and ` +
      "var have names",
  );
}

function denseRows(array: ZarrArray): RowSource {
  if (array.values !== "numbers") {
    throw new DataError(`Cannot read ${array.name} as a matrix: it holds ${array.values}`);
  }
  const rows = array.shape[0] ?? 0;
  // A matrix of one column was stored as a list before AnnData 0.7.
  const shape = array.shape.length === 1 ? [rows, 1] : array.shape;
  const fitting = Math.max(1, Math.floor(BLOCK_VALUES / Math.max(1, rowSize(array.shape))));
  const step = Math.max(array.chunkRows, fitting - fitting % array.chunkRows);
  return Object.freeze({
    name: array.name,
    kind: "dense",
    shape,
    type: numberTypeOf(array.dtype),
    stored: `dense ${array.dtype}`,
    blocks: async function* (from: number): AsyncIterable<Matrix> {
      for (let begin = from; begin < rows;) {
        const end = Math.min(rows, begin - begin % step + step);
        const { data } = await array.numbers(begin, end);
        yield { data, shape: [end - begin, ...shape.slice(1)] };
        begin = end;
      }
    },
  });
}

interface SparseParts {
  readonly name: string;
  readonly kind: SparseMatrix["kind"];
  readonly shape: readonly [number, number];
  readonly data: ZarrArray;
  readonly indices: ZarrArray;
  readonly indptr: NumericArray;
}

function shapeOf(group: ZarrGroup): readonly [number, number] {
  const shape = group.attributes.shape ?? group.attributes["h5sparse_shape"];
  if (Array.isArray(shape) && shape.length === 2) return [Number(shape[0]), Number(shape[1])];
  throw new DataError(`Cannot read ${group.name}: its shape is ${JSON.stringify(shape)}, expected [rows, columns]`);
}

async function sparseRows(group: ZarrGroup): Promise<RowSource> {
  const kind = sparseKind(group);
  if (kind === undefined) {
    const problem = `its encoding "${encodingOf(group)}" is not known, expected an array, csr_matrix or csc_matrix`;
    throw new DataError(`Cannot read ${group.name} as a matrix: ${problem}`);
  }
  return await compressedRows(group, kind, shapeOf(group));
}

/**
 * Read a compressed matrix by rows.
 *
 * @param group Group with `data`, `indices` and `indptr`.
 * @param kind Which axis is compressed.
 * @param shape Rows and columns.
 * @returns Its rows.
 * @throws {DataError} If its parts do not fit together.
 */
export async function compressedRows(
  group: ZarrGroup,
  kind: SparseMatrix["kind"],
  shape: readonly [number, number],
): Promise<RowSource> {
  const [data, indices] = [await requiredArray(group, "data"), await requiredArray(group, "indices")];
  const starts = await requiredArray(group, "indptr");
  const indptr = (await starts.numbers(0, starts.shape[0] ?? 0)).data;
  const parts = { name: group.name, kind, shape, data, indices, indptr };
  checkParts(parts);
  return Object.freeze({
    name: group.name,
    kind: "csr",
    shape,
    type: numberTypeOf(data.dtype),
    values: data.shape[0] ?? 0,
    stored: `${kind} ${data.dtype}, ${data.shape[0]} values`,
    blocks: (from: number) =>
      kind === "csr" ? rowBlocks(parts, from) : scatterRows(shape, from, () => columnEntries(parts)),
  });
}

function checkParts({ name, kind, shape, data, indices, indptr }: SparseParts): void {
  const compressed = kind === "csr" ? shape[0] : shape[1];
  const [values, positions] = [data.shape[0] ?? 0, indices.shape[0] ?? 0];
  if (indptr.length !== compressed + 1 || indptr[0] !== 0 || indptr.at(-1) !== values || positions !== values) {
    const found = `${indptr.length} starts up to ${indptr.at(-1)}, ${positions} positions and ${values} values`;
    throw new DataError(`Cannot read ${name}: shape [${shape.join(", ")}] does not go with ${found}`);
  }
  for (let i = 1; i < indptr.length; i++) {
    if (indptr[i]! >= indptr[i - 1]!) continue;
    const axis = kind === "csr" ? "row" : "column";
    throw new DataError(`Cannot read ${name}: indptr falls from ${indptr[i - 1]} to ${indptr[i]} at ${axis} ${i - 1}`);
  }
}

/** Reads ahead by whole chunks, so that none is unpacked twice. */
function windowReader(array: ZarrArray): (from: number, to: number) => Promise<NumericArray> {
  const length = array.shape[0] ?? 0;
  const step = Math.max(1, array.chunkRows) * Math.max(1, Math.ceil(BLOCK_VALUES / Math.max(1, array.chunkRows)));
  let first = 0;
  let held: NumericArray | undefined;
  return async (from, to) => {
    const parts: NumericArray[] = [];
    for (let at = from; at < to;) {
      if (held === undefined || at < first || at >= first + held.length) {
        first = at - at % step;
        held = (await array.numbers(first, Math.min(length, first + step))).data;
      }
      const part = held.subarray(at - first, Math.min(held.length, to - first));
      parts.push(part);
      at += part.length;
    }
    return joined(parts);
  };
}

function joined(parts: readonly NumericArray[]): NumericArray {
  if (parts.length === 1) return parts[0]!;
  const widest = parts.find((part) => part instanceof Float64Array) ?? parts[0] ?? new Int32Array();
  const Kind = widest.constructor as new (length: number) => NumericArray;
  const all = new Kind(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => {
    all.set(part, at);
    return at + part.length;
  }, 0);
  return all;
}

function toInt32(values: NumericArray): Int32Array {
  return values instanceof Int32Array ? values : Int32Array.from(values);
}

async function* rowBlocks({ shape, data, indices, indptr }: SparseParts, from: number): AsyncIterable<SparseMatrix> {
  const [values, positions] = [windowReader(data), windowReader(indices)];
  for (let begin = from; begin < shape[0];) {
    let end = begin + 1;
    while (end < shape[0] && indptr[end + 1]! - indptr[begin]! <= BLOCK_VALUES) end++;
    const [first, last] = [indptr[begin]!, indptr[end]!];
    yield {
      kind: "csr",
      shape: [end - begin, shape[1]],
      indptr: Float64Array.from(indptr.subarray(begin, end + 1), (start) => start - first),
      indices: toInt32(await positions(first, last)),
      data: await values(first, last),
    };
    begin = end;
  }
}

/** All values in the order of columns. */
async function* columnEntries({ name, shape, data, indices, indptr }: SparseParts): AsyncIterable<Entries> {
  const length = data.shape[0] ?? 0;
  const step = Math.max(1, data.chunkRows) * Math.max(1, Math.ceil(BLOCK_VALUES / Math.max(1, data.chunkRows)));
  const positions = windowReader(indices);
  let column = 0;
  for (let begin = 0; begin < length; begin += step) {
    const end = Math.min(length, begin + step);
    const rows = toInt32(await positions(begin, end));
    const columns = new Int32Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      while (indptr[column + 1]! <= begin + i) column++;
      columns[i] = column;
      if (rows[i]! >= 0 && rows[i]! < shape[0]) continue;
      throw new DataError(`Cannot read ${name}: column ${column} has a value in row ${rows[i]} of ${shape[0]}`);
    }
    yield { rows, columns, data: (await data.numbers(begin, end)).data };
  }
}
