import { frechetDistance, type HostArray, kernelDistance, type Metric, type NumericArray } from "../../../core/mod.ts";
import { exchanged } from "./references.ts";
import { anchorsOf, halvesOfRows, type Sets } from "./sets.ts";

/** Vectors of the images of each set, `[n, D]`. */
export type VectorSets = Sets<HostArray<NumericArray>>;

/** What a metric is called. */
export interface Named {
  /** Name of the metric. */
  readonly name: string;
  /** What it compares. */
  readonly what: string;
}

function distance(
  { name, what }: Named,
  sets: VectorSets,
  compare: (a: HostArray<NumericArray>, b: HostArray<NumericArray>) => number,
): Metric {
  return {
    name,
    value: compare(sets.generated, sets.real),
    better: "lower",
    description: what,
    anchors: anchorsOf(sets, halvesOfRows, compare),
  };
}

/**
 * Compare sets of images as Gaussians of their vectors.
 *
 * @param named Name, and what the vectors are.
 * @param sets Vectors.
 * @returns The metric.
 */
export function frechetMetric({ name, what }: Named, sets: VectorSets): Metric {
  return distance({ name, what: `squared Fréchet distance of ${what}` }, sets, frechetDistance);
}

/**
 * Compare sets of images by the kernel distance of their vectors.
 *
 * @param named Name, and what the vectors are.
 * @param sets Vectors.
 * @returns The metric.
 */
export function kernelMetric({ name, what }: Named, sets: VectorSets): Metric {
  const about = `squared maximum mean discrepancy with a cubic kernel on ${what}, unbiased`;
  return distance({ name, what: about }, sets, kernelDistance);
}

/** Mean Euclidean distance of pairs of vectors. */
function pairedDistance(a: HostArray<NumericArray>, b: HostArray<NumericArray>): number {
  const [rows, width] = a.shape as [number, number];
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    let square = 0;
    for (let c = 0; c < width; c++) square += (a.data[row * width + c]! - b.data[row * width + c]!) ** 2;
    sum += Math.sqrt(square) / rows;
  }
  return sum;
}

/**
 * Compare each drawn image with the real one of the same cells; beside it the drawn images in another order.
 *
 * @param named Name, and what the vectors are.
 * @param sets Vectors.
 * @returns The metric.
 */
export function pairedMetric({ name, what }: Named, { generated, real }: VectorSets): Metric {
  return {
    name,
    value: pairedDistance(generated, real),
    better: "lower",
    description: `mean distance between an image and the real one of the same cells, in ${what}`,
    anchors: { exchanged: pairedDistance(exchanged(generated), real) },
  };
}
