import { hostArray } from "../../core/mod.ts";
import { symmetricEigen } from "../../core/spatial/eigen.ts";
import type { Check, Outcomes } from "./compare.ts";
import { type Fixture, floats } from "./fixture.ts";

/**
 * What the authors' program does with images alone: transport of a mixture's samples to a Gaussian and back along principal
 * axes (Knothe-Rosenblatt), and spectra of the result. A vector of features has no spectrum, so the plugin has none of this;
 * it stands here, in float64 on the host, so that the fixtures are used to the last tensor.
 */

/** Mixture of one image: means `[K][C]` of a pixel, log-weights `[K]`. */
interface Pixel {
  readonly means: readonly (readonly number[])[];
  readonly logWeights: readonly number[];
}

interface Image {
  readonly std: number;
  readonly pixels: readonly Pixel[];
}

function imagesOf(fixture: Fixture, prefix: string): readonly Image[] {
  const [means, stds, weights] = ["means", "logstds", "logweights"].map((name) => floats(fixture, `${prefix}/${name}`));
  const [images, components, channels, height, width] = means!.shape as [number, number, number, number, number];
  const count = height * width;
  return Array.from({ length: images }, (_, b) => ({
    std: Math.exp(stds!.data[b]!),
    pixels: Array.from({ length: count }, (_, p) => ({
      means: Array.from(
        { length: components },
        (_, k) =>
          Array.from({ length: channels }, (_, c) => means!.data[((b * components + k) * channels + c) * count + p]!),
      ),
      logWeights: Array.from({ length: components }, (_, k) => weights!.data[(b * components + k) * count + p]!),
    })),
  }));
}

/** Abramowitz and Stegun would do for pictures; parity needs all digits: series, then continued fraction. */
function erf(x: number): number {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  if (z < 2.5) {
    let [term, sum] = [z, z];
    for (let n = 1; n < 80; n++) sum += (term *= -z * z / n) / (2 * n + 1);
    return Math.sign(x) * 2 / Math.sqrt(Math.PI) * sum;
  }
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (z + fraction);
  return Math.sign(x) * (1 - Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction));
}

/** Inverse of {@linkcode erf} by bisection. */
function inverseErf(y: number): number {
  let [low, high] = [-6, 6];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (erf(middle) < y) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function softmax(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const parts = logits.map((logit) => Math.exp(logit - top));
  const total = parts.reduce((a, b) => a + b, 0);
  return parts.map((part) => part / total);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

/** Mean and covariance of a pixel's mixture. */
function gaussianOf({ means, logWeights }: Pixel, std: number): { mean: number[]; cov: number[][] } {
  const weights = logWeights.map(Math.exp);
  const channels = means[0]!.length;
  const mean = Array.from({ length: channels }, (_, c) => dot(weights, means.map((m) => m[c]!)));
  const cov = mean.map((_, i) =>
    mean.map((_, j) =>
      dot(weights, means.map((m) => (m[i]! - mean[i]!) * (m[j]! - mean[j]!))) + (i === j ? std * std : 0)
    )
  );
  return { mean, cov };
}

/** Principal axes of the covariance averaged over pixels, as rows, largest first. */
function axesOf({ std, pixels }: Image): number[][] {
  const covs = pixels.map((pixel) => gaussianOf(pixel, std).cov);
  const channels = covs[0]!.length;
  const matrix = Float64Array.from({ length: channels * channels }, (_, i) => {
    return covs.reduce((sum, cov) => sum + cov[Math.floor(i / channels)]![i % channels]!, 0) / covs.length;
  });
  const { vectors } = symmetricEigen(matrix, channels);
  return Array.from({ length: channels }, (_, axis) => [...vectors.slice(axis * channels, (axis + 1) * channels)]);
}

/** A point of a pixel in the coordinates in which its mixture is a standard Gaussian, axis after axis. */
function toGaussian(
  { means, logWeights }: Pixel,
  std: number,
  axes: readonly number[][],
  point: readonly number[],
): number[] {
  let logits = [...logWeights];
  return axes.map((axis) => {
    const gaps = means.map((m) => (dot(point, axis) - dot(m, axis)) / std);
    const cdf = dot(softmax(logits), gaps.map((gap) => erf(gap / Math.SQRT2)));
    logits = logits.map((logit, k) => logit - gaps[k]! ** 2 / 2);
    return Math.SQRT2 * inverseErf(Math.min(1 - 1e-6, Math.max(-1 + 1e-6, cdf)));
  });
}

/** The reverse of {@linkcode toGaussian}. */
function fromGaussian(
  { means, logWeights }: Pixel,
  std: number,
  axes: readonly number[][],
  point: readonly number[],
): number[] {
  let logits = [...logWeights];
  const rotated = axes.map((axis, i) => {
    const centres = means.map((m) => dot(m, axis));
    const weights = softmax(logits);
    const goal = erf(point[i]! / Math.SQRT2);
    let [low, high] = [Math.min(...centres) - 12 * std, Math.max(...centres) + 12 * std];
    for (let step = 0; step < 100; step++) {
      const middle = (low + high) / 2;
      if (dot(weights, centres.map((m) => erf((middle - m) / std / Math.SQRT2))) < goal) low = middle;
      else high = middle;
    }
    logits = logits.map((logit, k) => logit - ((low - centres[k]!) / std) ** 2 / 2);
    return low;
  });
  return axes[0]!.map((_, c) => rotated.reduce((sum, value, i) => sum + value * axes[i]![c]!, 0));
}

type Spatial = readonly (readonly number[])[];

/** Real plus imaginary part of the orthonormal Fourier transform of one channel, `[H][W]`: its own inverse. */
function hartley(image: Spatial): number[][] {
  const [height, width] = [image.length, image[0]!.length];
  return image.map((line, u) =>
    line.map((_, v) => {
      let sum = 0;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const angle = 2 * Math.PI * (u * y / height + v * x / width);
          sum += image[y]![x]! * (Math.cos(angle) - Math.sin(angle));
        }
      }
      return sum / Math.sqrt(height * width);
    })
  );
}

