import type { HostArray, NumericArray } from "../host_array.ts";
import { kNearest } from "../spatial/knn.ts";

/**
 * Give each query the label of its nearest reference points: the majority, of equally frequent ones the nearer.
 *
 * @param reference Points with labels, `[N, D]`.
 * @param labels Category of each, `[N]`; -1 where it is missing, which does not vote.
 * @param queries Points without labels, `[M, D]`.
 * @param neighbours Points that vote.
 * @returns Category of each query, `[M]`; -1 where none of its neighbours has one.
 * @throws {RangeError} If there are fewer points than neighbours.
 * @throws {TypeError} If the dimensions differ.
 * @throws {DataError} If a coordinate is not finite.
 */
export function transferLabels(
  reference: HostArray<NumericArray>,
  labels: Int32Array,
  queries: HostArray<NumericArray>,
  neighbours = 1,
): Int32Array {
  const { index } = kNearest(reference, queries, neighbours);
  return Int32Array.from({ length: queries.shape[0]! }, (_, row) => {
    const near = Array.from(index.subarray(row * neighbours, (row + 1) * neighbours), (i) => labels[i]!);
    const votes = near.filter((label) => label >= 0);
    const count = (label: number): number => votes.filter((vote) => vote === label).length;
    return votes.reduce((best, label) => count(label) > count(best) ? label : best, -1);
  });
}

/**
 * Share of each category.
 *
 * @param labels Categories; -1 counts for none.
 * @param categories Number of categories.
 * @returns Shares that sum to 1; all 0 if no label is known.
 */
export function proportions(labels: Int32Array, categories: number): Float64Array {
  const counts = new Float64Array(categories);
  for (const label of labels) if (label >= 0) counts[label]!++;
  const total = counts.reduce((sum, count) => sum + count, 0);
  return total === 0 ? counts : counts.map((count) => count / total);
}

/**
 * Total variation between two distributions over the same categories.
 *
 * @param p First, sums to 1.
 * @param q Second.
 * @returns Half the summed absolute difference, in [0, 1].
 */
export function totalVariation(p: Float64Array, q: Float64Array): number {
  return p.reduce((sum, share, i) => sum + Math.abs(share - q[i]!), 0) / 2;
}

/**
 * Jensen-Shannon divergence between two distributions over the same categories.
 *
 * @param p First, sums to 1.
 * @param q Second.
 * @returns The divergence in nats, in [0, ln 2].
 */
export function jensenShannon(p: Float64Array, q: Float64Array): number {
  const towards = (from: number, middle: number): number => from === 0 ? 0 : from * Math.log(from / middle);
  return p.reduce((sum, share, i) => {
    const middle = (share + q[i]!) / 2;
    return sum + (towards(share, middle) + towards(q[i]!, middle)) / 2;
  }, 0);
}
