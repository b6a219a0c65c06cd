import type { HostArray, NumericArray } from "../host_array.ts";
import { toMatrix } from "../spatial/matrix.ts";
import { columnStats } from "../spatial/standardize.ts";

/**
 * Moran's I of each column: how much neighbouring cells resemble each other (Moran 1950).
 *
 * `I = N / W * sum_ij w_ij z_i z_j / sum_i z_i^2` with z centred and weight 1 for each listed neighbour; about
 * -1 / (N - 1) without spatial structure.
 *
 * @example Usage
 * ```ts
 * import { hostArray, moransI } from "@morphogen/morphogen";
 *
 * const halves = hostArray(Float32Array.of(0, 0, 1, 1), [4, 1]);
 * const [i = NaN] = moransI(halves, Int32Array.of(1, 0, 3, 2), 1);
 * if (i !== 1) throw new Error(String(i));
 * ```
 *
 * @param x Values, for example expression, shape `[N, G]`.
 * @param neighbours Neighbours of each row, without itself, row-major `[N, k]`.
 * @param k Neighbours per row.
 * @returns Moran's I of each column, `[G]`; NaN for a constant column.
 * @throws {RangeError} If `neighbours` does not hold `k` rows for each row of `x`, or a row is outside `x`.
 */
export function moransI(x: HostArray<NumericArray>, neighbours: Int32Array, k: number): Float64Array {
  const { data, rows, columns } = toMatrix(x);
  if (neighbours.length !== rows * k) {
    throw new RangeError(
      `Cannot compute Moran's I: ${rows} rows need ${rows * k} neighbours, got ${neighbours.length}`,
    );
  }
  const outside = neighbours.find((row) => !(row >= 0 && row < rows));
  if (outside !== undefined) throw new RangeError(`Cannot compute Moran's I: neighbour ${outside} is not a row of x`);
  const { mean, std } = columnStats(x);
  const across = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let a = i * k; a < (i + 1) * k; a++) {
      const other = neighbours[a]! * columns;
      for (let j = 0; j < columns; j++) {
        across[j]! += (data[i * columns + j]! - mean[j]!) * (data[other + j]! - mean[j]!);
      }
    }
  }
  return across.map((sum, j) => std[j]! > 0 ? sum / (k * rows * std[j]! ** 2) : NaN);
}
