import {
  coOccurrence,
  greyOf,
  type HostArray,
  hostArray,
  type LabelImage,
  type NumericArray,
  type RegionShape,
  regionShapes,
  type Texture,
} from "../../core/mod.ts";
import { type NucleusOptions, segmentNuclei } from "./nuclei.ts";

/** What is measured of one image without any network. */
export interface PictureMeasures {
  /** Mean and standard deviation of each channel. */
  readonly channels: readonly { readonly mean: number; readonly deviation: number }[];
  /** Mean and standard deviation of each channel, and shares of eight ranges of grey values. */
  readonly colour: readonly number[];
  /** Co-occurrence of neighbouring grey values, and mean and deviation of the Sobel gradient. */
  readonly texture: readonly number[];
  /** Number and mean area (in pixels) of nuclei. */
  readonly morphology: readonly number[];
  /** Shapes of the nuclei. */
  readonly nuclei: readonly RegionShape[];
  /** Texture by name. */
  readonly cooccurrence: Texture;
}

/** Ranges of grey values. */
const BINS = 8;

function meanAndDeviation(values: ArrayLike<number>): readonly [number, number] {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    squares += values[i]! ** 2;
  }
  const mean = sum / values.length;
  return [mean, Math.sqrt(Math.max(0, squares / values.length - mean * mean))];
}

/** Length of the Sobel gradient at pixels that have eight neighbours; grey values in [0, 1]. */
function gradientLengths(values: Uint8Array, height: number, width: number): Float64Array {
  const out = new Float64Array(Math.max(0, (height - 2) * (width - 2)));
  const at = (row: number, column: number): number => values[row * width + column]! / 255;
  let next = 0;
  for (let r = 1; r < height - 1; r++) {
    for (let c = 1; c < width - 1; c++) {
      const across = at(r - 1, c + 1) + 2 * at(r, c + 1) + at(r + 1, c + 1) -
        at(r - 1, c - 1) - 2 * at(r, c - 1) - at(r + 1, c - 1);
      const down = at(r + 1, c - 1) + 2 * at(r + 1, c) + at(r + 1, c + 1) -
        at(r - 1, c - 1) - 2 * at(r - 1, c) - at(r - 1, c + 1);
      out[next++] = Math.hypot(across, down);
    }
  }
  return out;
}

/**
 * Measure an image.
 *
 * @param image Image, `[H, W, C]`, values in [0, 1].
 * @param options Channel that shows nuclei, and how they are found.
 * @param found Its nuclei, if they are known.
 * @returns Colour, texture and nuclei.
 */
export function measurePicture(
  image: HostArray<NumericArray>,
  options: NucleusOptions,
  found: LabelImage = segmentNuclei(image, options),
): PictureMeasures {
  const [, , channels] = image.shape as [number, number, number];
  const grey = greyOf(image, options.channel);
  const histogram = new Array<number>(BINS).fill(0);
  for (const value of grey.values) histogram[Math.floor(value * BINS / 256)]! += 1 / grey.values.length;
  const statistics = Array.from({ length: channels }, (_, c) => {
    const own = Float64Array.from({ length: image.data.length / channels }, (_, i) => image.data[i * channels + c]!);
    const [mean, deviation] = meanAndDeviation(own);
    return { mean, deviation };
  });
  const cooccurrence = coOccurrence(grey);
  const shapes = regionShapes(found);
  const { contrast, dissimilarity, homogeneity, energy } = cooccurrence;
  return {
    channels: statistics,
    colour: [...statistics.flatMap(({ mean, deviation }) => [mean, deviation]), ...histogram],
    texture: [
      contrast,
      dissimilarity,
      homogeneity,
      energy,
      ...meanAndDeviation(gradientLengths(grey.values, grey.height, grey.width)),
    ],
    morphology: [shapes.length, shapes.reduce((sum, { area }) => sum + area, 0) / Math.max(1, shapes.length)],
    nuclei: shapes,
    cooccurrence,
  };
}

/** Names of the measures that are compared as vectors. */
export const FEATURE_KINDS = ["colour", "texture", "morphology"] as const;

/** Which measures. */
export type FeatureKind = typeof FEATURE_KINDS[number];

/**
 * Measures of images as a matrix.
 *
 * @param pictures Measures of each image.
 * @param kinds Which.
 * @returns `[n, D]`.
 */
export function featureMatrix(
  pictures: readonly PictureMeasures[],
  kinds: readonly FeatureKind[],
): HostArray<Float64Array> {
  const rows = pictures.map((picture) => kinds.flatMap((kind) => picture[kind]));
  return hostArray(Float64Array.from(rows.flat()), [rows.length, rows[0]!.length]);
}

/** Mean and deviation of each column of a reference. */
export interface Standard {
  /** Means. */
  readonly mean: Float64Array;
  /** Standard deviations; ranges of grey values share one, since rare ones hardly vary. */
  readonly deviation: Float64Array;
}

/** Columns of the shares of grey values; colour comes first, and shares come last in it. */
function shareColumns(pictures: readonly PictureMeasures[], kinds: readonly FeatureKind[]): readonly number[] {
  const last = kinds[0] === "colour" ? pictures[0]!.colour.length : 0;
  return last === 0 ? [] : Array.from({ length: BINS }, (_, i) => last - BINS + i);
}

/**
 * Mean and standard deviation of the features of a reference; one that hardly varies has the deviation 1.
 *
 * @param pictures The reference.
 * @param kinds Which measures.
 * @returns The standard.
 */
export function standardOf(pictures: readonly PictureMeasures[], kinds: readonly FeatureKind[]): Standard {
  const { data, shape } = featureMatrix(pictures, kinds);
  const [rows, width] = shape as [number, number];
  const columns = Array.from(
    { length: width },
    (_, c) => meanAndDeviation(Float64Array.from({ length: rows }, (_, row) => data[row * width + c]!)),
  );
  const shares = shareColumns(pictures, kinds);
  const common = Math.sqrt(shares.reduce((sum, c) => sum + columns[c]![1] ** 2, 0) / Math.max(1, shares.length));
  const deviations = columns.map(([, deviation], c) => shares.includes(c) ? common : deviation);
  return {
    mean: Float64Array.from(columns, ([mean]) => mean),
    deviation: Float64Array.from(deviations, (deviation) => deviation > 1e-9 ? deviation : 1),
  };
}

/**
 * Measures of images in standard deviations of a reference.
 *
 * @param pictures Measures of each image.
 * @param kinds Which.
 * @param standard Of the reference, of the same kinds.
 * @returns `[n, D]`.
 */
export function standardizedFeatures(
  pictures: readonly PictureMeasures[],
  kinds: readonly FeatureKind[],
  { mean, deviation }: Standard,
): HostArray<Float64Array> {
  const { data, shape } = featureMatrix(pictures, kinds);
  const width = shape[1]!;
  return hostArray(data.map((value, i) => (value - mean[i % width]!) / deviation[i % width]!), shape);
}
