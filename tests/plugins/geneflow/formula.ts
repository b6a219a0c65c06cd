import { type HostArray, hostArray } from "../../../core/mod.ts";

/** The image that the vectors make from whole numbers, `[H, W, C]`: whole values below `modulus`. */
export function formulaValues(height: number, width: number, channels: number, k: number, modulus: number): number[] {
  return Array.from({ length: height * width * channels }, (_, at) => {
    const [i, j, c] = [Math.floor(at / channels / width), Math.floor(at / channels) % width, at % channels];
    return (7 * i + 13 * j + 5 * c + 3 * i * j + k) % modulus;
  });
}

/** The formula image with values in [0, 1]. */
export function formulaImage(height: number, width: number, channels: number, k: number): HostArray<Float64Array> {
  const values = formulaValues(height, width, channels, k, 32).map((value) => value / 31);
  return hostArray(Float64Array.from(values), [height, width, channels]);
}

/** A slanted plane, `[H, W, C]`, values in [0, 1). */
export function rampImage(height: number, width: number, channels: number): HostArray<Float64Array> {
  const top = height + 2 * width + 3 * channels;
  const values = Float64Array.from({ length: height * width * channels }, (_, at) => {
    const [i, j, c] = [Math.floor(at / channels / width), Math.floor(at / channels) % width, at % channels];
    return (i + 2 * j + 3 * c) / top;
  });
  return hostArray(values, [height, width, channels]);
}

/** 0.8 times one image and 0.1 times another. */
export function blend(a: HostArray<Float64Array>, b: HostArray<Float64Array>): HostArray<Float64Array> {
  return hostArray(a.data.map((value, i) => Math.min(1, Math.max(0, 0.8 * value + 0.1 * b.data[i]!))), a.shape);
}
