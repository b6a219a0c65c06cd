import { DataError } from "../errors.ts";
import { type HostArray, type NumericArray, rowSize } from "../host_array.ts";

/** Rows of an array in float64, trailing axes flattened; the form in which host algorithms compute. */
export interface Matrix {
  /** Values, row-major, `rows * columns`; shared with the source when that is float64 already, so read only. */
  readonly data: Float64Array;
  /** Number of rows. */
  readonly rows: number;
  /** Values per row. */
  readonly columns: number;
}

/**
 * View an array as a float64 matrix.
 *
 * @param array Array with rows on axis 0, shape `[N, ...]`.
 * @returns The matrix `[N, product of the other axes]`.
 * @throws {TypeError} If the array is a scalar.
 */
export function toMatrix(array: HostArray<NumericArray>): Matrix {
  const rows = array.shape[0];
  if (rows === undefined) throw new TypeError("Cannot read rows of a scalar: expected an array of shape [N, D]");
  const data = array.data instanceof Float64Array ? array.data : new Float64Array(array.data);
  return { data, rows, columns: rowSize(array.shape) };
}

/**
 * Copy one row.
 *
 * @param matrix The matrix.
 * @param row Which row.
 * @param out Receives its values.
 */
export function readRow({ data, columns }: Matrix, row: number, out: Float64Array): void {
  for (let k = 0, at = row * columns; k < columns; k++, at++) out[k] = data[at]!;
}

/**
 * Refuse a matrix that holds NaN or infinity.
 *
 * @param matrix The matrix.
 * @param action What cannot be done with it, for example `"find niches"`.
 * @throws {DataError} If a value is not finite; names the first one.
 */
export function requireFinite(matrix: Matrix, action: string): void {
  const { data, columns } = matrix;
  for (let at = 0; at < data.length; at++) {
    if (Number.isFinite(data[at]!)) continue;
    const [row, column] = [Math.floor(at / columns), at % columns];
    throw new DataError(`Cannot ${action}: row ${row} has ${data[at]} in column ${column}, expected finite numbers`);
  }
}

/**
 * Refuse two matrices whose rows differ in length.
 *
 * @param a First matrix.
 * @param b Second matrix.
 * @param action What cannot be done with them, for example `"compare points"`.
 * @throws {TypeError} If the columns differ; names both counts.
 */
export function requireSameColumns(a: Matrix, b: Matrix, action: string): void {
  if (a.columns === b.columns) return;
  throw new TypeError(`Cannot ${action}: rows have ${a.columns} values on one side but ${b.columns} on the other`);
}
