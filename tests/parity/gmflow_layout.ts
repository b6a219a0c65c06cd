import { type HostArray, hostArray, type Tensor, tensor } from "../../core/mod.ts";
import type { Mixture } from "../../plugins/gmflow/mixture.ts";
import { type Fixture, floats } from "./fixture.ts";

/** Images as vectors: each pixel is a row of C numbers, the pixels of an image one after the other. */

/** Pixels of an array of images `[..., C, H, W]`. */
export function pixelsOf(shape: readonly number[]): number {
  return shape.at(-1)! * shape.at(-2)!;
}

/** Images `[B, C, H, W]` as rows `[B * P, C]`. */
export function rowsOf({ data, shape }: HostArray): HostArray {
  const [channels, pixels] = [shape.at(-3)!, pixelsOf(shape)];
  const images = data.length / (channels * pixels);
  const out = Float32Array.from({ length: data.length }, (_, i) => {
    const [row, c] = [Math.floor(i / channels), i % channels];
    return data[(Math.floor(row / pixels) * channels + c) * pixels + row % pixels]!;
  });
  return hostArray(out, [images * pixels, channels]);
}

/** Rows `[B * P, C]` as images `[B, C, H, W]`, flat. */
export function imagesOf(rows: ArrayLike<number>, channels: number, pixels: number): Float32Array {
  return Float32Array.from({ length: rows.length }, (_, i) => {
    const [image, c, p] = [Math.floor(i / (channels * pixels)), Math.floor(i / pixels) % channels, i % pixels];
    return rows[(image * pixels + p) * channels + c]!;
  });
}

/** Means `[B * P, K, C]` of a mixture as `[B, K, C, H, W]`, flat. */
export function meansOf(rows: ArrayLike<number>, components: number, channels: number, pixels: number): Float32Array {
  return imagesOf(rows, components * channels, pixels);
}

/** One number per image, repeated for its pixels. */
export function perPixel(values: ArrayLike<number>, pixels: number): Float32Array {
  return Float32Array.from({ length: values.length * pixels }, (_, i) => values[Math.floor(i / pixels)]!);
}

/** The first pixel's number of each image. */
export function perImage(values: ArrayLike<number>, pixels: number): Float32Array {
  return Float32Array.from({ length: values.length / pixels }, (_, i) => values[i * pixels]!);
}

/** A tensor of a fixture as rows. */
export function upRows(fixture: Fixture, name: string): Tensor {
  const { data, shape } = rowsOf(floats(fixture, name));
  return tensor(data, shape);
}

/** Numbers per image of a fixture, repeated for the pixels. */
export function upPixels(fixture: Fixture, name: string, pixels: number): Tensor {
  return tensor(perPixel(floats(fixture, name).data, pixels));
}

/** A mixture of images as a mixture of rows; `from` and `count` take some of the images. */
export function upMixture(fixture: Fixture, prefix: string, from = 0, count?: number): Mixture {
  const part = (name: string): HostArray => {
    const { data, shape } = floats(fixture, `${prefix}/${name}`);
    const [images = 1, ...rest] = shape;
    const size = data.length / images;
    const taken = count ?? images;
    return hostArray(data.slice(from * size, (from + taken) * size), [taken, ...rest]);
  };
  const means = part("means");
  const [images, components, channels] = means.shape as [number, number, number];
  const pixels = pixelsOf(means.shape);
  const merged = hostArray(means.data, [images, components * channels, ...means.shape.slice(3)]);
  const weights = part("logweights");
  const flat = hostArray(weights.data, [images, components, ...weights.shape.slice(3)]);
  return {
    means: tensor(rowsOf(merged).data, [images * pixels, components, channels]),
    logStd: tensor(perPixel(part("logstds").data, pixels)),
    logWeights: tensor(rowsOf(flat).data, [images * pixels, components]),
  };
}
