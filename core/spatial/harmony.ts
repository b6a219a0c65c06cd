import { breathe } from "../breathe.ts";
import { DataError } from "../errors.ts";
import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";
import type { Rng } from "../rng/mod.ts";
import {
  assignBlock,
  type HarmonyClustering,
  type HarmonyClusters,
  harmonyObjective,
  type HarmonyVariant,
  moveCentroids,
  startClusters,
  takeOutBatches,
  unitRows,
} from "./harmony_clusters.ts";
import { kMeans } from "./kmeans.ts";
import { type Matrix, requireFinite, toMatrix } from "./matrix.ts";

/** Constants of {@linkcode harmony}. */
export interface HarmonyOptions {
  /** Form of the penalty: `"ratio"`, or `"plus1"` as in programs before 2025. @default {"ratio"} */
  readonly variant?: HarmonyVariant;
  /** Number of clusters. @default {one per 30 cells, at most 100} */
  readonly clusters?: number;
  /** Width of the soft assignment, in squared chord length. @default {0.1} */
  readonly sigma?: number;
  /** Weight of the penalty on clusters of one batch. @default {2; 1 for "plus1"} */
  readonly theta?: number;
  /** Ridge penalty of the correction. @default {1} */
  readonly lambda?: number;
  /** Lowers the penalty for batches of few cells (0: for none): a batch should have more than `tau` cells a cluster. @default {0} */
  readonly tau?: number;
  /** Share of the cells that is assigned at a time. @default {0.05} */
  readonly block?: number;
  /** Most corrections. @default {10} */
  readonly iterations?: number;
  /** Most rounds of clustering before each. @default {20} */
  readonly rounds?: number;
}

/** A corrected embedding and how it came about. */
export interface Harmonized {
  /** Corrected cells, `[N, D]`. */
  readonly corrected: HostArray;
  /** Objective before and after each correction's clustering; falls until the corrections end. */
  readonly objective: readonly number[];
}

/** Relative change of the objective at which rounds, and corrections, end. */
const [SMALL_ROUND, SMALL_CORRECTION] = [1e-5, 1e-4];
/** Objectives that are summed before rounds are compared. */
const WINDOW = 3;
const SEED_ITERATIONS = 25;

/** Number of each batch, those without cells left out. */
function batchCodes(batch: ArrayLike<number>): { readonly code: Int32Array; readonly sizes: readonly number[] } {
  const names = [...new Set(Array.from(batch))].sort((a, b) => a - b);
  const place = new Map(names.map((name, at) => [name, at]));
  const code = Int32Array.from(batch, (name) => place.get(name)!);
  const sizes = names.map(() => 0);
  for (const b of code) sizes[b]!++;
  return { code, sizes };
}

/** Cluster until the objective hardly changes. */
async function cluster(
  clusters: HarmonyClusters,
  cells: Matrix,
  clustering: HarmonyClustering,
  rng: Rng,
  { block, rounds, first }: { readonly block: number; readonly rounds: number; readonly first: number },
): Promise<number> {
  const objectives = [first];
  const windowSum = (back: number): number =>
    objectives.slice(objectives.length - WINDOW - back, objectives.length - back).reduce(
      (sum, value) => sum + value,
      0,
    );
  const blocks = Math.ceil(1 / block);
  for (let round = 0; round < rounds; round++) {
    moveCentroids(clusters, cells);
    const order = rng.fold(round).host.permutation(cells.rows);
    for (let i = 0; i < blocks; i++) {
      const [from, to] = [i, i + 1].map((part) => Math.floor(part * cells.rows / blocks));
      assignBlock(clusters, cells, order.subarray(from, to), clustering);
      await breathe();
    }
    objectives.push(harmonyObjective(clusters, cells, clustering));
    if (round > WINDOW && Math.abs(windowSum(1) - windowSum(0)) < SMALL_ROUND * Math.abs(windowSum(1))) break;
  }
  return objectives.at(-1)!;
}