function spatial(values: ArrayLike<number>, height: number, width: number): number[][] {
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => values[y * width + x]!));
}

/** Apply a map of pixels, `[C] -> [C]`, to images `[B, S, C, H, W]`. */
function mapPixels(
  values: ArrayLike<number>,
  shape: readonly number[],
  map: (image: number, pixel: number, point: readonly number[]) => readonly number[],
): Float32Array {
  const [images, samples, channels, height, width] = shape as [number, number, number, number, number];
  const count = height * width;
  const out = new Float32Array(values.length);
  for (let at = 0; at < images * samples; at++) {
    for (let p = 0; p < count; p++) {
      const place = (c: number): number => (at * channels + c) * count + p;
      const point = Array.from({ length: channels }, (_, c) => values[place(c)]!);
      map(Math.floor(at / samples), p, point).forEach((value, c) => out[place(c)] = value);
    }
  }
  return out;
}

/** Make the sign of each axis that of the fixture's; columns of the stored matrix are axes. */
function storedAxes(fixture: Fixture, image: number): number[][] {
  const { data, shape } = floats(fixture, "out/kr_axes");
  const channels = shape[1]!;
  return Array.from(
    { length: channels },
    (_, axis) => Array.from({ length: channels }, (_, c) => data[(image * channels + c) * channels + axis]!),
  );
}

