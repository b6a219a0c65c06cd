import type { Matrix } from "./matrix.ts";

/** Coordinates of points by dimension: `axes[k][i]` is coordinate k of point i. */
export type Axes = readonly Float64Array[];

/**
 * Copy a matrix axis by axis, the form in which distances to many points are fast.
 *
 * @param matrix The matrix, `[N, D]`.
 * @returns D arrays of N values.
 */
export function axesOf({ data, rows, columns }: Matrix): Axes {
  return Array.from({ length: columns }, (_, k) => {
    const values = new Float64Array(rows);
    for (let i = 0, at = k; i < rows; i++, at += columns) values[i] = data[at]!;
    return values;
  });
}

/**
 * Squared distances from a point to a stretch of points, in the order of the dimensions.
 *
 * @param axes Coordinates of the points.
 * @param point Coordinates, `[D]`.
 * @param start First point.
 * @param count Number of points.
 * @param out Receives the squared distances.
 */
export function fillSquared(
  axes: Axes,
  point: Float64Array,
  start: number,
  count: number,
  out: Float64Array,
): void {
  if (axes.length === 0) {
    out.fill(0, 0, count);
    return;
  }
  // Two dimensions at a time halve the traffic to memory.
  const odd = axes.length & 1;
  const [first, second] = [axes[0]!, axes[1 - odd]!];
  const [x, y] = [point[0]!, point[1 - odd]!];
  for (let i = 0; i < count; i++) {
    const dx = x - first[start + i]!;
    const dy = odd === 1 ? 0 : y - second[start + i]!;
    out[i] = dx * dx + dy * dy;
  }
  for (let k = 2 - odd; k < axes.length; k += 2) {
    const [third, fourth] = [axes[k]!, axes[k + 1]!];
    const [z, w] = [point[k]!, point[k + 1]!];
    for (let i = 0; i < count; i++) {
      const dz = z - third[start + i]!;
      const dw = w - fourth[start + i]!;
      out[i] = out[i]! + dz * dz + dw * dw;
    }
  }
}
