import {
  greyOf,
  type HostArray,
  hostArray,
  labelComponents,
  type NumericArray,
  otsuThreshold,
} from "../../core/mod.ts";

/** Which channels are compared, and where. */
export interface RatioOptions {
  /** Channel of the signal. */
  readonly signal: number;
  /** Channel that shows the mask (nuclei). */
  readonly mask: number;
  /** Width of the ring around the mask, in px. */
  readonly ring: number;
}

/** Share of the pixels that are darker than the background. */
const BACKGROUND = 0.01;

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Region of the mask that is nearest to the middle; absent if there is none. */
function middleRegion(labels: Int32Array, height: number, width: number): number | undefined {
  let [best, least]: [number | undefined, number] = [undefined, Infinity];
  labels.forEach((label, at) => {
    if (label === 0) return;
    const distance = (Math.floor(at / width) - (height - 1) / 2) ** 2 + (at % width - (width - 1) / 2) ** 2;
    if (distance < least) [best, least] = [label, distance];
  });
  return best;
}

/**
 * Mean signal in the nucleus at the middle of a crop over that in the ring around it, both above the background (the first
 * percentile of the crop) and with 1 added, on grey values from 0 to 255.
 *
 * @param image Image, `[H, W, C]`, values in [0, 1].
 * @param options Channels and ring.
 * @returns The ratio; NaN without a nucleus or a ring.
 * @throws {TypeError} If the image has no such channel.
 */
export function maskRatio(image: HostArray<NumericArray>, { signal, mask, ring }: RatioOptions): number {
  const shown = greyOf(image, mask);
  const { height, width } = shown;
  const threshold = otsuThreshold(shown.values);
  const inside = Int32Array.from(shown.values, (value) => value > threshold ? 1 : 0);
  const { labels } = labelComponents({ height, width, labels: inside }, 8);
  const nucleus = middleRegion(labels, height, width);
  if (nucleus === undefined) return NaN;
  const values = greyOf(image, signal).values;
  const own = Array.from(labels.keys()).filter((at) => labels[at] === nucleus);
  const near = new Set<number>();
  for (const at of own) {
    const [row, column] = [Math.floor(at / width), at % width];
    for (let r = Math.max(0, row - ring); r <= Math.min(height - 1, row + ring); r++) {
      for (let c = Math.max(0, column - ring); c <= Math.min(width - 1, column + ring); c++) {
        if ((r - row) ** 2 + (c - column) ** 2 <= ring * ring && labels[r * width + c] === 0) near.add(r * width + c);
      }
    }
  }
  if (near.size === 0) return NaN;
  const background = Array.from(values).sort((a, b) => a - b)[Math.floor(BACKGROUND * values.length)]!;
  const signalOf = (places: readonly number[]): number =>
    Math.max(meanOf(places.map((at) => values[at]!)) - background, 0);
  return (signalOf(own) + 1) / (signalOf([...near]) + 1);
}

/**
 * {@linkcode maskRatio} of a set of images.
 *
 * @param images Images, `[n, H, W, C]`.
 * @param options Channels and ring.
 * @returns Ratios of the images that have one.
 */
export function maskRatios(images: HostArray, options: RatioOptions): Float64Array {
  const [count, ...shape] = images.shape as [number, number, number, number];
  const size = images.data.length / count;
  const all = Float64Array.from(
    { length: count },
    (_, i) => maskRatio(hostArray(images.data.subarray(i * size, (i + 1) * size), shape), options),
  );
  return all.filter((value) => !Number.isNaN(value));
}

/**
 * Middle of a sample.
 *
 * @param values Values.
 * @returns Their median; NaN if there are none.
 */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = (sorted.length - 1) / 2;
  return sorted.length === 0 ? NaN : (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}
