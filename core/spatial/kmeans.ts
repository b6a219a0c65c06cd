import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";
import type { HostRng } from "../rng/mod.ts";
import { type Axes, axesOf, fillSquared } from "./axes.ts";
import { kMeansSeeds } from "./kmeans_seeds.ts";
import { type Matrix, readRow, requireFinite, toMatrix } from "./matrix.ts";

/** When {@linkcode kMeans} stops. */
export interface KMeansOptions {
  /** Most iterations. @default {300} */
  readonly maxIterations?: number;
  /** Stop when the summed squared shift of the centroids is at most this times the mean variance. @default {1e-4} */
  readonly tolerance?: number;
}

/** Leaves room for the rounding of bounds: what is this much nearer than the others is nearest. */
const SURE = 1 - 1e-9;

/** A partition of points into k clusters, none of them empty. */
export interface KMeansResult {
  /** Cluster means, `[k, D]`. */
  readonly centroids: HostArray<Float64Array>;
  /** Cluster of each point, `[N]`. */
  readonly assignment: Int32Array;
  /** Summed squared distance of the points to their centroids. */
  readonly inertia: number;
  /** Iterations used. */
  readonly iterations: number;
}

interface Clustering {
  readonly points: Matrix;
  readonly centroids: Float64Array;
  readonly assignment: Int32Array;
  /** Squared distance of each point to its centroid. */
  readonly squared: Float64Array;
  /** What each point's distance to any other centroid is at least. */
  readonly others: Float64Array;
  readonly sizes: Int32Array;
}

/**
 * Partition points into k clusters (Lloyd) from greedy k-means++ seeds (Arthur and Vassilvitskii 2007), one start.
 *
 * Bounds on distances (Hamerly 2010) tell for most points that no other centroid has come nearest; the result is that of
 * comparing all.
 *
 * @example Usage
 * ```ts
 * import { hostArray, kMeans, rng } from "@morphogen/morphogen";
 *
 * const points = hostArray(Float32Array.of(0, 1, 10, 11), [4, 1]);
 * const { assignment, inertia } = kMeans(points, 2, rng(1).host);
 * if (assignment[0] !== assignment[1] || inertia !== 1) throw new Error(String(inertia));
 * ```
 *
 * @param points Points, shape `[N, D]`.
 * @param k Number of clusters, at most N.
 * @param rng Stream for the seeds.
 * @param options When to stop.
 * @returns Centroids, clusters and inertia.
 * @throws {RangeError} If `k` is not a whole number from 1 to N.
 * @throws {DataError} If a coordinate is not finite.
 */
export function kMeans(
  points: HostArray<NumericArray>,
  k: number,
  rng: HostRng,
  options: KMeansOptions = {},
): KMeansResult {
  const { maxIterations = 300, tolerance = 1e-4 } = options;
  const matrix = toMatrix(points);
  const { rows, columns } = matrix;
  requireFinite(matrix, "cluster points");
  if (!(Number.isInteger(k) && k >= 1 && k <= rows)) {
    throw new RangeError(`Cannot cluster ${rows} points into ${k} clusters: expected 1 to ${rows}`);
  }
  const state: Clustering = {
    points: matrix,
    centroids: kMeansSeeds(matrix, k, rng),
    assignment: new Int32Array(rows).fill(-1),
    squared: new Float64Array(rows),
    others: new Float64Array(rows),
    sizes: new Int32Array(k),
  };
  const enough = tolerance * meanVariance(matrix);
  let iterations = 0;
  let changed = assign(state);
  while (changed && iterations < maxIterations) {
    iterations++;
    const shift = moveCentroids(state);
    changed = assign(state) && shift > enough;
  }
  return {
    centroids: hostArray(state.centroids, [k, columns]),
    assignment: state.assignment,
    inertia: state.squared.reduce((sum, value) => sum + value, 0),
    iterations,
  };
}

