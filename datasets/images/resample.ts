/** How output pixels follow from image pixels: `"area"` where they are coarser or equal, `"bilinear"` where finer. */
export type ResampleRule = "area" | "bilinear";

/** For each output pixel of an axis, the run of image pixels that it is a weighted mean of. */
export interface AxisWeights {
  /** First image pixel per output pixel; may lie outside the image. */
  readonly first: Int32Array;
  /** Image pixels per output pixel, the same for all. */
  readonly taps: number;
  /** Weights `[size, taps]`, summing to 1 for each output pixel. */
  readonly weights: Float64Array;
}

/**
 * Choose the rule for a size of output pixels.
 *
 * @param ratio Image pixels per output pixel.
 * @returns Area from 1 on, else bilinear; at 1 both copy pixels if they coincide.
 */
export function resampleRule(ratio: number): ResampleRule {
  return ratio >= 1 ? "area" : "bilinear";
}

/** A place on a pixel border that rounding has moved by less than this is taken to lie on it. */
const SLACK = 1e-9;

function snap(place: number): number {
  const near = Math.round(place);
  return Math.abs(place - near) < SLACK * Math.max(1, Math.abs(near)) ? near : place;
}

/**
 * Weights of image pixels along one axis, where pixel j covers [j, j + 1).
 *
 * Output pixel i covers [from + i r, from + (i + 1) r) with r = (to - from) / size. By area, it is the mean of the image
 * over that interval, each image pixel being constant; bilinear, it is the line between the two nearest pixel centres
 * (j + 1/2) at the interval's middle.
 *
 * @param from Where the window begins.
 * @param to Where it ends.
 * @param size Output pixels.
 * @returns The weights.
 */
export function axisWeights(from: number, to: number, size: number): AxisWeights {
  const ratio = (to - from) / size;
  return resampleRule(ratio) === "area" ? areaWeights(from, ratio, size) : bilinearWeights(from, ratio, size);
}

/** Runs of weights without the zeros that all of them end in. */
function trimmed(first: Int32Array, taps: number, weights: Float64Array): AxisWeights {
  let used = taps;
  const isZero = (k: number): boolean => first.every((_, i) => weights[i * taps + k] === 0);
  while (used > 1 && isZero(used - 1)) used--;
  if (used === taps) return { first, taps, weights };
  const kept = weights.filter((_, at) => at % taps < used);
  return { first, taps: used, weights: kept };
}

function areaWeights(from: number, ratio: number, size: number): AxisWeights {
  const taps = Math.ceil(ratio - SLACK) + 1;
  const first = new Int32Array(size);
  const weights = new Float64Array(size * taps);
  for (let i = 0; i < size; i++) {
    const [start, end] = [snap(from + i * ratio), snap(from + (i + 1) * ratio)];
    first[i] = Math.floor(start);
    for (let k = 0; k < taps; k++) {
      const j = first[i]! + k;
      weights[i * taps + k] = Math.max(0, Math.min(end, j + 1) - Math.max(start, j)) / (end - start);
    }
  }
  return trimmed(first, taps, weights);
}

function bilinearWeights(from: number, ratio: number, size: number): AxisWeights {
  const first = new Int32Array(size);
  const weights = new Float64Array(size * 2);
  for (let i = 0; i < size; i++) {
    const place = snap(from + (i + 0.5) * ratio - 0.5);
    first[i] = Math.floor(place);
    weights.set([1 - (place - first[i]!), place - first[i]!], i * 2);
  }
  return trimmed(first, 2, weights);
}

/** Pixels that are in memory: a rectangle of a larger image. */
export interface PixelWindow {
  /** Values `[height, width, channels]`. */
  readonly data: ArrayLike<number>;
  /** Column of the image at which they begin. */
  readonly x: number;
  /** Row of the image at which they begin. */
  readonly y: number;
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Channels. */
  readonly channels: number;
}

/**
 * Resample a rectangle, rows after columns.
 *
 * @param pixels The pixels; what the weights reach beyond them counts as `fill`.
 * @param columns Weights along x, of the image's columns.
 * @param rows Weights along y, of the image's rows.
 * @param take Channels to take, in order.
 * @param fill Value per taken channel for pixels that are not there.
 * @returns Values `[rows, columns, take.length]`, not rounded.
 */
export function resample(
  pixels: PixelWindow,
  columns: AxisWeights,
  rows: AxisWeights,
  take: readonly number[],
  fill: readonly number[],
): Float64Array {
  const [width, height, depth] = [columns.first.length, rows.first.length, take.length];
  const out = new Float64Array(height * width * depth);
  const cache = new Map<number, Float64Array>();
  const blank = Float64Array.from({ length: width * depth }, (_, i) => fill[i % depth]!);
  for (let i = 0; i < height; i++) {
    const target = out.subarray(i * width * depth, (i + 1) * width * depth);
    const first = rows.first[i]!;
    for (const y of cache.keys()) if (y < first) cache.delete(y);
    for (let k = 0; k < rows.taps; k++) {
      const weight = rows.weights[i * rows.taps + k]!;
      if (weight === 0) continue;
      const y = first + k - pixels.y;
      const outside = y < 0 || y >= pixels.height;
      const line = outside ? blank : cache.get(first + k) ?? resampleRow(pixels, y, columns, take, fill);
      if (!outside && rows.taps > 1) cache.set(first + k, line);
      if (weight === 1) target.set(line);
      else for (let at = 0; at < target.length; at++) target[at]! += weight * line[at]!;
    }
  }
  return out;
}

function resampleRow(
  pixels: PixelWindow,
  y: number,
  { first, taps, weights }: AxisWeights,
  take: readonly number[],
  fill: readonly number[],
): Float64Array {
  const { data, channels, width } = pixels;
  const depth = take.length;
  const line = new Float64Array(first.length * depth);
  const start = y * width;
  for (let i = 0, at = 0; i < first.length; i++) {
    const left = first[i]! - pixels.x;
    const inside = left >= 0 && left + taps <= width;
    for (let c = 0; c < depth; c++, at++) {
      const channel = take[c]!;
      let sum = 0;
      for (let k = 0, from = (start + left) * channels + channel; k < taps; k++, from += channels) {
        const there = inside || (left + k >= 0 && left + k < width);
        sum += weights[i * taps + k]! * (there ? data[from]! : fill[c]!);
      }
      line[at] = sum;
    }
  }
  return line;
}
