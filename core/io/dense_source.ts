import { DataError } from "../errors.ts";
import { type HostArray, type NumericArray, rowSize } from "../host_array.ts";
import { BLOCK_BYTES, CACHE_BYTES } from "./block_bytes.ts";
import type { MatrixSource, RowBlock } from "./matrix_source.ts";
import type { ZarrArray } from "./zarr_array.ts";
import { chunkCache, rangesOf } from "./zarr_ranges.ts";
import { rawZeros } from "./zarr_values.ts";

/** Whole chunks as far as they fit; otherwise a part of one, which is then decoded once for each part. */
function rowsOfBlock(bytes: number, chunkRows: number, rowBytes: number): number {
  const fitting = Math.max(1, Math.floor(bytes / Math.max(1, rowBytes)));
  return fitting < chunkRows ? fitting : fitting - fitting % chunkRows;
}

/**
 * An array of a store as a matrix whose rows are read on demand.
 *
 * @param array Array of one axis or more.
 * @returns The matrix.
 * @throws {DataError} If the array holds no numbers or is a scalar.
 */
export function denseSource(array: ZarrArray): MatrixSource {
  const { name, shape, dtype, chunkRows } = array;
  if (array.values !== "numbers") {
    throw new DataError(`Cannot read ${name} as a matrix: it holds ${array.values} (${dtype}), expected numbers`);
  }
  if (shape.length === 0) throw new DataError(`Cannot read ${name} as a matrix: it is a single value`);
  const count = shape[0]!;
  const rowBytes = rowSize(shape) * rawZeros(dtype, 0).BYTES_PER_ELEMENT;
  const cache = chunkCache(CACHE_BYTES);
  const all = (): Promise<HostArray<NumericArray>> => array.numbers(0, count);
  const take = (index: ArrayLike<number>): Promise<HostArray<NumericArray>> => array.ranges(rangesOf(index), cache);
  async function* blocks(bytes: number = BLOCK_BYTES): AsyncGenerator<RowBlock> {
    const step = rowsOfBlock(bytes, chunkRows, rowBytes);
    for (let start = 0; start < count; start += step) {
      const range = { from: start, to: Math.min(start + step, count) };
      yield { start, rows: await array.ranges([range], step < chunkRows ? cache : undefined) };
    }
  }
  return Object.freeze({
    name,
    kind: "dense",
    shape,
    dtype,
    chunkRows,
    cachedRows: Math.floor(CACHE_BYTES / Math.max(1, rowBytes)),
    all,
    rows: (start: number, stop: number) => array.numbers(start, stop),
    take,
    read: (index?: ArrayLike<number>) => index === undefined ? all() : take(index),
    blocks,
  });
}
