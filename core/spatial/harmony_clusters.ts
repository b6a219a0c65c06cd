import type { Matrix } from "./matrix.ts";

/** How the penalty on uniform clusters is formed: by E / (O + E), or by (E + 1) / (O + 1) as in older programs. */
export type HarmonyVariant = "ratio" | "plus1";

/** Constants of the clustering. */
export interface HarmonyClustering {
  /** Form of the penalty. */
  readonly variant: HarmonyVariant;
  /** Width of the soft assignment, in squared chord length. */
  readonly sigma: number;
  /** Weight of the penalty for each batch, `[B]`. */
  readonly theta: Float64Array;
  /** Batch of each cell, `[N]`, from 0 to B - 1. */
  readonly batch: Int32Array;
  /** Share of the cells in each batch, `[B]`. */
  readonly share: Float64Array;
}

/** Clusters as they are at the moment; everything in here changes in place. */
export interface HarmonyClusters {
  /** Unit centroids, `[K, D]`. */
  readonly centroids: Float64Array;
  /** Share of each cell in each cluster, `[N, K]`, rows adding up to 1. */
  readonly share: Float32Array;
  /** Cells of each batch in each cluster, `[K, B]`. */
  readonly observed: Float64Array;
  /** Cells that a cluster would have of each batch if batches were mixed evenly, `[K, B]`. */
  readonly expected: Float64Array;
}

/** Keeps divisions finite where a batch or a cluster is empty. */
const LEAST = 1e-8;

/**
 * Scale rows to unit length.
 *
 * @param matrix Rows, `[N, D]`.
 * @returns New rows; a row of zeros stays.
 */
export function unitRows({ data, rows, columns }: Matrix): Matrix {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) {
    let square = 0;
    for (let j = i * columns; j < (i + 1) * columns; j++) square += data[j]! ** 2;
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let j = i * columns; j < (i + 1) * columns; j++) out[j] = data[j]! * scale;
  }
  return { data: out, rows, columns };
}

/** Squared chord length 2 (1 - y . z) of a unit row to each centroid. */
function chords({ data, columns }: Matrix, cell: number, centroids: Float64Array, out: Float64Array): void {
  for (let k = 0, at = 0; k < out.length; k++) {
    let dot = 0;
    for (let j = 0, from = cell * columns; j < columns; j++, at++, from++) dot += centroids[at]! * data[from]!;
    out[k] = 2 * (1 - dot);
  }
}

/** Weights that fall exponentially with the distance, relative to the nearest. */
function soften(distance: Float64Array, sigma: number, factor: (cluster: number) => number, out: Float64Array): void {
  let least = Infinity;
  for (const value of distance) least = Math.min(least, value);
  let total = 0;
  for (let k = 0; k < distance.length; k++) total += out[k] = Math.exp((least - distance[k]!) / sigma) * factor(k);
  for (let k = 0; k < distance.length; k++) out[k]! /= total;
}

/** Put a cell into the tables, or take it out. */
function count(
  { share: cells, observed, expected }: HarmonyClusters,
  { batch, share }: HarmonyClustering,
  cell: number,
  sign: 1 | -1,
): void {
  const batches = share.length;
  const clusters = observed.length / batches;
  for (let k = 0; k < clusters; k++) {
    const value = sign * cells[cell * clusters + k]!;
    observed[k * batches + batch[cell]!]! += value;
    for (let b = 0; b < batches; b++) expected[k * batches + b]! += value * share[b]!;
  }
}

/**
 * Assign cells to given centroids, without a penalty.
 *
 * @param cells Unit rows, `[N, D]`.
 * @param centroids Unit centroids, `[K, D]`; kept.
 * @param clustering Constants.
 * @returns The clusters.
 */
export function startClusters(cells: Matrix, centroids: Float64Array, clustering: HarmonyClustering): HarmonyClusters {
  const count_ = centroids.length / cells.columns;
  const tables = count_ * clustering.share.length;
  const clusters: HarmonyClusters = {
    centroids,
    share: new Float32Array(cells.rows * count_),
    observed: new Float64Array(tables),
    expected: new Float64Array(tables),
  };
  const [distance, weight] = [new Float64Array(count_), new Float64Array(count_)];
  for (let cell = 0; cell < cells.rows; cell++) {
    chords(cells, cell, centroids, distance);
    soften(distance, clustering.sigma, () => 1, weight);
    clusters.share.set(weight, cell * count_);
    count(clusters, clustering, cell, 1);
  }
  return clusters;
}

/**
 * Move each centroid to the direction of the mean of its cells.
 *
 * @param clusters The clusters; changed.
 * @param cells Unit rows, `[N, D]`.
 */
export function moveCentroids(clusters: HarmonyClusters, cells: Matrix): void {
  const { centroids, share } = clusters;
  const count_ = centroids.length / cells.columns;
  centroids.fill(0);
  for (let cell = 0; cell < cells.rows; cell++) {
    for (let k = 0; k < count_; k++) {
      const weight = share[cell * count_ + k]!;
      if (weight === 0) continue;
      for (let j = 0, to = k * cells.columns, from = cell * cells.columns; j < cells.columns; j++, to++, from++) {
        centroids[to]! += weight * cells.data[from]!;
      }
    }
  }
  centroids.set(unitRows({ data: centroids, rows: count_, columns: cells.columns }).data);
}