/**
 * Take batch effects out of an embedding (Harmony: Korsunsky et al., Nature Methods 16, 1289-1296, 2019): soft clusters in
 * which batches are mixed, then per cluster a linear correction, in turns.
 *
 * Time is linear in cells times clusters times dimensions, memory in cells times clusters (4 bytes each).
 *
 * @example Usage
 * ```ts
 * import { harmony, hostArray, rng } from "@morphogen/morphogen";
 *
 * const cells = hostArray(Float32Array.of(1, 0, 0, 1, 1, 0.5, 0.5, 1), [4, 2]);
 * const { corrected } = await harmony(cells, [0, 0, 0, 0], rng(1));
 * if (corrected.data.join() !== cells.data.join()) throw new Error("a single batch stays as it is");
 * ```
 *
 * @param cells Embedding, `[N, D]`.
 * @param batch Batch of each cell, `[N]`, whole numbers.
 * @param rng Stream of this correction: equal streams give equal results.
 * @param options Constants.
 * @returns Corrected embedding in the unit of `cells`, and the objective.
 * @throws {TypeError} If there is not one batch per cell.
 * @throws {DataError} If a value is not finite.
 * @throws {RangeError} If an option is out of range.
 */
export async function harmony(
  cells: HostArray<NumericArray>,
  batch: ArrayLike<number>,
  rng: Rng,
  options: HarmonyOptions = {},
): Promise<Harmonized> {
  const given = toMatrix(cells);
  const { rows } = given;
  const { variant = "ratio", sigma = 0.1, lambda = 1, tau = 0, block = 0.05, iterations = 10, rounds = 20 } = options;
  const { theta = variant === "ratio" ? 2 : 1, clusters: count = Math.max(1, Math.min(100, Math.round(rows / 30))) } =
    options;
  if (batch.length !== rows) {
    throw new TypeError(`Cannot correct ${rows} cells with ${batch.length} batches: expected one batch per cell`);
  }
  requireFinite(given, "correct batch effects");
  for (const [name, value] of Object.entries({ sigma, lambda, block })) {
    if (!(value > 0)) {
      throw new RangeError(`Cannot correct batch effects: ${name} is ${value}, expected a number above 0`);
    }
  }
  const { code, sizes } = batchCodes(batch);
  if (sizes.some((size) => size === 0) || rows === 0) throw new DataError("Cannot correct batch effects of no cells");
  if (sizes.length === 1) return { corrected: hostArray(Float32Array.from(given.data), cells.shape), objective: [] };
  const clustering: HarmonyClustering = {
    variant,
    sigma,
    batch: code,
    share: Float64Array.from(sizes, (size) => size / rows),
    theta: Float64Array.from(
      sizes,
      (size) => tau === 0 ? theta : theta * (1 - Math.exp(-((size / (count * tau)) ** 2))),
    ),
  };
  let unit = unitRows(given);
  const seeds = kMeans(hostArray(unit.data, [rows, unit.columns]), count, rng.fold("seeds").host, {
    maxIterations: SEED_ITERATIONS,
  });
  const centroids = unitRows({ data: seeds.centroids.data, rows: count, columns: unit.columns }).data;
  const clusters = startClusters(unit, centroids, clustering);
  const objective = [harmonyObjective(clusters, unit, clustering)];
  let corrected = given;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const stream = rng.fold("rounds").fold(iteration);
    const first = objective.at(-1)!;
    objective.push(await cluster(clusters, unit, clustering, stream, { block, rounds, first }));
    corrected = takeOutBatches(clusters, given, clustering, lambda);
    unit = unitRows(corrected);
    if ((first - objective.at(-1)!) / Math.abs(first) < SMALL_CORRECTION) break;
  }
  return { corrected: hostArray(Float32Array.from(corrected.data), cells.shape), objective };
}
