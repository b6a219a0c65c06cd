import {
  type AnnDataStore,
  denseFeatures,
  gaussianFrechet,
  gaussianOf,
  type HostArray,
  hostArray,
  inMemory,
  type MatrixSource,
  type Metric,
  type RowSource,
  storedGaussian,
  type Trained,
  uniformRows,
  wasserstein1,
  wasserstein2,
} from "../../core/mod.ts";
import type { CfmConfig } from "./method.ts";
import { someRows } from "./rows.ts";
import { splitTable } from "./table.ts";

/** Exact transport is cubic: distances are computed on at most this many cells. */
const COMPARED = 1024;

/** Real cells that a Gaussian is fitted to at most, and features that it may have: time is quadratic in them. */
const [FITTED, WIDEST] = [20_000, 64];

/**
 * Measure exact distances of generated cells from held-out ones, beside those of other real cells and of noise.
 *
 * @param config The method's configuration.
 * @param trained Data and stream.
 * @param generated Generated cells, `[n, G]`.
 * @returns The distances, on at most 1,024 cells of each.
 */
export async function distanceMetrics(
  config: CfmConfig,
  trained: Trained,
  generated: RowSource,
): Promise<readonly Metric[]> {
  const { train, test } = splitTable(trained.data, config.condition);
  const stream = trained.rng.fold("evaluate");
  const count = Math.min(COMPARED, generated.shape[0]!, train.x.shape[0]!, test.x.shape[0]!);
  const take = (x: RowSource, tag: string): Promise<HostArray> => someRows(x, count, stream.fold(tag));
  const real = await take(test.x, "test");
  const made = await take(generated, "generated");
  const noise = hostArray(stream.fold("noise").host.normal(count * real.shape[1]!), real.shape);
  const others = { "real, other cells": await take(train.x, "train"), "noise": noise };
  const metric = (name: string, distance: (a: HostArray, b: HostArray) => number): Metric => ({
    name,
    value: distance(made, real),
    better: "lower",
    description: `exact ${
      name === "w1" ? "Wasserstein-1" : "Wasserstein-2"
    } distance between ${count} generated and ${count} held-out cells, in units of the features`,
    anchors: Object.fromEntries(Object.entries(others).map(([anchor, x]) => [anchor, distance(x, real)])),
  });
  return [metric("w2", wasserstein2), metric("w1", wasserstein1)];
}

/** Distance of the Gaussians fitted to all generated and to held-out cells: what every cell of a store takes part in. */
async function gaussianMetric(config: CfmConfig, trained: Trained, X: MatrixSource): Promise<Metric> {
  const { train, test } = splitTable(trained.data, config.condition);
  const stream = trained.rng.fold("gaussian");
  const fit = async (x: RowSource, tag: string) => gaussianOf(await someRows(x, FITTED, stream.fold(tag)));
  const real = await fit(test.x, "test");
  const made = await storedGaussian(X, (done, total) => trained.progress(done, total, "moments"));
  const distance = (a: typeof real): number => Math.sqrt(Math.max(0, gaussianFrechet(a, real)));
  return {
    name: "gaussian-w2",
    value: distance(made),
    better: "lower",
    description: `Wasserstein-2 distance between the Gaussians fitted to all ${X.shape[0]} generated cells and to ` +
      "held-out ones, in units of the features",
    anchors: { "real, other cells": distance(await fit(train.x, "train")) },
  };
}

/**
 * Measure the cells of a store that may be larger than memory.
 *
 * @param config The method's configuration.
 * @param trained Data, stream, progress and notes.
 * @param store The store.
 * @returns Exact distances of a uniform sample, which is noted, and of the moments of all cells.
 * @throws {DataError} If the store has no such features.
 */
export async function measureCells(
  config: CfmConfig,
  trained: Trained,
  store: AnnDataStore,
): Promise<readonly Metric[]> {
  const { train, test } = splitTable(trained.data, config.condition);
  const features = train.x.shape[1]!;
  const X = denseFeatures(store, features);
  const drawn = await uniformRows(X, {
    most: Math.min(COMPARED, train.x.shape[0]!, test.x.shape[0]!),
    rng: trained.rng.fold("measured"),
    progress: (done, total) => trained.progress(done, total, "reading"),
  });
  const { rows, count } = drawn.get(0)!;
  if (rows.shape[0]! < count) {
    trained.note(`w1 and w2 are measured on a uniform sample of ${rows.shape[0]} of the ${count} cells in the store`);
  }
  const exact = await distanceMetrics(config, trained, inMemory(rows));
  return features > WIDEST ? exact : [...exact, await gaussianMetric(config, trained, X)];
}
