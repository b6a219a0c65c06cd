import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";

interface Distribution {
  /** Distinct values, rising. */
  readonly values: Float64Array;
  /** Share of values up to each. */
  readonly shares: Float64Array;
}

function distributionOf(sample: Float64Array): Distribution {
  const sorted = sample.slice().sort();
  const [values, shares]: [number[], number[]] = [[], []];
  sorted.forEach((value, i) => {
    if (values.at(-1) === value) shares[shares.length - 1] = (i + 1) / sorted.length;
    else {
      values.push(value);
      shares.push((i + 1) / sorted.length);
    }
  });
  return { values: Float64Array.from(values), shares: Float64Array.from(shares) };
}

/** Value of a rising piecewise linear function; constant beyond its ends. */
function interpolate(at: number, { values, shares }: Distribution): number {
  let [low, high] = [0, shares.length - 1];
  if (at <= shares[0]!) return values[0]!;
  if (at >= shares[high]!) return values[high]!;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (shares[middle]! <= at) low = middle;
    else high = middle;
  }
  const part = (at - shares[low]!) / (shares[high]! - shares[low]!);
  return values[low]! + part * (values[high]! - values[low]!);
}

/**
 * Give an image the grey value distribution of another, channel by channel, by matching quantiles with linear
 * interpolation.
 *
 * Matching a generated image to the real one that it is compared with leaks the truth: use another image for reference.
 *
 * @param image Image, `[..., C]`.
 * @param reference Image whose distribution is taken, `[..., C]`.
 * @returns An image of the first one's shape.
 * @throws {TypeError} If the channels differ.
 */
export function matchHistogram(image: HostArray<NumericArray>, reference: HostArray<NumericArray>): HostArray {
  const channels = image.shape.at(-1)!;
  if (reference.shape.at(-1) !== channels) {
    throw new TypeError(`Cannot match images of shapes [${image.shape}] and [${reference.shape}]: other channels`);
  }
  const out = new Float32Array(image.data.length);
  const channelOf = (data: NumericArray, c: number): Float64Array =>
    Float64Array.from({ length: data.length / channels }, (_, i) => data[i * channels + c]!);
  for (let c = 0; c < channels; c++) {
    const own = channelOf(image.data, c);
    const [from, to] = [distributionOf(own), distributionOf(channelOf(reference.data, c))];
    const share = new Map(Array.from(from.values, (value, i) => [value, from.shares[i]!] as const));
    own.forEach((value, i) => out[i * channels + c] = interpolate(share.get(value)!, to));
  }
  return hostArray(out, image.shape);
}
