import type { HostArray, NumericArray } from "../host_array.ts";
import type { SparseMatrix } from "./anndata.ts";
import { BLOCK_BYTES, CACHE_BYTES } from "./block_bytes.ts";
import { cscRows } from "./csc_rows.ts";
import { denseMatrix } from "./sparse_matrix.ts";
import type { MatrixSource, RowBlock } from "./matrix_source.ts";
import { checkedPositions, openParts, type SparseParts } from "./sparse_parts.ts";
import type { ZarrGroup } from "./zarr.ts";
import { type ChunkCache, chunkCache, rangesOf, type RowRange } from "./zarr_ranges.ts";
import { rawZeros } from "./zarr_values.ts";

interface Caches {
  readonly data: ChunkCache;
  readonly indices: ChunkCache;
}

type RowReader = (ranges: readonly RowRange[], caches?: Caches) => Promise<SparseMatrix>;

async function readAll(parts: SparseParts): Promise<SparseMatrix> {
  const { kind, shape } = parts;
  const indptr = await parts.starts();
  const { data } = await parts.data.numbers(0, parts.data.shape[0]!);
  const positions = await parts.indices.numbers(0, parts.indices.shape[0]!);
  return { kind, shape, indptr, indices: checkedPositions(parts, indptr, positions.data, (at) => at), data };
}

function requireRows({ name, shape }: SparseParts, ranges: readonly RowRange[]): void {
  const wrong = ranges.find(({ from, to }) => {
    return !(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= shape[0]);
  });
  if (wrong === undefined) return;
  throw new RangeError(`Cannot read rows ${wrong.from} to ${wrong.to} of ${name}: it has ${shape[0]} rows`);
}

/** Ranges of rows of a matrix that is compressed by row: their values lie side by side. */
function rowReader(parts: SparseParts): RowReader {
  return async (ranges, caches) => {
    const starts = await parts.starts();
    const wanted = ranges.map(({ from, to }) => ({ from: starts[from]!, to: starts[to]! }));
    const { data } = await parts.data.ranges(wanted, caches?.data);
    const positions = await parts.indices.ranges(wanted, caches?.indices);
    const indptr = new Float64Array(1 + ranges.reduce((sum, { from, to }) => sum + to - from, 0));
    let row = 0;
    for (const { from, to } of ranges) {
      for (let i = from; i < to; i++, row++) indptr[row + 1] = indptr[row]! + starts[i + 1]! - starts[i]!;
    }
    const placeOf = (at: number): number => {
      let before = 0;
      const range = wanted.find(({ from, to }) => (before += to - from) > at)!;
      return range.to - (before - at);
    };
    const indices = checkedPositions(parts, starts, positions.data, placeOf);
    const narrow = indptr.at(-1)! < 2 ** 31 ? Int32Array.from(indptr) : indptr;
    return { kind: "csr", shape: [row, parts.shape[1]], indptr: narrow, indices, data };
  };
}

function* rangesByValues(starts: SparseMatrix["indptr"], most: number): Generator<RowRange> {
  for (let from = 0; from + 1 < starts.length;) {
    let to = from + 1;
    while (to + 1 < starts.length && starts[to + 1]! - starts[from]! <= most) to++;
    yield { from, to };
    from = to;
  }
}

function* rangesByMean({ shape, data }: SparseParts, most: number): Generator<RowRange> {
  const step = Math.max(1, Math.floor(most * shape[0] / Math.max(1, data.shape[0]!)));
  for (let from = 0; from < shape[0]; from += step) yield { from, to: Math.min(from + step, shape[0]) };
}

/**
 * Open a sparse matrix of a store; only its metadata is read.
 *
 * @param group Group of the matrix.
 * @param kind Which axis is compressed.
 * @returns The matrix.
 * @throws {DataError} If its parts do not fit together.
 */
export async function openSparse(group: ZarrGroup, kind: SparseMatrix["kind"]): Promise<MatrixSource> {
  const parts = await openParts(group, kind);
  const { name, shape } = parts;
  const [dataBytes, positionBytes] = [parts.data, parts.indices].map(({ dtype }) =>
    rawZeros(dtype, 0).BYTES_PER_ELEMENT
  );
  const valueBytes = dataBytes! + positionBytes!;
  const cached = Math.floor(CACHE_BYTES / valueBytes);
  const caches = { data: chunkCache(cached * dataBytes!), indices: chunkCache(cached * positionBytes!) };
  const reader: RowReader = kind === "csr" ? rowReader(parts) : (ranges) => cscRows(parts, ranges);
  const rowsOf = async (ranges: readonly RowRange[], kept?: Caches): Promise<SparseMatrix> => {
    requireRows(parts, ranges);
    return await reader(ranges, kept);
  };
  const take = (index: ArrayLike<number>): Promise<SparseMatrix> => rowsOf(rangesOf(index), caches);
  const read = async (index?: ArrayLike<number>): Promise<HostArray<NumericArray>> =>
    denseMatrix(index === undefined ? await readAll(parts) : await take(index));
  async function* blocks(bytes: number = BLOCK_BYTES): AsyncGenerator<RowBlock> {
    const most = Math.floor(bytes / valueBytes);
    const ranges = kind === "csr" ? rangesByValues(await parts.starts(), most) : rangesByMean(parts, most);
    for (const range of ranges) yield { start: range.from, rows: await rowsOf([range], caches) };
  }
  const valuesPerRow = Math.max(1, parts.data.shape[0]! / Math.max(1, shape[0]));
  return Object.freeze({
    name,
    kind,
    shape,
    dtype: parts.data.dtype,
    ...(kind === "csr" && {
      chunkRows: Math.max(1, Math.floor(parts.data.chunkRows / valuesPerRow)),
      cachedRows: Math.floor(cached / valuesPerRow),
    }),
    all: () => readAll(parts),
    rows: (start: number, stop: number) => rowsOf([{ from: start, to: stop }]),
    take,
    read,
    blocks,
  });
}
