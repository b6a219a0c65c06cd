import {
  breathe,
  concatRows,
  DataError,
  type HostArray,
  hostArray,
  type ImageFeatures,
  type Metric,
  type NumericArray,
} from "../../../core/mod.ts";
import { frechetMetric, kernelMetric, pairedMetric, type VectorSets } from "./distances.ts";
import { mapSets, type Sets } from "./sets.ts";
import { similarityMetric } from "./similarities.ts";

/** Images that a network is given at a time. */
const BATCH = 32;
/** White, as the encoders of patches take it. */
const WHITE = 255;

/**
 * Features of images by a network that the user brings.
 *
 * @param name Its name, for messages.
 * @param network The network.
 * @param images Images `[n, H, W, C]`, values in [0, 1].
 * @returns Features, `[n, F]`.
 * @throws {DataError} If the network gives something else than a vector of finite numbers per image.
 */
export async function embeddingsOf(name: string, network: ImageFeatures, images: HostArray): Promise<HostArray> {
  const [count, ...shape] = images.shape as [number, ...number[]];
  const size = images.data.length / count;
  const parts: HostArray[] = [];
  for (let first = 0; first < count; first += BATCH) {
    const rows = Math.min(BATCH, count - first);
    const bytes = images.data.slice(first * size, (first + rows) * size).map((value) => value * WHITE);
    const features = await network(hostArray(bytes, [rows, ...shape]));
    if (
      features.shape.length !== 2 || features.shape[0] !== rows || features.shape[1] !== (parts[0] ?? features).shape[1]
    ) {
      throw new DataError(
        `Cannot use features "${name}": ${rows} images became an array of shape [${features.shape}], expected one vector ` +
          "each, of one length",
      );
    }
    const bad = features.data.find((value) => !Number.isFinite(value));
    if (bad !== undefined) {
      throw new DataError(`Cannot use features "${name}": they hold ${bad}, expected finite numbers`);
    }
    parts.push(features);
    await breathe();
  }
  return concatRows(parts);
}

/** Values of each row. */
function rowsOf({ data, shape }: HostArray<NumericArray>): readonly (readonly number[])[] {
  const width = shape[1]!;
  return Array.from({ length: shape[0]! }, (_, row) => Array.from(data.subarray(row * width, (row + 1) * width)));
}

function perImage(sets: VectorSets, of: (vector: readonly number[]) => number): Sets<readonly (readonly number[])[]> {
  return mapSets(sets, (vectors) => [rowsOf(vectors).map(of)]);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

/**
 * Compare sets of images by the features of a network: as the paper does with those of Inception and UNI2-h.
 *
 * @param name Name of the network, part of the metrics' names.
 * @param sets Features of each set.
 * @returns Metrics in the order of the report.
 */
export function embeddingMetrics(name: string, sets: VectorSets): readonly Metric[] {
  const what = `features of the network "${name}"`;
  return [
    frechetMetric({ name: `fd-${name}`, what }, sets),
    kernelMetric({ name: `kernel-distance-${name}`, what }, sets),
    pairedMetric({ name: `paired-distance-${name}`, what }, sets),
    ...similarityMetric(
      { name: `${name}-embedding-similarity`, what: `all values of ${what}` },
      mapSets(sets, ({ data }) => [Array.from(data)]),
    ),
    ...similarityMetric(
      { name: `${name}-complexity-similarity`, what: `the standard deviation of each image's ${what}` },
      perImage(sets, deviation),
    ),
    ...similarityMetric(
      { name: `${name}-magnitude-similarity`, what: `the mean size of each image's ${what}` },
      perImage(sets, (vector) => mean(vector.map(Math.abs))),
    ),
  ];
}
