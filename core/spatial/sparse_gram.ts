import type { SparseMatrix } from "../io/anndata.ts";
import type { GramOperator } from "./gram_operator.ts";
import { byRows, requireSparse } from "./sparse.ts";
import { sparseKernel, WIDTH } from "./vector_sparse.ts";

/** Values copied to the kernel's memory at a time. */
const VALUES = 2 ** 16;
/** Rows after which what was added up in single precision moves to double precision. */
const SLAB = 8192;

const PAGE = 65536;
const BYTES = 4;

/**
 * Operator of a sparse matrix: neither it nor what is centred is ever made dense.
 *
 * @param x The matrix `[N, G]`; compressed columns are compressed by row first.
 * @param centred Whether to subtract the column means.
 * @returns The operator; it keeps the values of `x`.
 * @throws {DataError} If starts or positions do not fit the shape, or a value is not finite.
 */
export function sparseGram(x: SparseMatrix, centred: boolean): GramOperator {
  requireSparse(x, "decompose");
  const matrix = byRows(x);
  const [rows, columns] = matrix.shape;
  const mean = centred ? sparseMeans(matrix) : new Float64Array(columns);
  const memory = layOut(matrix);
  const apply = (q: Float32Array, n: number): Float64Array => {
    const out = new Float64Array(columns * n);
    const sums = new Float64Array(n);
    for (let first = 0; first < n; first += WIDTH) {
      memory.load(q, mean, n, first);
      for (let start = 0; start < rows; start += SLAB) {
        const end = Math.min(rows, start + SLAB);
        for (let from = start; from < end;) from = memory.addRows(from, end);
        memory.moveTo(out, sums, n, first);
      }
    }
    for (let j = 0, at = 0; j < columns; j++) {
      for (let c = 0; c < n; c++, at++) out[at]! -= mean[j]! * sums[c]!;
    }
    return out;
  };
  return Object.freeze({ rows, columns, mean, apply });
}

/** The kernel's memory: starts, positions and values of some rows, 16 columns of both dense factors, and two rows. */
interface SparseMemory {
  /** Put in 16 columns of `q`, and minus their product with the means. */
  load(q: Float32Array, mean: Float64Array, n: number, first: number): void;
  /** Add rows from `from` on, as many as fit; returns the first one left. */
  addRows(from: number, end: number): number;
  /** Add the products and the sums to `out` and `sums`, and set them to 0. */
  moveTo(out: Float64Array, sums: Float64Array, n: number, first: number): void;
}

function layOut({ shape: [rows, columns], indptr, indices, data }: SparseMatrix): SparseMemory {
  let longest = 0;
  for (let row = 0; row < rows; row++) longest = Math.max(longest, indptr[row + 1]! - indptr[row]!);
  const room = Math.max(VALUES, longest);
  const lengths = [WIDTH, WIDTH, columns * WIDTH, columns * WIDTH, room, room, SLAB + 1];
  const begins = lengths.map((_, i) => lengths.slice(0, i).reduce((sum, length) => sum + length, 0));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(total * BYTES / PAGE) });
  const kernel = sparseKernel(memory);
  const floats = (i: number): Float32Array => new Float32Array(memory.buffer, begins[i]! * BYTES, lengths[i]!);
  const [shift, sums, q, z, values] = [floats(0), floats(1), floats(2), floats(3), floats(4)];
  const places = new Int32Array(memory.buffer, begins[5]! * BYTES, room);
  const starts = new Int32Array(memory.buffer, begins[6]! * BYTES, SLAB + 1);
  return {
    load: (from, mean, n, first) => {
      const along = new Float64Array(WIDTH);
      for (let j = 0, at = 0; j < columns; j++) {
        for (let c = 0; c < WIDTH; c++, at++) {
          q[at] = from[j * n + first + c]!;
          along[c]! -= mean[j]! * q[at]!;
        }
      }
      shift.set(along);
      z.fill(0);
      sums.fill(0);
    },
    addRows: (from, end) => {
      const begin = indptr[from]!;
      let next = from;
      while (next < end && indptr[next + 1]! - begin <= room) {
        next++;
        starts[next - from] = BYTES * (indptr[next]! - begin);
      }
      starts[0] = 0;
      values.set(data.subarray(begin, indptr[next]!));
      places.set(indices.subarray(begin, indptr[next]!));
      kernel(
        starts.byteOffset,
        starts.byteOffset + BYTES * (next - from),
        places.byteOffset,
        values.byteOffset,
        q.byteOffset,
        z.byteOffset,
        shift.byteOffset,
        sums.byteOffset,
      );
      return next;
    },
    moveTo: (out, total, n, first) => {
      for (let j = 0, at = 0; j < columns; j++) {
        for (let c = 0; c < WIDTH; c++, at++) out[j * n + first + c]! += z[at]!;
      }
      for (let c = 0; c < WIDTH; c++) total[first + c]! += sums[c]!;
      z.fill(0);
      sums.fill(0);
    },
  };
}

function sparseMeans({ shape: [rows, columns], indices, data }: SparseMatrix): Float64Array {
  const mean = new Float64Array(columns);
  for (let at = 0; at < data.length; at++) mean[indices[at]!]! += data[at]!;
  return mean.map((sum) => sum / rows);
}