/** The image-only results of the mixture fixture. */
export function checkImageOnly(fixture: Fixture): Outcomes {
  const images = imagesOf(fixture, "in/gm");
  const samples = floats(fixture, "in/samples");
  const own = images.map(axesOf);
  const given = images.map((_, b) => storedAxes(fixture, b));
  const agrees = own.every((axes, b) =>
    axes.every((axis, i) => Math.abs(Math.abs(dot(axis, given[b]![i]!)) - 1) < 1e-5)
  );
  const [, , channels, height, width] = samples.shape as [number, number, number, number, number];
  const pixelOf = (b: number, p: number): Pixel => images[b]!.pixels[p]!;
  const there = mapPixels(
    samples.data,
    samples.shape,
    (b, p, x) => toGaussian(pixelOf(b, p), images[b]!.std, given[b]!, x),
  );
  const back = (values: ArrayLike<number>, shape: readonly number[]): Float32Array =>
    mapPixels(values, shape, (b, p, x) => fromGaussian(pixelOf(b, p), images[b]!.std, given[b]!, x));
  const within = (name: string, got: Float32Array): boolean => {
    const { abs, rel } = fixture.tolerance["out/kr"]!;
    const { data } = floats(fixture, name);
    return data.every((value, i) => Math.abs(got[i]! - value) <= abs + rel * Math.abs(value));
  };
  const gaussian = floats(fixture, "in/kr_gaussian");
  const noise = floats(fixture, "rng/spectral_noise");
  const spectrum = floats(fixture, "in/power_spectrum");
  const scaled = noise.data.map((value, i) => value * Math.exp(spectrum.data[i]! / 2));
  const count = height * width;
  const white = new Float32Array(scaled.length);
  for (let at = 0; at < scaled.length; at += count) {
    hartley(spatial(scaled.subarray(at, at + count), height, width)).flat().forEach((value, i) =>
      white[at + i] = value
    );
  }
  const mixtureLog = (b: number, x: Float32Array): number => {
    let sum = 0;
    for (let p = 0; p < count; p++) {
      const { means, logWeights } = pixelOf(b, p);
      const { std } = images[b]!;
      const terms = means.map((m, k) => {
        const gap = m.reduce((total, value, c) => total + (x[c * count + p]! - value) ** 2, 0);
        return logWeights[k]! - gap / (2 * std * std) - channels * Math.log(std);
      });
      const top = Math.max(...terms);
      sum += top + Math.log(terms.reduce((total, term) => total + Math.exp(term - top), 0));
    }
    return sum - count * channels / 2 * Math.log(2 * Math.PI);
  };
  const size = channels * count;
  const flat = Float32Array.from({ length: samples.data.length / size }, (_, at) => {
    return mixtureLog(Math.floor(at / samples.shape[1]!), samples.data.slice(at * size, (at + 1) * size));
  });
  // The reference squares over channels, then uses the first spectrum channel.
  const spectral = flat.map((value, at) => {
    const b = Math.floor(at / samples.shape[1]!);
    let extra = 0;
    for (let c = 0; c < channels; c++) {
      const start = (at * channels + c) * count;
      hartley(spatial(there.subarray(start, start + count), height, width)).flat().forEach((z, p) => {
        const log = spectrum.data[b * size + p]!;
        extra += -0.5 * z * z * (Math.exp(-log) - 1) - 0.5 * log;
      });
    }
    return value + extra;
  });
  const gaussians = images.map(({ std, pixels }) => pixels.map((pixel) => gaussianOf(pixel, std)));
  return {
    "out/full_gaussian/mean": gaussians.flat().flatMap(({ mean }) => mean),
    "out/full_gaussian/cov": gaussians.flat().flatMap(({ cov }) => cov.flat()),
    "out/kr_axes": { kind: "verdict", holds: agrees },
    "out/kr_to_gaussian": { kind: "verdict", holds: within("out/kr_to_gaussian", there) },
    "out/kr_from_gaussian": {
      kind: "verdict",
      holds: within("out/kr_from_gaussian", back(gaussian.data, gaussian.shape)),
    },
    "out/kr_spectral_sample": { kind: "verdict", holds: within("out/kr_spectral_sample", back(white, noise.shape)) },
    "out/spectral_samples": scaled,
    "out/spectral_logprob_flat": flat,
    "out/spectral_logprob": spectral,
  };
}

/** The spectrum network's layers: SiLU between affine maps, weights `[out, in]`. */
function spectrumNetwork(fixture: Fixture, input: readonly number[]): number[] {
  const layer = (name: string, x: readonly number[]): number[] => {
    const [weight, bias] = [floats(fixture, `${name}.weight`), floats(fixture, `${name}.bias`)];
    const width = weight.shape[1]!;
    return Array.from(bias.data, (b, i) => b + dot(x, [...weight.data.slice(i * width, (i + 1) * width)]));
  };
  const silu = (x: readonly number[]): number[] => x.map((value) => value / (1 + Math.exp(-value)));
  return layer("mlp.4", silu(layer("mlp.2", silu(layer("mlp.0", input)))));
}