/**
 * Assign the cells of a block anew: by distance, and against clusters in which their batch is too frequent.
 *
 * @param clusters The clusters; changed.
 * @param cells Unit rows, `[N, D]`.
 * @param block Cells to assign.
 * @param clustering Constants.
 */
export function assignBlock(
  clusters: HarmonyClusters,
  cells: Matrix,
  block: ArrayLike<number>,
  clustering: HarmonyClustering,
): void {
  const { observed, expected, share } = clusters;
  const { batch, theta, sigma, variant } = clustering;
  const batches = theta.length;
  const count_ = observed.length / batches;
  for (let i = 0; i < block.length; i++) count(clusters, clustering, block[i]!, -1);
  const factors = observed.map((own, at) => {
    const mixed = Math.max(0, expected[at]!);
    const base = variant === "ratio"
      ? (mixed + LEAST) / (Math.max(0, own) + mixed + LEAST)
      : (mixed + 1) / (Math.max(0, own) + 1);
    return base ** theta[at % batches]!;
  });
  const [distance, weight] = [new Float64Array(count_), new Float64Array(count_)];
  for (let i = 0; i < block.length; i++) {
    const cell = block[i]!;
    chords(cells, cell, clusters.centroids, distance);
    soften(distance, sigma, (k) => factors[k * batches + batch[cell]!]!, weight);
    share.set(weight, cell * count_);
  }
  for (let i = 0; i < block.length; i++) count(clusters, clustering, block[i]!, 1);
}

/**
 * What the clustering minimizes (Korsunsky et al. 2019): distances, negative entropy, and the divergence of batches.
 *
 * @param clusters The clusters.
 * @param cells Unit rows, `[N, D]`.
 * @param clustering Constants.
 * @returns The sum over cells.
 */
export function harmonyObjective(
  { centroids, share, observed, expected }: HarmonyClusters,
  cells: Matrix,
  { sigma, theta, variant }: HarmonyClustering,
): number {
  const batches = theta.length;
  const count_ = observed.length / batches;
  const distance = new Float64Array(count_);
  let total = 0;
  for (let cell = 0; cell < cells.rows; cell++) {
    chords(cells, cell, centroids, distance);
    for (let k = 0; k < count_; k++) {
      const weight = share[cell * count_ + k]!;
      if (weight > 0) total += weight * (distance[k]! + sigma * Math.log(weight));
    }
  }
  observed.forEach((own, at) => {
    const [there, mixed] = [Math.max(0, own), Math.max(0, expected[at]!)];
    const ratio = variant === "ratio" ? (there + mixed + LEAST) / (mixed + LEAST) : (there + 1) / (mixed + 1);
    total += sigma * theta[at % batches]! * there * Math.log(ratio);
  });
  return total;
}

/**
 * Take out of each cell what its clusters attribute to its batch: per cluster a ridge regression on the batches, whose
 * intercept stays.
 *
 * @param clusters The clusters.
 * @param cells Rows as they were given, `[N, D]`.
 * @param clustering Constants.
 * @param lambda Ridge penalty on the batches, above 0.
 * @returns Corrected rows, `[N, D]`.
 */
export function takeOutBatches(
  { share, observed }: HarmonyClusters,
  cells: Matrix,
  { batch, share: batchShare }: HarmonyClustering,
  lambda: number,
): Matrix {
  const { rows, columns, data } = cells;
  const batches = batchShare.length;
  const count_ = observed.length / batches;
  const sums = new Float64Array(count_ * batches * columns);
  for (let cell = 0; cell < rows; cell++) {
    for (let k = 0; k < count_; k++) {
      const weight = share[cell * count_ + k]!;
      let to = (k * batches + batch[cell]!) * columns;
      for (let from = cell * columns; from < (cell + 1) * columns; from++) sums[to++]! += weight * data[from]!;
    }
  }
  // Closed form of the regression: the design is an intercept and one indicator per batch.
  const shifts = new Float64Array(sums.length);
  for (let k = 0; k < count_; k++) {
    const sizes = Array.from({ length: batches }, (_, b) => Math.max(0, observed[k * batches + b]!));
    const below = Math.max(LEAST, sizes.reduce((sum, size) => sum + size / (size + lambda), 0));
    for (let j = 0; j < columns; j++) {
      const sumAt = (b: number): number => sums[(k * batches + b) * columns + j]!;
      const intercept = sizes.reduce((sum, size, b) => sum + sumAt(b) / (size + lambda), 0) / below;
      sizes.forEach((size, b) => {
        shifts[(k * batches + b) * columns + j] = (sumAt(b) - size * intercept) / (size + lambda);
      });
    }
  }
  const out = data.slice();
  for (let cell = 0; cell < rows; cell++) {
    for (let k = 0; k < count_; k++) {
      const weight = share[cell * count_ + k]!;
      let from = (k * batches + batch[cell]!) * columns;
      for (let to = cell * columns; to < (cell + 1) * columns; to++) out[to]! -= weight * shifts[from++]!;
    }
  }
  return { data: out, rows, columns };
}