/** Give each point its nearest centroid, then each empty cluster the point farthest from its own; tells of changes. */
function assign(state: Clustering): boolean {
  const { points, assignment, squared, sizes } = state;
  const before = assignment.slice();
  findNearest(state);
  sizes.fill(0);
  for (const cluster of assignment) sizes[cluster]!++;
  for (let c = 0; c < sizes.length; c++) {
    if (sizes[c]! > 0) continue;
    let farthest = -1;
    for (let i = 0; i < points.rows; i++) {
      if (sizes[assignment[i]!]! > 1 && (farthest < 0 || squared[i]! > squared[farthest]!)) farthest = i;
    }
    sizes[assignment[farthest]!]!--;
    sizes[c] = 1;
    assignment[farthest] = c;
    squared[farthest] = 0;
    readRow(points, farthest, state.centroids.subarray(c * points.columns, (c + 1) * points.columns));
    // A centroid that jumps may be anyone's nearest.
    state.others.fill(0);
  }
  return assignment.some((cluster, i) => cluster !== before[i]);
}

/** Compare each point with its own centroid, and with the others where one of them may be as near. */
function findNearest({ points, centroids, assignment, squared, others, sizes }: Clustering): void {
  const { data, rows, columns: d } = points;
  const k = sizes.length;
  const axes = axesOf({ data: centroids, rows: k, columns: d });
  const apart = halfGaps(axes, k);
  const point = new Float64Array(d);
  const all = new Float64Array(k);
  for (let i = 0; i < rows; i++) {
    const own = assignment[i]!;
    if (own >= 0) {
      let sum = 0;
      for (let j = 0, at = i * d, c = own * d; j < d; j++, at++, c++) {
        const difference = data[at]! - centroids[c]!;
        sum += difference * difference;
      }
      squared[i] = sum;
      const bound = Math.max(others[i]!, apart[own]!);
      if (sum < bound * bound * SURE) continue;
    }
    readRow(points, i, point);
    fillSquared(axes, point, 0, k, all);
    let least = Infinity;
    let second = Infinity;
    let cluster = 0;
    for (let c = 0; c < k; c++) {
      const value = all[c]!;
      if (value >= second) continue;
      if (value < least) {
        second = least;
        least = value;
        cluster = c;
      } else second = value;
    }
    assignment[i] = cluster;
    squared[i] = least;
    others[i] = Math.sqrt(second);
  }
}

/** Half of the distance from each centroid to the nearest other one: points nearer to it than this are its own. */
function halfGaps(axes: Axes, k: number): Float64Array {
  const place = new Float64Array(axes.length);
  const all = new Float64Array(k);
  return Float64Array.from({ length: k }, (_, c) => {
    axes.forEach((values, j) => place[j] = values[c]!);
    fillSquared(axes, place, 0, k, all);
    all[c] = Infinity;
    return Math.sqrt(all.reduce((least, value) => Math.min(least, value))) / 2;
  });
}

/** Move each centroid to the mean of its points; returns the summed squared shift. */
function moveCentroids({ points, centroids, assignment, others, sizes }: Clustering): number {
  const { data, rows, columns: d } = points;
  const means = new Float64Array(centroids.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0, at = assignment[i]! * d; j < d; j++, at++) means[at]! += data[i * d + j]!;
  }
  let shift = 0;
  const moved = new Float64Array(sizes.length);
  for (let at = 0; at < means.length; at++) {
    const cluster = Math.floor(at / d);
    const mean = means[at]! / sizes[cluster]!;
    const step = (mean - centroids[at]!) ** 2;
    shift += step;
    moved[cluster]! += step;
    centroids[at] = mean;
  }
  const farthest = Math.sqrt(moved.reduce((most, value) => Math.max(most, value)));
  for (let i = 0; i < rows; i++) others[i]! -= farthest;
  return shift;
}

function meanVariance({ data, rows, columns }: Matrix): number {
  let sum = 0;
  for (let j = 0; j < columns; j++) {
    let mean = 0;
    for (let i = 0; i < rows; i++) mean += data[i * columns + j]! / rows;
    for (let i = 0; i < rows; i++) sum += (data[i * columns + j]! - mean) ** 2;
  }
  return sum / (rows * columns);
}