/** Log-variances `[C, h, w]`: low frequencies of the base spectrum, log-softmax over pixels plus log of their number. */
function logVariances(spectrum: readonly number[], base: readonly number[], height: number, width: number): number[] {
  const [channels, baseHeight, baseWidth] = base as [number, number, number];
  const from = (index: number, size: number, whole: number): number =>
    index < Math.ceil(size / 2) ? index : whole - size + index;
  return Array.from({ length: channels }, (_, c) => {
    const values = Array.from({ length: height * width }, (_, i) => {
      const [y, x] = [from(Math.floor(i / width), height, baseHeight), from(i % width, width, baseWidth)];
      return spectrum[(c * baseHeight + y) * baseWidth + x]!;
    });
    const shares = softmax(values);
    return shares.map((share) => Math.log(share) + Math.log(height * width));
  }).flat();
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

/** The spectrum network and its loss. */
export const checkSpectrum: Check = (fixture) => {
  const base = fixture.config["base_size"] as readonly number[];
  const [mean, spread] = [floats(fixture, "in/gaussian_mean"), floats(fixture, "in/gaussian_var")];
  const [count, channels, height, width] = mean.shape as [number, number, number, number];
  const pixels = height * width;
  // Statistics of the moment-matched Gaussian, its image cut to the first rows and columns where it is smaller.
  const network = (means: Float32Array, spreads: Float32Array, size: number, h: number, w: number): number[][] =>
    Array.from({ length: count }, (_, b) => {
      const own = [...spreads.slice(b * size, (b + 1) * size)];
      const perChannel = Array.from({ length: channels }, (_, c) => {
        const at = (b * channels + c) * size;
        return variance([...means.slice(at, at + size)]);
      });
      const stats = [own.reduce((a, x) => a + x, 0) / size, perChannel.reduce((a, x) => a + x, 0) / channels];
      return logVariances(spectrumNetwork(fixture, stats), base, h, w);
    });
  const crop = (values: Float32Array, planes: number, h: number, w: number): Float32Array =>
    Float32Array.from({ length: planes * h * w }, (_, i) => {
      const [plane, y, x] = [Math.floor(i / (h * w)), Math.floor(i / w) % h, i % w];
      return values[(plane * height + y) * width + x]!;
    });
  const [h, w] = floats(fixture, "out/cropped_log_var").shape.slice(2) as [number, number];
  const full = network(mean.data, spread.data, pixels, height, width);
  const cropped = network(crop(mean.data, count * channels, h, w), crop(spread.data, count, h, w), h * w, h, w);
  const images = imagesOf(fixture, "in/gm_u");
  // The loss looks at the clean image that the velocity stands for.
  const sigma = (image: number): number => t!.data[image]! / 1000;
  const [clean, noisy, t] = ["in/x_0", "in/x_t", "in/t"].map((name) => floats(fixture, name));
  const velocity = hostArray(
    noisy!.data.map((value, i) => (value - clean!.data[i]!) * 1000 / t!.data[Math.floor(i / (channels * pixels))]!),
    [count, 1, channels, height, width],
  );
  const ends = network(
    noisy!.data.map((value, i) => value - sigma(Math.floor(i / (channels * pixels))) * mean.data[i]!),
    spread.data.map((value, i) => value * sigma(Math.floor(i / pixels)) ** 2),
    pixels,
    height,
    width,
  );
  const axes = images.map(axesOf);
  const z = mapPixels(
    velocity.data,
    velocity.shape,
    (b, p, x) => toGaussian(images[b]!.pixels[p]!, images[b]!.std, axes[b]!, x),
  );
  let loss = 0;
  for (let plane = 0; plane < count * channels; plane++) {
    const [b, c] = [Math.floor(plane / channels), plane % channels];
    hartley(spatial(z.subarray(plane * pixels, (plane + 1) * pixels), height, width)).flat().forEach((value, p) => {
      const log = ends[b]![c * pixels + p]!;
      loss += value * value * (Math.exp(-log) - 1) + log;
    });
  }
  return Promise.resolve({
    "out/log_var": full.flat(),
    "out/cropped_log_var": cropped.flat(),
    "out/spectral_loss": [loss / z.length * 0.5 * channels],
  });
};
