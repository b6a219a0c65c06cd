import type { NumericArray, SparseMatrix } from "../../core/mod.ts";
import type { RowSource } from "./source.ts";

/** A dense matrix that lies the other way round: columns of it are rows here. */
export interface Transposed extends Pick<RowSource, "name" | "type" | "stored"> {
  /** Rows and columns after transposing. */
  readonly shape: readonly [number, number];
  /** Rows of a block. */
  readonly step: number;
  /**
   * Read columns as they lie.
   *
   * @param from First column.
   * @param to Column after the last one.
   * @returns Values `[columns after transposing, to - from]`, row-major.
   */
  read(from: number, to: number): NumericArray;
}

/**
 * Read a dense matrix that lies the other way round by rows, without its zeros, as scanpy does.
 *
 * @param matrix The matrix.
 * @returns Its rows, compressed.
 */
export function transposedRows({ name, shape, type, stored, step, read }: Transposed): RowSource {
  return Object.freeze({
    name,
    kind: "csr",
    shape,
    type,
    stored,
    blocks: async function* (from: number): AsyncIterable<SparseMatrix> {
      for (let begin = from; begin < shape[0]; begin += step) {
        const end = Math.min(shape[0], begin + step);
        yield compress(read(begin, end), end - begin, shape[1]);
      }
    },
  });
}

function compress(values: NumericArray, rows: number, columns: number): SparseMatrix {
  const indptr = new Float64Array(rows + 1);
  for (let at = 0; at < values.length; at++) if (values[at] !== 0) indptr[at % rows + 1]!++;
  for (let row = 0; row < rows; row++) indptr[row + 1]! += indptr[row]!;
  const Kind = values.constructor as new (length: number) => NumericArray;
  const [indices, data] = [new Int32Array(indptr[rows]!), new Kind(indptr[rows]!)];
  const next = indptr.slice();
  for (let column = 0, at = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++, at++) {
      const value = values[at]!;
      if (value === 0) continue;
      const place = next[row]!++;
      indices[place] = column;
      data[place] = value;
    }
  }
  return { kind: "csr", shape: [rows, columns], indptr, indices, data };
}
