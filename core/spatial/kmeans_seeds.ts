import type { HostRng } from "../rng/mod.ts";
import { axesOf, fillSquared } from "./axes.ts";
import { type Matrix, readRow } from "./matrix.ts";

/**
 * Choose k points far from each other (greedy k-means++): of a few draws with probability proportional to the squared
 * distance to the seeds so far, the one that shortens these distances most.
 *
 * @param points Points, `[N, D]`.
 * @param k Number of seeds, at most N.
 * @param rng Stream for the draws.
 * @returns Coordinates of the seeds, row-major `[k, D]`; places repeat only if fewer than k differ.
 */
export function kMeansSeeds(points: Matrix, k: number, rng: HostRng): Float64Array {
  const { data, rows, columns: d } = points;
  const trials = 2 + Math.floor(Math.log(k));
  const uniforms = rng.uniform(1 + (k - 1) * trials);
  const centroids = new Float64Array(k * d);
  let gap = new Float64Array(rows).fill(Infinity);
  let next = new Float64Array(rows);
  let best = new Float64Array(rows);
  const axes = axesOf(points);
  const place = new Float64Array(d);
  const tryPoint = (point: number): number => {
    readRow(points, point, place);
    fillSquared(axes, place, 0, rows, next);
    let total = 0;
    for (let i = 0; i < rows; i++) {
      if (next[i]! > gap[i]!) next[i] = gap[i]!;
      total += next[i]!;
    }
    return total;
  };
  let total = Infinity;
  for (let cluster = 0; cluster < k; cluster++) {
    let chosen = -1;
    let least = Infinity;
    for (let trial = 0; trial < (cluster === 0 ? 1 : trials); trial++) {
      const u = uniforms[cluster === 0 ? 0 : 1 + (cluster - 1) * trials + trial]!;
      const point = cluster === 0 ? Math.floor(u * rows) : drawIndex(gap, u * total);
      const left = tryPoint(point);
      if (chosen >= 0 && left >= least) continue;
      chosen = point;
      least = left;
      [best, next] = [next, best];
    }
    centroids.set(data.subarray(chosen * d, (chosen + 1) * d), cluster * d);
    [gap, best] = [best, gap];
    total = least;
  }
  return centroids;
}

/** First index whose cumulative weight exceeds `goal`; the last one with weight if rounding passes the end. */
function drawIndex(weight: Float64Array, goal: number): number {
  let rest = goal;
  let index = 0;
  for (let i = 0; i < weight.length; i++) {
    if (!(weight[i]! > 0)) continue;
    index = i;
    if (rest < weight[i]!) break;
    rest -= weight[i]!;
  }
  return index;
}
