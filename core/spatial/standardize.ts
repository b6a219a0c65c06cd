import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";
import { type ColumnMoments, momentsOf } from "./column_moments.ts";
import { toMatrix } from "./matrix.ts";

/** Centre and spread of each column. */
export interface ColumnStats {
  /** Mean of each column, in the unit of the column. */
  readonly mean: Float64Array;
  /** Population standard deviation of each column (ddof 0), same unit. */
  readonly std: Float64Array;
}

/**
 * Mean and population standard deviation of each column.
 *
 * @param x Values, shape `[N, D]`, N >= 1.
 * @returns Statistics in float64, from two passes.
 * @throws {RangeError} If there are no rows.
 */
export function columnStats(x: HostArray<NumericArray>): ColumnStats {
  const { data, rows, columns } = toMatrix(x);
  if (rows === 0) throw new RangeError("Cannot compute column statistics of 0 rows");
  return statsOfMoments(momentsOf({ data, shape: [rows, columns] }));
}

/**
 * Mean and population standard deviation from moments, for rows that are not in memory together.
 *
 * @param moments Moments of at least 1 row.
 * @returns Statistics of each column.
 */
export function statsOfMoments({ rows, mean, squares }: ColumnMoments): ColumnStats {
  const std = squares.map((sum, j) => {
    const spread = Math.sqrt(sum / rows);
    // What rounding of the mean leaves of a constant column is no spread.
    return spread > 1e-12 * Math.abs(mean[j]!) ? spread : 0;
  });
  return { mean, std };
}

/**
 * One spread for all columns, so that standardizing keeps angles and relative distances.
 *
 * @param stats Statistics per column.
 * @returns The same means with the root mean square of the standard deviations in every column.
 */
export function isotropic({ mean, std }: ColumnStats): ColumnStats {
  const square = std.reduce((sum, value) => sum + value * value, 0) / std.length;
  return { mean, std: new Float64Array(std.length).fill(Math.sqrt(square)) };
}

/**
 * Subtract the mean and divide by the standard deviation of each column.
 *
 * A constant column (std 0) is only centred, so that it becomes 0.
 *
 * @example Usage
 * ```ts
 * import { columnStats, hostArray, standardize } from "@morphogen/morphogen";
 *
 * const x = hostArray(Float32Array.of(1, 5, 3, 5), [2, 2]);
 * if (standardize(x, columnStats(x)).data.join() !== "-1,0,1,0") throw new Error("not standardized");
 * ```
 *
 * @param x Values, shape `[N, D]`.
 * @param stats Statistics of D columns, often of a larger set than `x`.
 * @returns z-scores (dimensionless), shape of `x`.
 * @throws {TypeError} If the statistics have another number of columns.
 */
export function standardize(x: HostArray<NumericArray>, stats: ColumnStats): HostArray {
  return mapColumns(x, stats.mean, stats.std, (value, mean, std) => (value - mean) / (std > 0 ? std : 1));
}

/**
 * Undo {@linkcode standardize}: multiply by the standard deviation and add the mean.
 *
 * @param z z-scores, shape `[N, D]`.
 * @param stats The statistics they were made with.
 * @returns Values in the original unit, shape of `z`.
 * @throws {TypeError} If the statistics have another number of columns.
 */
export function unstandardize(z: HostArray<NumericArray>, stats: ColumnStats): HostArray {
  return mapColumns(z, stats.mean, stats.std, (value, mean, std) => value * (std > 0 ? std : 1) + mean);
}

/**
 * Scale each column to [0, 1] by its smallest and largest value; a constant column becomes 0.
 *
 * @param x Finite values, shape `[N, D]`.
 * @returns Scaled values, shape of `x`.
 */
export function minMax(x: HostArray<NumericArray>): HostArray {
  const { data, columns } = toMatrix(x);
  const low = new Float64Array(columns).fill(Infinity);
  const high = new Float64Array(columns).fill(-Infinity);
  for (let at = 0; at < data.length; at++) {
    const j = at % columns;
    low[j] = Math.min(low[j]!, data[at]!);
    high[j] = Math.max(high[j]!, data[at]!);
  }
  return mapColumns(x, low, high, (value, from, to) => (value - from) / (to > from ? to - from : 1));
}

function mapColumns(
  x: HostArray<NumericArray>,
  a: Float64Array,
  b: Float64Array,
  fn: (value: number, a: number, b: number) => number,
): HostArray {
  const { data, rows, columns } = toMatrix(x);
  if (a.length !== columns) {
    throw new TypeError(`Cannot scale ${columns} columns with statistics of ${a.length} columns`);
  }
  const out = new Float32Array(data.length);
  for (let at = 0, i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, at++) out[at] = fn(data[at]!, a[j]!, b[j]!);
  }
  return hostArray(out, x.shape);
}
