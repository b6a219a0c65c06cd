import { assignment, type LabelImage } from "../../../core/mod.ts";

/** A place in an image: row and column, in pixels. */
export type Place = readonly [row: number, column: number];

/** Quantiles at which edge lengths are compared. */
const QUANTILES = 100;
/** Cost of pairing with nothing, in units of the largest distance. */
const PAD_COST = 2;
/** Cost of an unmatched nucleus, in units of the mean matched one. */
const UNMATCHED = 1.5;
/** Cost per nucleus if one side has none. */
const [NONE_CENTROID, NONE_EDGE, EDGE_COUNT, NUCLEUS_COUNT] = [100, 10, 5, 0.5];

/**
 * Middles of the regions of a labelled picture, in order of their numbers.
 *
 * @param image Labels from 1.
 * @returns Mean row and column of each.
 */
export function centroidsOf({ width, labels }: LabelImage): readonly Place[] {
  const sums = new Map<number, [rows: number, columns: number, count: number]>();
  labels.forEach((label, at) => {
    if (label === 0) return;
    const sum = sums.get(label) ?? [0, 0, 0];
    sums.set(label, [sum[0] + Math.floor(at / width), sum[1] + at % width, sum[2] + 1]);
  });
  return [...sums.keys()].sort((a, b) => a - b).map((label) => {
    const [rows, columns, count] = sums.get(label)!;
    return [rows / count, columns / count];
  });
}

function distanceOf(a: Place, b: Place): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

/**
 * Distances along the edges of a nearest-neighbour graph; an edge is there if either end chose it.
 *
 * @param places Nodes.
 * @param k Neighbours of each, or as many as there are.
 * @returns Symmetric, `[n, n]`, 0 where there is no edge.
 */
export function neighbourDistances(places: readonly Place[], k: number): Float64Array {
  const n = places.length;
  const out = new Float64Array(n * n);
  places.forEach((place, i) => {
    const others = places.map((_, j) => j).filter((j) => j !== i);
    others.sort((a, b) => distanceOf(place, places[a]!) - distanceOf(place, places[b]!) || a - b);
    for (const j of others.slice(0, k)) out[i * n + j] = out[j * n + i] = distanceOf(place, places[j]!);
  });
  return out;
}

/**
 * Distance of two sets of places: the best assignment, with a fine for those left over, per place of the larger set.
 *
 * @param generated First set.
 * @param real Second set.
 * @returns In pixels; 100 per place if one set is empty.
 */
export function centroidDistance(generated: readonly Place[], real: readonly Place[]): number {
  const [n, m] = [generated.length, real.length];
  const size = Math.max(n, m);
  if (size === 0) return 0;
  if (Math.min(n, m) === 0) return NONE_CENTROID * size;
  const distances = generated.map((a) => real.map((b) => distanceOf(a, b)));
  const fine = PAD_COST * Math.max(...distances.flat());
  const cost = Float64Array.from(
    { length: size * size },
    (_, at) => distances[Math.floor(at / size)]?.[at % size] ?? fine,
  );
  const chosen = assignment(cost, size, size);
  const matched = Array.from(chosen).flatMap((j, i) => i < n && j < m ? [distances[i]![j]!] : []);
  const total = matched.reduce((a, b) => a + b, 0);
  return (total + UNMATCHED * (total / matched.length) * (size - matched.length)) / size;
}

/** Values at evenly spaced quantiles, with linear interpolation. */
function quantiles(values: Float64Array): Float64Array {
  const sorted = values.slice().sort();
  return Float64Array.from({ length: QUANTILES }, (_, q) => {
    const at = q / (QUANTILES - 1) * (sorted.length - 1);
    const low = Math.floor(at);
    const high = Math.min(low + 1, sorted.length - 1);
    return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
  });
}

/**
 * Distance of two nearest-neighbour graphs: of the distributions of their edge lengths, plus half the difference in nodes.
 *
 * @param generated Symmetric distances, `[n, n]`.
 * @param real Symmetric distances, `[m, m]`.
 * @returns In pixels.
 */
export function structureDistance(generated: Float64Array, real: Float64Array): number {
  const [n, m] = [Math.sqrt(generated.length), Math.sqrt(real.length)];
  if (n === 0 || m === 0) return NONE_EDGE * Math.abs(n - m);
  const [a, b] = [generated.filter((edge) => edge > 0), real.filter((edge) => edge > 0)];
  if (a.length === 0 || b.length === 0) return EDGE_COUNT * Math.abs(a.length - b.length);
  const [p, q] = [quantiles(a), quantiles(b)];
  const gap = p.reduce((sum, value, i) => sum + Math.abs(value - q[i]!), 0) / QUANTILES;
  return gap + NUCLEUS_COUNT * Math.abs(n - m);
}

/**
 * How the nuclei of two images differ, as the released program measures: assignment plus half the structure. It has no
 * gradient and watches alone.
 *
 * @param generated Places of the generated image's nuclei.
 * @param real Places of the real image's nuclei.
 * @param k Neighbours in the graphs.
 * @returns In pixels; 0 if both have none.
 */
export function nucleusGraphDistance(generated: readonly Place[], real: readonly Place[], k: number): number {
  const structure = structureDistance(neighbourDistances(generated, k), neighbourDistances(real, k));
  return centroidDistance(generated, real) + 0.5 * structure;
}
