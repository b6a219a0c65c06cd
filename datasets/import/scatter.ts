import type { NumericArray, SparseMatrix } from "../../core/mod.ts";
import { BLOCK_VALUES } from "./source.ts";

/** Some values of a sparse matrix with their places, in any order. */
export interface Entries {
  /** Row of each value. */
  readonly rows: Int32Array;
  /** Column of each value. */
  readonly columns: Int32Array;
  /** The values. */
  readonly data: NumericArray;
}

/** Values that are sorted in one pass over the source: about 200 MB. */
const PASS_VALUES = 2 ** 24;

/**
 * Compress values by row that come in another order, in as many passes over them as memory asks for.
 *
 * @param shape Rows and columns.
 * @param from First row.
 * @param scan Reads all values; called once to count and once per pass, always in the same order.
 * @param passValues Values of a pass, unless a single row has more.
 * @returns Blocks of rows; values of a row keep the order in which they came.
 */
export async function* scatterRows(
  shape: readonly [number, number],
  from: number,
  scan: () => AsyncIterable<Entries>,
  passValues: number = PASS_VALUES,
): AsyncIterable<SparseMatrix> {
  const counts = new Float64Array(shape[0]);
  for await (const { rows } of scan()) for (let i = 0; i < rows.length; i++) counts[rows[i]!]!++;
  for (let begin = from; begin < shape[0];) {
    let [end, size] = [begin, 0];
    while (end < shape[0] && (end === begin || size + counts[end]! <= passValues)) size += counts[end++]!;
    yield* inBlocks(await gather(begin, end, counts, shape[1], scan));
    begin = end;
  }
}

async function gather(
  begin: number,
  end: number,
  counts: Float64Array,
  columns: number,
  scan: () => AsyncIterable<Entries>,
): Promise<SparseMatrix> {
  const indptr = new Float64Array(end - begin + 1);
  for (let i = begin; i < end; i++) indptr[i - begin + 1] = indptr[i - begin]! + counts[i]!;
  const next = indptr.slice();
  const indices = new Int32Array(indptr.at(-1)!);
  let data: NumericArray | undefined;
  for await (const entries of scan()) {
    const wider = entries.data instanceof Float64Array && data instanceof Int32Array;
    if (data === undefined || wider) {
      // 64-bit integers come as int32 until one does not fit.
      const Kind = entries.data.constructor as new (length: number) => NumericArray;
      const grown = new Kind(indices.length);
      if (data !== undefined) grown.set(data);
      data = grown;
    }
    for (let i = 0; i < entries.rows.length; i++) {
      const row = entries.rows[i]! - begin;
      if (row < 0 || row >= end - begin) continue;
      const at = next[row]!++;
      indices[at] = entries.columns[i]!;
      data[at] = entries.data[i]!;
    }
  }
  return { kind: "csr", shape: [end - begin, columns], indptr, indices, data: data ?? new Float32Array() };
}

/**
 * Cut rows into blocks that can be handed on.
 *
 * @param matrix Rows.
 * @returns Views of consecutive rows.
 */
export function* inBlocks(matrix: SparseMatrix): Iterable<SparseMatrix> {
  const { indptr, indices, data, shape } = matrix;
  for (let begin = 0; begin < shape[0];) {
    let end = begin + 1;
    while (end < shape[0] && indptr[end + 1]! - indptr[begin]! <= BLOCK_VALUES) end++;
    const [first, last] = [indptr[begin]!, indptr[end]!];
    yield {
      kind: "csr",
      shape: [end - begin, shape[1]],
      indptr: Float64Array.from(indptr.subarray(begin, end + 1), (start) => start - first),
      indices: indices.subarray(first, last),
      data: data.subarray(first, last),
    };
    begin = end;
  }
}
