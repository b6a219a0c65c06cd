import { rng } from "../../../core/rng/stream.ts";

/** A convolution, with explicit padding. */
export interface ConvCase {
  /** Shape of the images `[B, H, W, C]`. */
  readonly x: readonly [number, number, number, number];
  /** Shape of the filters `[h, w, C, F]`. */
  readonly kernel: readonly [number, number, number, number];
  readonly stride: number;
  readonly padding: "valid" | "same" | number;
}

/** Value and derivatives, in float64. */
export interface ConvResult {
  readonly y: Float64Array;
  readonly dx: Float64Array;
  readonly dKernel: Float64Array;
  readonly dBias: Float64Array;
}

/** Places of the output along one side, and zeros before the image. */
function sideOf(size: number, window: number, { stride, padding }: ConvCase): readonly [out: number, before: number] {
  if (padding === "same") {
    const out = Math.ceil(size / stride);
    return [out, Math.floor(Math.max(0, (out - 1) * stride + window - size) / 2)];
  }
  const before = padding === "valid" ? 0 : padding;
  return [Math.floor((size + 2 * before - window) / stride) + 1, before];
}

/**
 * Shape of the output.
 *
 * @param conv The convolution.
 * @returns `[B, H', W', F]`; sides of 0 or less if the filters are larger than the padded images.
 */
export function outputShape(conv: ConvCase): readonly [number, number, number, number] {
  const [batch, height, width] = conv.x;
  const [h, w, , filters] = conv.kernel;
  return [batch, sideOf(height, h, conv)[0], sideOf(width, w, conv)[0], filters];
}

/**
 * The definition, summed term by term: `y[b, i, j, f] = bias[f] + sum of x[b, i s - p + u, j s - q + v, c] k[u, v, c, f]`.
 *
 * @param conv The convolution.
 * @param x Images.
 * @param kernel Filters.
 * @param bias Bias.
 * @param dy Derivative of the output.
 * @returns Value and derivatives.
 */
export function convolve(
  conv: ConvCase,
  x: Float32Array,
  kernel: Float32Array,
  bias: Float32Array,
  dy: Float32Array,
): ConvResult {
  const [batch, height, width, channels] = conv.x;
  const [h, w, , filters] = conv.kernel;
  const [rows, top] = sideOf(height, h, conv);
  const [columns, left] = sideOf(width, w, conv);
  const y = Float64Array.from({ length: batch * rows * columns * filters }, (_, i) => bias[i % filters]!);
  const dx = new Float64Array(x.length);
  const dKernel = new Float64Array(kernel.length);
  const dBias = new Float64Array(filters);
  dy.forEach((value, i) => dBias[i % filters]! += value);
  for (let place = 0; place < batch * rows * columns; place++) {
    const j = place % columns;
    const i = Math.floor(place / columns) % rows;
    const b = Math.floor(place / columns / rows);
    for (let tap = 0; tap < h * w; tap++) {
      const [u, v] = [i * conv.stride - top + Math.floor(tap / w), j * conv.stride - left + tap % w];
      if (u < 0 || u >= height || v < 0 || v >= width) continue;
      for (let c = 0; c < channels; c++) {
        const from = ((b * height + u) * width + v) * channels + c;
        const row = (tap * channels + c) * filters;
        let total = 0;
        for (let f = 0; f < filters; f++) {
          const to = place * filters + f;
          y[to]! += x[from]! * kernel[row + f]!;
          dKernel[row + f]! += x[from]! * dy[to]!;
          total += kernel[row + f]! * dy[to]!;
        }
        dx[from]! += total;
      }
    }
  }
  return { y, dx, dKernel, dBias };
}

/**
 * Random numbers in [-1, 1); regular ones make sums that cancel out to almost nothing.
 *
 * @param shape Shape of the tensor they fill.
 * @param name Name of the stream.
 * @returns The numbers.
 */
export function noise(shape: readonly number[], name: string): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1);
  return rng(4).fold(name).host.uniform(size).map((value) => 2 * value - 1);
}

/**
 * Largest difference, relative to the root mean square of what is expected.
 *
 * @param actual Values.
 * @param expected What they should be.
 * @returns The difference; not a number if one of the values is none.
 */
export function relativeError(actual: Float32Array, expected: Float64Array): number {
  const scale = Math.sqrt(expected.reduce((total, value) => total + value * value, 0) / Math.max(1, expected.length));
  const top = expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - actual[i]!)), 0);
  return top === 0 ? 0 : top / Math.max(scale, 1e-3);
}
