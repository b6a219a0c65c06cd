import type { HostArray, NumericArray } from "../host_array.ts";

/** Side of the window. */
const WINDOW = 7;
/** Pixels in the window. */
const COUNT = WINDOW ** 2;
/** Stabilizers (0.01)² and (0.03)² for values in [0, 1]. */
const [C1, C2] = [1e-4, 9e-4];

function requireImages(
  a: HostArray<NumericArray>,
  b: HostArray<NumericArray>,
  least: number,
): readonly [height: number, width: number, channels: number] {
  const [height = 0, width = 0, channels = 0] = a.shape;
  const fits = a.shape.length === 3 && a.shape.join() === b.shape.join() && channels > 0;
  if (fits && Math.min(height, width) >= least) return [height, width, channels];
  throw new TypeError(
    `Cannot compare images of shapes [${a.shape}] and [${b.shape}]: expected equal [H, W, C] with sides of at least ${least}`,
  );
}

interface WindowSums {
  readonly a: number;
  readonly b: number;
  readonly aa: number;
  readonly bb: number;
  readonly ab: number;
}

function windowSums(a: NumericArray, b: NumericArray, first: number, row: number, step: number): WindowSums {
  let [sa, sb, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (let i = 0; i < WINDOW; i++) {
    for (let j = 0; j < WINDOW; j++) {
      const at = first + i * row + j * step;
      const [x, y] = [a[at]!, b[at]!];
      sa += x;
      sb += y;
      aa += x * x;
      bb += y * y;
      ab += x * y;
    }
  }
  return { a: sa, b: sb, aa, bb, ab };
}

function similarityOf({ a, b, aa, bb, ab }: WindowSums): number {
  const [ma, mb] = [a / COUNT, b / COUNT];
  const sample = COUNT / (COUNT - 1);
  const [va, vb] = [(aa / COUNT - ma * ma) * sample, (bb / COUNT - mb * mb) * sample];
  const cov = (ab / COUNT - ma * mb) * sample;
  return ((2 * ma * mb + C1) * (2 * cov + C2)) / ((ma * ma + mb * mb + C1) * (va + vb + C2));
}

/**
 * Structural similarity of two images (Wang et al. 2004) with a uniform window of 7 x 7, sample covariances and the mean
 * over the windows that lie inside, then over channels; scikit-image's default.
 *
 * @param a First image, `[H, W, C]`, values in [0, 1], sides of at least 7.
 * @param b Second image, same shape.
 * @returns From -1 to 1; 1 for equal images.
 * @throws {TypeError} If the shapes differ or the images are too small.
 */
export function structuralSimilarity(a: HostArray<NumericArray>, b: HostArray<NumericArray>): number {
  const [height, width, channels] = requireImages(a, b, WINDOW);
  const row = width * channels;
  let total = 0;
  for (let i = 0; i + WINDOW <= height; i++) {
    for (let j = 0; j + WINDOW <= width; j++) {
      for (let c = 0; c < channels; c++) {
        total += similarityOf(windowSums(a.data, b.data, i * row + j * channels + c, row, channels));
      }
    }
  }
  return total / ((height - WINDOW + 1) * (width - WINDOW + 1) * channels);
}

/**
 * Peak signal-to-noise ratio of two images with values in [0, 1], 10 log10(1 / mean squared error).
 *
 * @param a First image, `[H, W, C]`.
 * @param b Second image, same shape.
 * @returns Decibels; infinite for equal images.
 * @throws {TypeError} If the shapes differ.
 */
export function peakSignalToNoise(a: HostArray<NumericArray>, b: HostArray<NumericArray>): number {
  requireImages(a, b, 1);
  let total = 0;
  for (let i = 0; i < a.data.length; i++) total += (a.data[i]! - b.data[i]!) ** 2;
  return -10 * Math.log10(total / a.data.length);
}
