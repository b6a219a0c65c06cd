import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";
import type { HostRng } from "../rng/mod.ts";
import { requireSameColumns, toMatrix } from "../spatial/matrix.ts";
import { wassersteinLine } from "./wasserstein_line.ts";

/**
 * Random directions, uniform on the unit sphere.
 *
 * @param dimensions Dimensions D of the space.
 * @param count Number of directions L.
 * @param rng Stream.
 * @returns Unit vectors as rows, `[L, D]`.
 */
export function unitDirections(dimensions: number, count: number, rng: HostRng): HostArray<Float64Array> {
  const data = Float64Array.from(rng.normal(count * dimensions));
  for (let at = 0; at < data.length; at += dimensions) {
    const row = data.subarray(at, at + dimensions);
    const norm = Math.hypot(...row);
    row.forEach((value, i) => row[i] = value / norm);
  }
  return hostArray(data, [count, dimensions]);
}

/** Scalar product of each row with a direction. */
function project({ data, shape }: HostArray<NumericArray>, direction: Float64Array): Float64Array {
  const width = shape[1]!;
  return Float64Array.from({ length: shape[0]! }, (_, row) => {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += data[row * width + i]! * direction[i]!;
    return sum;
  });
}

/**
 * Sliced p-Wasserstein distance between two point sets of uniform weight and any sizes: the p-th mean over directions of
 * the distance between their projections (Bonneel et al. 2015).
 *
 * @example Usage
 * ```ts
 * import { hostArray, slicedWasserstein } from "@morphogen/morphogen";
 *
 * const a = hostArray(Float32Array.of(0, 0, 1, 0), [2, 2]);
 * const b = hostArray(Float32Array.of(0, 3, 1, 3), [2, 2]);
 * const axes = hostArray(Float64Array.of(1, 0, 0, 1), [2, 2]);
 * if (slicedWasserstein(a, b, axes, 1) !== 1.5) throw new Error("the axes see distances 0 and 3");
 * ```
 *
 * @param a First points, `[N, D]`.
 * @param b Second points, `[M, D]`.
 * @param directions Unit vectors, `[L, D]`, see {@linkcode unitDirections}.
 * @param order Power p, at least 1.
 * @returns The distance, in the unit of the points.
 * @throws {TypeError} If the dimensions differ.
 * @throws {RangeError} If a set is empty or a value is not finite.
 */
export function slicedWasserstein(
  a: HostArray<NumericArray>,
  b: HostArray<NumericArray>,
  directions: HostArray<Float64Array>,
  order = 2,
): number {
  requireSameColumns(toMatrix(a), toMatrix(b), "compare points");
  requireSameColumns(toMatrix(a), toMatrix(directions), "project points");
  const [count, width] = directions.shape as [number, number];
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const direction = directions.data.subarray(i * width, (i + 1) * width);
    sum += wassersteinLine(project(a, direction), project(b, direction), { order }) ** order;
  }
  return (sum / count) ** (1 / order);
}

/**
 * 1-Wasserstein distance of each coordinate by itself: blind to how coordinates go together.
 *
 * @param a First points, `[N, D]`.
 * @param b Second points, `[M, D]`.
 * @returns One distance per coordinate, `[D]`, in the unit of the points.
 * @throws {TypeError} If the dimensions differ.
 * @throws {RangeError} If a set is empty or a value is not finite.
 */
export function coordinateWasserstein(a: HostArray<NumericArray>, b: HostArray<NumericArray>): Float64Array {
  requireSameColumns(toMatrix(a), toMatrix(b), "compare points");
  const column = ({ data, shape }: HostArray<NumericArray>, i: number): Float64Array =>
    Float64Array.from({ length: shape[0]! }, (_, row) => data[row * shape[1]! + i]!);
  return Float64Array.from({ length: a.shape[1]! }, (_, i) => wassersteinLine(column(a, i), column(b, i)));
}
