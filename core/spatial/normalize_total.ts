import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";
import { toMatrix } from "./matrix.ts";
import { medianPositive } from "./median.ts";

/**
 * Scale each row (cell) to the same total.
 *
 * @example Usage
 * ```ts
 * import { hostArray, normalizeTotal } from "@morphogen/morphogen";
 *
 * const counts = hostArray(Uint16Array.of(1, 3, 4, 4), [2, 2]);
 * if (normalizeTotal(counts).data.join() !== "1.5,4.5,3,3") throw new Error("not normalized");
 * ```
 *
 * @param counts Counts, shape `[N, G]`, >= 0.
 * @param target Total of each row afterwards; absent means the median total of the rows that have counts.
 * @returns Scaled counts, `[N, G]`; rows without counts stay zero.
 * @throws {RangeError} If `target` is not positive.
 */
export function normalizeTotal(counts: HostArray<NumericArray>, target?: number): HostArray {
  const { data, rows, columns } = toMatrix(counts);
  const totals = new Float64Array(rows);
  for (let at = 0, i = 0; i < rows; i++) for (let j = 0; j < columns; j++, at++) totals[i]! += data[at]!;
  const goal = target ?? medianPositive(totals);
  if (!(goal > 0)) throw new RangeError(`Cannot normalize rows to a total of ${goal}: expected a number > 0`);
  const out = new Float32Array(data.length);
  for (let at = 0, i = 0; i < rows; i++) {
    const scale = totals[i]! > 0 ? goal / totals[i]! : 0;
    for (let j = 0; j < columns; j++, at++) out[at] = data[at]! * scale;
  }
  return hostArray(out, counts.shape);
}

/**
 * ln(1 + x) of each value.
 *
 * @param x Values > -1, any shape.
 * @returns Logarithms, shape of `x`.
 */
export function log1p(x: HostArray<NumericArray>): HostArray {
  const out = new Float32Array(x.data.length);
  for (let at = 0; at < out.length; at++) out[at] = Math.log1p(x.data[at]!);
  return hostArray(out, x.shape);
}
