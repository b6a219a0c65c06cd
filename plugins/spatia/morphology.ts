import {
  type GreyImage,
  greyOf,
  type HostArray,
  hostArray,
  labelComponents,
  type NumericArray,
  otsuThreshold,
  regionShapes,
  regionSizes,
} from "../../core/mod.ts";

/** The ten numbers of a cell's profile, in order (section 4.3). */
export const MORPHOLOGY_NAMES = [
  "area",
  "perimeter",
  "eccentricity",
  "solidity",
  "mean intensity",
  "max intensity",
  "min intensity",
  "intensity deviation",
  "major axis",
  "minor axis",
] as const;

/** What a cell is in its crop. */
export interface MorphologyOptions {
  /** Channel to measure, of images with one or two; those with more are measured in their luminance. */
  readonly channel: number;
  /** `bright` in fluorescence (released for all stains), `dark` in bright-field images. */
  readonly foreground: "bright" | "dark";
}

/** A cell's profile. */
export interface Morphology {
  /** The numbers, `[10]`; lengths in px, intensities from 0 to 255; zeros if there is nothing to measure. */
  readonly values: Float64Array;
  /** Whether there was a cell to measure; profiles without one are left out of means. */
  readonly valid: boolean;
}

/** Number of entries of a profile. */
export const MORPHOLOGY_SIZE: number = MORPHOLOGY_NAMES.length;

const NOTHING: Morphology = Object.freeze({ values: new Float64Array(MORPHOLOGY_SIZE), valid: false });

function meanAndDeviation(values: readonly number[]): readonly [number, number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)];
}

/**
 * The ten-number profile of a cell: of the largest region, connected by corners too, after Otsu's threshold.
 *
 * The deviation of intensities is over all that passes the threshold, as in the released program.
 *
 * @param grey Grey values.
 * @param foreground Whether cells are brighter or darker than the rest.
 * @returns The profile; not valid for an image of one grey value.
 */
export function measureMorphology(grey: GreyImage, foreground: MorphologyOptions["foreground"]): Morphology {
  const { height, width, values } = grey;
  if (values.every((value) => value === values[0])) return NOTHING;
  const threshold = otsuThreshold(values);
  const isIn = (value: number): boolean => foreground === "bright" ? value > threshold : value <= threshold;
  const mask = Int32Array.from(values, (value) => isIn(value) ? 1 : 0);
  const { labels, count } = labelComponents({ height, width, labels: mask }, 8);
  const sizes = regionSizes(labels, count);
  const largest = sizes.reduce((best, size, i) => size > sizes[best]! ? i : best, 0) + 1;
  const [shape] = regionShapes({ height, width, labels: labels.map((label) => label === largest ? 1 : 0) });
  if (shape === undefined) return NOTHING;
  const inside = Array.from(values).filter((_, at) => labels[at] === largest);
  const [mean] = meanAndDeviation(inside);
  const [, deviation] = meanAndDeviation(Array.from(values).filter((_, at) => mask[at] === 1));
  const { area, perimeter, eccentricity, solidity, majorAxis, minorAxis } = shape;
  const [most, least] = [Math.max(...inside), Math.min(...inside)];
  return {
    values: Float64Array.of(
      area,
      perimeter,
      eccentricity,
      solidity,
      mean,
      most,
      least,
      deviation,
      majorAxis,
      minorAxis,
    ),
    valid: true,
  };
}

/** Profiles of a set of cells. */
export interface MorphologyTable {
  /** Profiles of the cells that could be measured, `[n, 10]`. */
  readonly values: HostArray<Float64Array>;
  /** Which cells they are. */
  readonly cells: Int32Array;
}

/**
 * Join profiles that could be measured.
 *
 * @param profiles One per cell.
 * @returns The matrix and which cells its rows are.
 */
export function morphologyTable(profiles: readonly Morphology[]): MorphologyTable {
  const cells = Int32Array.from(profiles.keys()).filter((i) => profiles[i]!.valid);
  const values = new Float64Array(cells.length * MORPHOLOGY_SIZE);
  cells.forEach((cell, i) => values.set(profiles[cell]!.values, i * MORPHOLOGY_SIZE));
  return { values: hostArray(values, [cells.length, MORPHOLOGY_SIZE]), cells };
}

/**
 * Measure images.
 *
 * @param images Images, `[n, H, W, C]`, values in [0, 1].
 * @param options Channel and foreground.
 * @returns One profile per image.
 * @throws {TypeError} If the images have no such channel.
 */
export function measureImages(images: HostArray<NumericArray>, options: MorphologyOptions): readonly Morphology[] {
  const [count, ...shape] = images.shape as [number, number, number, number];
  const size = images.data.length / count;
  return Array.from({ length: count }, (_, i) => {
    const image = hostArray(images.data.subarray(i * size, (i + 1) * size), shape);
    return measureMorphology(greyOf(image, options.channel), options.foreground);
  });
}
