import {
  adjustedRandIndex,
  assignment,
  breathe,
  type HostArray,
  hostArray,
  kMeans,
  type KMeansResult,
  nearest,
  type Rng,
  smoothLabels,
  type SparseMatrix,
  takeRows,
} from "../../core/mod.ts";

/** Cells that k-means sees; the others join the nearest centre. */
const MOST = 20_000;

/**
 * Partition points by k-means, the best of several starts.
 *
 * @param points Points, `[N, D]`.
 * @param k Clusters.
 * @param starts Number of starts.
 * @param rng Stream; start `i` uses `rng.fold(i)`.
 * @returns The result of least inertia.
 * @throws {RangeError} If there are fewer points than clusters.
 */
export async function bestKMeans(points: HostArray, k: number, starts: number, rng: Rng): Promise<KMeansResult> {
  let best: KMeansResult | undefined;
  for (let start = 0; start < starts; start++) {
    await breathe();
    const next = kMeans(points, k, rng.fold(start).host);
    if (best === undefined || next.inertia < best.inertia) best = next;
  }
  return best!;
}

/**
 * Find domains of a section: clusters of its cells by k-means.
 *
 * @param points Embedding or components of its cells, `[N, D]`.
 * @param k Number of domains.
 * @param starts Starts of k-means.
 * @param rng Stream.
 * @returns Domain of each cell, from 0.
 * @throws {RangeError} If there are fewer cells than domains.
 */
export async function findDomains(points: HostArray, k: number, starts: number, rng: Rng): Promise<Int32Array> {
  const rows = points.shape[0]!;
  if (rows <= MOST) return (await bestKMeans(points, k, starts, rng)).assignment;
  const some = takeRows(points, rng.fold("cells").host.choice(rows, MOST).sort());
  return nearest((await bestKMeans(some, k, starts, rng)).centroids, points).index;
}

/**
 * Average the rows of neighbours: what a neighbourhood gives without any network.
 *
 * @param points Rows, `[N, D]`.
 * @param links Neighbours of each cell, itself among them, compressed by row.
 * @returns Means, `[N, D]`.
 */
export function smoothedRows({ data, shape }: HostArray, { indptr, indices }: SparseMatrix): HostArray {
  const [rows, width] = shape as [number, number];
  const out = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const [from, to] = [indptr[row]!, indptr[row + 1]!];
    for (let at = from; at < to; at++) {
      for (let j = 0, source = indices[at]! * width; j < width; j++, source++) {
        out[row * width + j]! += data[source]! / (to - from);
      }
    }
  }
  return hostArray(out, shape);
}

/** How well domains agree with a label. */
export interface Agreement {
  /** Adjusted Rand index. */
  readonly ari: number;
  /** The same after each cell took the domain that most of its neighbours have. */
  readonly smoothed: number;
}

/**
 * Compare domains with a label.
 *
 * @param domain Domain of each cell.
 * @param label Category of each cell; those with -1 are left out.
 * @param links Neighbours of each cell, compressed by row.
 * @returns Indices.
 */
export function agreementOf(domain: Int32Array, label: Int32Array, links: SparseMatrix): Agreement {
  return { ari: adjustedRandIndex(label, domain), smoothed: adjustedRandIndex(label, smoothLabels(domain, links)) };
}

/**
 * Call domains by the categories that they overlap most with, each category once, so that both can share colours.
 *
 * @param domain Domain of each cell, from 0.
 * @param label Category of each cell, -1 where it is missing.
 * @param categories Number of categories.
 * @returns Category of each cell's domain; domains without one count on from `categories`.
 */
export function namedDomains(domain: Int32Array, label: Int32Array, categories: number): Int32Array {
  const domains = domain.reduce((most, each) => Math.max(most, each), -1) + 1;
  const size = Math.max(domains, categories);
  const cost = new Float64Array(size * size);
  domain.forEach((each, i) => {
    if (label[i]! >= 0) cost[each * size + label[i]!]!--;
  });
  const partner = assignment(cost, size, size);
  return domain.map((each) => partner[each]!);
}
