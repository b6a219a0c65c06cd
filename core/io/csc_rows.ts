import type { NumericArray } from "../host_array.ts";
import type { SparseMatrix } from "./anndata.ts";
import { checkedPositions, type SparseParts } from "./sparse_parts.ts";
import type { RowRange } from "./zarr_ranges.ts";

/** Values that are looked through at a time. */
const SLAB = 2 ** 21;

/** Values that were found in a slab, in the order of their columns. */
interface Found {
  /** Which of the wanted rows each is in. */
  readonly rows: Int32Array;
  /** Column of each. */
  readonly columns: Int32Array;
  /** The values. */
  readonly data: NumericArray;
}

/** Number of each wanted row among them, -1 for all others; where a row is wanted twice, of its first place. */
function placesOf(count: number, wanted: Int32Array): Int32Array {
  const places = new Int32Array(count).fill(-1);
  for (let at = wanted.length - 1; at >= 0; at--) places[wanted[at]!] = at;
  return places;
}

function listOf(ranges: readonly RowRange[]): Int32Array {
  const rows = new Int32Array(ranges.reduce((sum, { from, to }) => sum + to - from, 0));
  let at = 0;
  for (const { from, to } of ranges) for (let row = from; row < to; row++) rows[at++] = row;
  return rows;
}

/** Looks through all values in slabs; memory is that of one slab and of what is found. */
async function* search(parts: SparseParts, places: Int32Array, slab: number): AsyncGenerator<Found> {
  const starts = await parts.starts();
  const count = parts.data.shape[0]!;
  let column = 0;
  for (let from = 0; from < count; from += slab) {
    const to = Math.min(from + slab, count);
    const positions = await parts.indices.numbers(from, to);
    const { data } = await parts.data.numbers(from, to);
    const rows = checkedPositions(parts, starts, positions.data, (at) => from + at);
    const hits = rows.reduce((sum, row) => sum + Number(places[row]! >= 0), 0);
    const found = { rows: new Int32Array(hits), columns: new Int32Array(hits), data: data.slice(0, hits) };
    for (let at = 0, hit = 0; hit < hits; at++) {
      const place = places[rows[at]!]!;
      if (place < 0) continue;
      while (starts[column + 1]! <= from + at) column++;
      found.rows[hit] = place;
      found.columns[hit] = column;
      found.data[hit++] = data[at]!;
    }
    yield found;
  }
}

/**
 * Read rows of a matrix that is compressed by column, by looking through all of it.
 *
 * @param parts The matrix.
 * @param ranges The rows, within the matrix.
 * @param slab Values that are looked through at a time.
 * @returns The rows, compressed by row.
 * @throws {DataError} If the store is damaged.
 */
export async function cscRows(
  parts: SparseParts,
  ranges: readonly RowRange[],
  slab: number = SLAB,
): Promise<SparseMatrix> {
  const wanted = listOf(ranges);
  const places = placesOf(parts.shape[0], wanted);
  const slabs = await Array.fromAsync(search(parts, places, slab));
  const counts = new Float64Array(wanted.length);
  for (const { rows } of slabs) for (const row of rows) counts[row]!++;
  const first = wanted.map((row) => places[row]!);
  const indptr = new Float64Array(wanted.length + 1);
  first.forEach((place, row) => indptr[row + 1] = indptr[row]! + counts[place]!);
  const total = indptr.at(-1)!;
  const indices = new Int32Array(total);
  const Kind = (slabs[0]?.data ?? (await parts.data.numbers(0, 0)).data).constructor as new (n: number) => NumericArray;
  const data = new Kind(total);
  const next = indptr.slice(0, -1);
  for (const { rows, columns, data: values } of slabs) {
    for (let at = 0; at < rows.length; at++) {
      const to = next[rows[at]!]!++;
      indices[to] = columns[at]!;
      data[to] = values[at]!;
    }
  }
  first.forEach((place, row) => {
    if (place === row) return;
    indices.copyWithin(indptr[row]!, indptr[place]!, indptr[place + 1]!);
    data.copyWithin(indptr[row]!, indptr[place]!, indptr[place + 1]!);
  });
  const narrow = total < 2 ** 31 ? Int32Array.from(indptr) : indptr;
  return { kind: "csr", shape: [wanted.length, parts.shape[1]], indptr: narrow, indices, data };
}
