import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";
import { kNearest } from "./knn.ts";

/** Principal axes of points in the plane. */
export interface PlaneAxes {
  /** Scatter along the minor and the major axis, rising. */
  readonly eigenvalues: readonly [number, number];
  /** Unit vector of the smaller eigenvalue; its sign is arbitrary. */
  readonly minor: readonly [number, number];
  /** Unit vector of the larger eigenvalue; its sign is arbitrary. */
  readonly major: readonly [number, number];
}

/** Eigenvalues that differ by less than this share of their mean differ by rounding. */
const ROUNDING = 1e-12;

/**
 * Eigenvectors of the symmetric matrix [[a, b], [b, c]] in closed form.
 *
 * @param a First diagonal entry.
 * @param b Entry beside the diagonal.
 * @param c Second diagonal entry.
 * @returns Eigenvalues and axes; of a multiple of the identity (but for rounding) the coordinate axes in order, as
 *   eigenvalue solvers have them.
 */
export function planeAxes(a: number, b: number, c: number): PlaneAxes {
  const [middle, half] = [(a + c) / 2, Math.hypot((a - c) / 2, b)];
  if (half <= ROUNDING * Math.abs(middle)) return { eigenvalues: [middle, middle], minor: [1, 0], major: [0, 1] };
  const angle = Math.atan2(2 * b, a - c) / 2;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { eigenvalues: [middle - half, middle + half], minor: [-sin, cos], major: [cos, sin] };
}

/** Each point's neighbours in the frame of their own principal axes. */
export interface LocalFrames {
  /** Rows of the neighbours, nearest first, `[N, k]`. */
  readonly index: Int32Array;
  /** Coordinate on the minor axis, on the major axis, and distance of each neighbour, in the unit of the points, `[N, k, 3]`. */
  readonly edges: HostArray;
  /** Number of points whose axes are arbitrary, since their neighbours scatter alike in all directions. */
  readonly ambiguous: number;
}

/** What {@linkcode localFrames} does where axes are arbitrary. */
export type AmbiguousFrames = "keep" | "zero";

/** Eigenvalues that differ by less than this share of their sum leave the axes to rounding. */
const ALIKE = 1e-3;

/**
 * The nearest rows of each row, without itself; equal distances are in order of the row.
 *
 * @param points Points `[N, D]`.
 * @param k Neighbours per point, at most N - 1.
 * @returns Rows, `[N, k]`.
 * @throws {RangeError} If there are fewer than k + 1 points.
 */
export function nearestOthers(points: HostArray<NumericArray>, k: number): Int32Array {
  const rows = points.shape[0]!;
  if (!(Number.isInteger(k) && k >= 1 && k < rows)) {
    throw new RangeError(`Cannot find ${k} neighbours among ${rows} points: expected 1 to ${rows - 1}`);
  }
  const { index } = kNearest(points, points, k + 1);
  const out = new Int32Array(rows * k);
  for (let i = 0, to = 0; i < rows; i++) {
    const own = index.subarray(i * (k + 1), (i + 1) * (k + 1));
    // Among more than k points at one place the point itself need not be listed: then the last one goes.
    const left = own.indexOf(i) < 0 ? k : own.indexOf(i);
    for (let j = 0; j <= k; j++) if (j !== left) out[to++] = own[j]!;
  }
  return out;
}

/**
 * Express neighbours in the frame of their own principal axes: centred on their mean, projected on the axes of their
 * scatter. Up to the signs of the axes the result does not depend on rotation, reflection and translation, except where
 * the scatter is the same along both axes (a square grid with 8 neighbours).
 *
 * @example Usage
 * ```ts
 * import { hostArray, localFrames } from "@morphogen/morphogen";
 *
 * const points = hostArray(Float64Array.of(0, 0, 3, 0, 0, 1), [3, 2]);
 * const { index, edges } = localFrames(points, 2);
 * if (index.join() !== "2,1,0,2,0,1") throw new Error(index.join());
 * if (edges.data[2] !== 1) throw new Error("the nearest of the first point is 1 away");
 * ```
 *
 * @param points Points in the plane, `[N, 2]`.
 * @param k Neighbours per point, at most N - 1.
 * @param ambiguous Where axes are arbitrary: `"keep"` projects on the coordinate axes, `"zero"` keeps the distance alone.
 * @returns Neighbours with their coordinates.
 * @throws {RangeError} If there are fewer than k + 1 points.
 * @throws {TypeError} If the points are not in the plane.
 */
export function localFrames(
  points: HostArray<NumericArray>,
  k: number,
  ambiguous: AmbiguousFrames = "keep",
): LocalFrames {
  if (points.shape.length !== 2 || points.shape[1] !== 2) {
    throw new TypeError(`Cannot find frames of points of shape [${points.shape}]: expected [N, 2]`);
  }
  const index = nearestOthers(points, k);
  const { data } = points;
  const rows = points.shape[0]!;
  const edges = new Float32Array(rows * k * 3);
  const offsets = new Float64Array(2 * k);
  let undecided = 0;
  for (let i = 0; i < rows; i++) {
    let [meanX, meanY] = [0, 0];
    for (let j = 0; j < k; j++) {
      const other = 2 * index[i * k + j]!;
      meanX += offsets[2 * j] = data[other]! - data[2 * i]!;
      meanY += offsets[2 * j + 1] = data[other + 1]! - data[2 * i + 1]!;
    }
    meanX /= k;
    meanY /= k;
    let [a, b, c] = [0, 0, 0];
    for (let j = 0; j < k; j++) {
      const [x, y] = [offsets[2 * j]! - meanX, offsets[2 * j + 1]! - meanY];
      a += x * x;
      b += x * y;
      c += y * y;
    }
    const { eigenvalues: [low, high], minor, major } = planeAxes(a, b, c);
    const alike = high - low < ALIKE * (high + low) || high === 0;
    if (alike) undecided++;
    const kept = alike && ambiguous === "zero" ? 0 : 1;
    for (let j = 0; j < k; j++) {
      const [x, y] = [offsets[2 * j]! - meanX, offsets[2 * j + 1]! - meanY];
      const to = 3 * (i * k + j);
      edges[to] = kept * (x * minor[0] + y * minor[1]);
      edges[to + 1] = kept * (x * major[0] + y * major[1]);
      edges[to + 2] = Math.hypot(offsets[2 * j]!, offsets[2 * j + 1]!);
    }
  }
  return { index, edges: hostArray(edges, [rows, k, 3]), ambiguous: undecided };
}
