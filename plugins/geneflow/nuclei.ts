import {
  fillSmall,
  greyOf,
  type HostArray,
  labelComponents,
  type LabelImage,
  type NumericArray,
  otsuThreshold,
  removeSmall,
} from "../../core/mod.ts";

/** How nuclei are told from the rest of an image. */
export interface NucleusOptions {
  /** `dark`: stained nuclei in bright-field images; `bright`: fluorescent ones. */
  readonly nuclei: "dark" | "bright";
  /** Channel that shows nuclei, of images with one or two. */
  readonly channel: number;
  /** Objects with fewer pixels are no nuclei. */
  readonly leastArea: number;
  /** Holes with fewer pixels are filled. */
  readonly leastHole: number;
}

/** What the evaluation of the paper uses, for 256 px at 40x. */
export const NUCLEUS_OPTIONS: NucleusOptions = Object.freeze({
  nuclei: "dark",
  channel: 0,
  leastArea: 50,
  leastHole: 100,
});

/**
 * The mask of nuclei: Otsu's threshold on grey values, without small objects and small holes.
 *
 * @param image Image `[H, W, C]`, values in [0, 1].
 * @param options What nuclei are.
 * @returns 1 for nuclei.
 */
export function nucleusMask(image: HostArray<NumericArray>, options: NucleusOptions = NUCLEUS_OPTIONS): LabelImage {
  const { height, width, values } = greyOf(image, options.channel);
  const threshold = otsuThreshold(values);
  const isIn = options.nuclei === "dark"
    ? (value: number): boolean => value <= threshold
    : (value: number): boolean => value > threshold;
  const mask = { height, width, labels: Int32Array.from(values, (value) => isIn(value) ? 1 : 0) };
  return fillSmall(removeSmall(mask, options.leastArea), options.leastHole);
}

/**
 * Nuclei of an image as the evaluation of the paper has them: connected regions, corners included, of the mask.
 *
 * @param image Image `[H, W, C]`, values in [0, 1].
 * @param options What nuclei are.
 * @returns Labels from 1; touching nuclei are one, see `splitTouching` for those that are not.
 */
export function segmentNuclei(image: HostArray<NumericArray>, options: NucleusOptions = NUCLEUS_OPTIONS): LabelImage {
  return labelComponents(nucleusMask(image, options), 8);
}
