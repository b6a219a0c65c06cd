import {
  breathe,
  frechetDistance,
  type HostArray,
  hostArray,
  kernelDistance,
  kolmogorovSmirnov,
  type Metric,
  peakSignalToNoise,
  type Rng,
  structuralSimilarity,
  type Trained,
} from "../../core/mod.ts";
import {
  FEATURE_KINDS,
  type FeatureKind,
  measurePicture,
  type PictureMeasures,
  standardizedFeatures,
  standardOf,
} from "./features.ts";
import type { NucleusOptions } from "./nuclei.ts";
import type { PictureSamples } from "./samples.ts";

/** Images between pauses of the measuring. */
const PAUSE = 32;

function imageAt({ data, shape }: HostArray, i: number): HostArray {
  const size = data.length / shape[0]!;
  return hostArray(data.subarray(i * size, (i + 1) * size), shape.slice(1));
}

async function measureAll(images: HostArray, nuclei: NucleusOptions): Promise<readonly PictureMeasures[]> {
  const out: PictureMeasures[] = [];
  for (let i = 0; i < images.shape[0]!; i++) {
    out.push(measurePicture(imageAt(images, i), nuclei));
    if (i % PAUSE === 0) await breathe();
  }
  return out;
}

/** The mean image of a set, for every image of another. */
function meanImage(of: HostArray, like: HostArray): HostArray {
  const size = of.data.length / of.shape[0]!;
  const mean = new Float32Array(size);
  of.data.forEach((value, i) => mean[i % size]! += value / of.shape[0]!);
  return hostArray(Float32Array.from(like.data, (_, i) => mean[i % size]!), like.shape);
}

/** Pixels of all images exchanged at random: the right grey values without any structure. */
function scrambled(images: HostArray, rng: Rng): HostArray {
  const channels = images.shape[3]!;
  const order = rng.host.permutation(images.data.length / channels);
  const out = Float32Array.from(
    images.data,
    (_, i) => images.data[order[Math.floor(i / channels)]! * channels + i % channels]!,
  );
  return hostArray(out, images.shape);
}

/** Images in an order in which none stands at its own place. */
function exchanged(images: HostArray): HostArray {
  const count = images.shape[0]!;
  const size = images.data.length / count;
  const shift = Math.floor(count / 2);
  const out = new Float32Array(images.data.length);
  for (let i = 0; i < count; i++) {
    const from = (i + shift) % count;
    out.set(images.data.subarray(from * size, (from + 1) * size), i * size);
  }
  return hostArray(out, images.shape);
}

function pairMean(a: HostArray, b: HostArray, of: (x: HostArray, y: HostArray) => number): number {
  const count = a.shape[0]!;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += of(imageAt(a, i), imageAt(b, i)) / count;
  return sum;
}

/** Mean Euclidean distance of pairs of feature vectors. */
function pairedDistance(a: HostArray<Float64Array>, b: HostArray<Float64Array>): number {
  const [rows, width] = a.shape as [number, number];
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    let square = 0;
    for (let c = 0; c < width; c++) square += (a.data[row * width + c]! - b.data[row * width + c]!) ** 2;
    sum += Math.sqrt(square) / rows;
  }
  return sum;
}

/** A measure by which sets of images are compared as distributions of single numbers. */
interface Similarity {
  readonly name: string;
  readonly what: string;
  /** All values of a set. */
  readonly values: (pictures: readonly PictureMeasures[]) => readonly number[];
}

function ofNuclei(name: "area" | "circularity" | "eccentricity" | "solidity"): Similarity {
  return {
    name: `nuclear-${name}-similarity`,
    what: `nuclear ${name}`,
    values: (pictures) => pictures.flatMap(({ nuclei }) => nuclei.map((shape) => shape[name])),
  };
}

const SIMILARITIES: readonly Similarity[] = [
  ofNuclei("area"),
  ofNuclei("circularity"),
  ofNuclei("eccentricity"),
  ofNuclei("solidity"),
  {
    name: "texture-energy-similarity",
    what: "co-occurrence energy of the images",
    values: (pictures) => pictures.map(({ cooccurrence }) => cooccurrence.energy),
  },
];

/** Sets of images that results are read against. */
interface References {
  readonly [name: string]: readonly PictureMeasures[];
}

