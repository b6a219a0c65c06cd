import { kolmogorovSmirnov, type Metric } from "../../../core/mod.ts";
import type { PictureMeasures } from "../features.ts";
import type { Named } from "./distances.ts";
import { anchorsOf, halvesOfList, mapSets, type Sets } from "./sets.ts";

/** Samples of one or more quantities, each `[n]`. */
export type Samples = readonly (readonly number[])[];

/** A quantity by which sets of images are compared as distributions of single numbers. */
interface Quantity extends Named {
  /** All values of a set, a list per channel where each has its own. */
  readonly values: (pictures: readonly PictureMeasures[]) => Samples;
}

function ofNuclei(name: "area" | "circularity" | "eccentricity" | "solidity"): Quantity {
  return {
    name: `nuclear-${name}-similarity`,
    what: `nuclear ${name}, pooled over all images`,
    values: (pictures) => [pictures.flatMap(({ nuclei }) => nuclei.map((shape) => shape[name]))],
  };
}

function ofChannels(name: "mean" | "deviation", what: string): Quantity {
  return {
    name: `colour-${name}-similarity`,
    what: `${what} of each channel over all images, mean over channels`,
    values: (pictures) => pictures[0]!.channels.map((_, c) => pictures.map(({ channels }) => channels[c]![name])),
  };
}

const QUANTITIES: readonly Quantity[] = [
  ofNuclei("area"),
  ofNuclei("circularity"),
  ofNuclei("eccentricity"),
  ofNuclei("solidity"),
  {
    name: "texture-energy-similarity",
    what: "co-occurrence energy of the images",
    values: (pictures) => [pictures.map(({ cooccurrence }) => cooccurrence.energy)],
  },
  ofChannels("mean", "mean value"),
  ofChannels("deviation", "standard deviation"),
];

function similarity(a: Samples, b: Samples): number {
  return a.reduce((sum, values, i) => sum + (1 - kolmogorovSmirnov(values, b[i]!)) / a.length, 0);
}

/** Divides every quantity in two; undefined if one has too few values. */
function halves(samples: Samples): readonly [Samples, Samples] | undefined {
  const divided = samples.map(halvesOfList);
  if (divided.includes(undefined)) return undefined;
  const [even, odd] = [0, 1].map((half) => divided.map((both) => both![half]!));
  return [even!, odd!];
}

/**
 * Compare sets of images as distributions of single numbers.
 *
 * @param named Name, and which numbers.
 * @param sets Values of each set.
 * @returns The metric; nothing if the real images have no values.
 */
export function similarityMetric({ name, what }: Named, sets: Sets<Samples>): readonly Metric[] {
  if (sets.real.some((values) => values.length === 0)) return [];
  const value = similarity(sets.generated, sets.real);
  return [{
    name,
    // Images without a single nucleus have nothing in common with those that have some.
    value: Number.isNaN(value) ? 0 : value,
    better: "higher",
    description: `1 minus the Kolmogorov-Smirnov distance of ${what}`,
    anchors: anchorsOf(sets, halves, similarity),
  }];
}

/**
 * Compare sets of images by shapes of nuclei, texture and colour.
 *
 * @param sets Measures of each set.
 * @returns Metrics in the order of the report.
 */
export function similarityMetrics(sets: Sets<readonly PictureMeasures[]>): readonly Metric[] {
  return QUANTITIES.flatMap((quantity) => similarityMetric(quantity, mapSets(sets, quantity.values)));
}