function distances(
  generated: readonly PictureMeasures[],
  real: readonly PictureMeasures[],
  references: References,
): readonly Metric[] {
  const anchored = (of: (pictures: readonly PictureMeasures[]) => number): Record<string, number> =>
    Object.fromEntries(Object.entries(references).map(([name, pictures]) => [name, of(pictures)]));
  const frechet = (kinds: readonly FeatureKind[], name: string, what: string): Metric => {
    const standard = standardOf(real, kinds);
    const goal = standardizedFeatures(real, kinds, standard);
    const to = (pictures: readonly PictureMeasures[]): number =>
      frechetDistance(standardizedFeatures(pictures, kinds, standard), goal);
    return {
      name,
      value: to(generated),
      better: "lower",
      description: `squared Fréchet distance of ${what}, each in standard deviations of the real images`,
      anchors: anchored(to),
    };
  };
  const standard = standardOf(real, FEATURE_KINDS);
  const features = (pictures: readonly PictureMeasures[]): HostArray<Float64Array> =>
    standardizedFeatures(pictures, FEATURE_KINDS, standard);
  const kernel = (pictures: readonly PictureMeasures[]): number => kernelDistance(features(pictures), features(real));
  return [
    frechet(FEATURE_KINDS, "fd-handcrafted", "hand-made features (colour, texture, nuclei; no network)"),
    frechet(["colour"], "fd-colour", "colour features"),
    frechet(["texture"], "fd-texture", "texture features"),
    {
      name: "kernel-distance",
      value: kernel(generated),
      better: "lower",
      description: "squared maximum mean discrepancy with a cubic kernel on the hand-made features, unbiased",
      anchors: anchored(kernel),
    },
  ];
}

function similarities(
  generated: readonly PictureMeasures[],
  real: readonly PictureMeasures[],
  references: References,
): readonly Metric[] {
  return SIMILARITIES.flatMap(({ name, what, values }): readonly Metric[] => {
    const truth = values(real);
    const to = (pictures: readonly PictureMeasures[]): number => 1 - kolmogorovSmirnov(values(pictures), truth);
    if (truth.length === 0) return [];
    const made = to(generated);
    const anchors = Object.entries(references).map(([key, pictures]) => [key, to(pictures)] as const);
    return [{
      name,
      // Images without a single nucleus have nothing in common with those that have some.
      value: Number.isNaN(made) ? 0 : made,
      better: "higher",
      description: `1 minus the Kolmogorov-Smirnov distance of ${what}, pooled over all images`,
      anchors: Object.fromEntries(anchors.filter(([, value]) => Number.isFinite(value))),
    }];
  });
}

/**
 * Compare drawn with real images: pixel by pixel, by features, and by their nuclei.
 *
 * References: `training` images of other sections, which is what a perfect generator could reach if sections did not
 * differ; `scrambled` pixels; for pairs `exchanged` drawn images, which tells whether an image is driven by its own cells,
 * and the `mean image`.
 *
 * @param samples Real and drawn images.
 * @param nuclei How nuclei are found.
 * @param trained Stream, progress and notes.
 * @returns Metrics in the order of the report.
 */
export async function evaluatePictures(
  samples: PictureSamples,
  nuclei: NucleusOptions,
  trained: Trained,
): Promise<readonly Metric[]> {
  const { real, generated, training } = samples;
  if (!samples.heldOut) trained.note("no section is held out: the metrics compare with images that were trained on");
  const noise = scrambled(real, trained.rng.fold("scrambled"));
  const sets = { real, generated, training, scrambled: noise };
  const measured: Record<string, readonly PictureMeasures[]> = {};
  for (const [name, images] of Object.entries(sets)) {
    trained.progress(Object.keys(measured).length, 4, `measuring ${name} images`);
    measured[name] = await measureAll(images, nuclei);
  }
  const truth = measured["real"]!;
  const references = { training: measured["training"]!, scrambled: measured["scrambled"]! };
  const swapped = exchanged(generated);
  const mean = meanImage(training, real);
  const standard = standardOf(truth, FEATURE_KINDS);
  const features = (pictures: readonly PictureMeasures[]): HostArray<Float64Array> =>
    standardizedFeatures(pictures, FEATURE_KINDS, standard);
  const made = measured["generated"]!;
  const shift = Math.floor(made.length / 2);
  const turned = made.map((_, i) => made[(i + shift) % made.length]!);
  return [
    ...distances(made, truth, references),
    ...similarities(made, truth, references),
    {
      name: "paired-feature-distance",
      value: pairedDistance(features(made), features(truth)),
      better: "lower",
      description: "mean distance between an image and the real one of the same cells, in the hand-made features",
      anchors: { exchanged: pairedDistance(features(turned), features(truth)) },
    },
    {
      name: "ssim",
      value: pairMean(real, generated, structuralSimilarity),
      better: "higher",
      description: "structural similarity of an image with the real one of the same cells, mean over images",
      anchors: {
        exchanged: pairMean(real, swapped, structuralSimilarity),
        "mean image": pairMean(real, mean, structuralSimilarity),
        scrambled: pairMean(real, noise, structuralSimilarity),
      },
    },
    {
      name: "psnr",
      value: pairMean(real, generated, peakSignalToNoise),
      better: "higher",
      description: "peak signal-to-noise ratio against the real image of the same cells, in decibels, mean over images",
      anchors: {
        exchanged: pairMean(real, swapped, peakSignalToNoise),
        "mean image": pairMean(real, mean, peakSignalToNoise),
        scrambled: pairMean(real, noise, peakSignalToNoise),
      },
    },
  ];
}
