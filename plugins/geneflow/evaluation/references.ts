import { type HostArray, hostArray, type NumericArray, type Rng, takeRows } from "../../../core/mod.ts";

/**
 * One image of several.
 *
 * @param images `[n, H, W, C]`.
 * @param i Its number.
 * @returns `[H, W, C]`, a view.
 */
export function imageAt({ data, shape }: HostArray, i: number): HostArray {
  const size = data.length / shape[0]!;
  return hostArray(data.subarray(i * size, (i + 1) * size), shape.slice(1));
}

/**
 * The mean image of a set, for every image of another.
 *
 * @param of Images whose mean is taken, `[m, H, W, C]`.
 * @param like Images that tell how often it is repeated, `[n, H, W, C]`.
 * @returns `[n, H, W, C]`.
 */
export function meanImage(of: HostArray, like: HostArray): HostArray {
  const size = of.data.length / of.shape[0]!;
  const mean = new Float32Array(size);
  of.data.forEach((value, i) => mean[i % size]! += value / of.shape[0]!);
  return hostArray(Float32Array.from(like.data, (_, i) => mean[i % size]!), like.shape);
}

/**
 * Exchange pixels of all images at random: the right grey values without any structure.
 *
 * @param images `[n, H, W, C]`.
 * @param rng Stream of the order.
 * @returns Images of the same shape.
 */
export function scrambled(images: HostArray, rng: Rng): HostArray {
  const channels = images.shape[3]!;
  const order = rng.host.permutation(images.data.length / channels);
  const out = Float32Array.from(
    images.data,
    (_, i) => images.data[order[Math.floor(i / channels)]! * channels + i % channels]!,
  );
  return hostArray(out, images.shape);
}

/**
 * Bring rows into an order in which none stands at its own place: the first after those of the second half.
 *
 * @param rows Rows first.
 * @returns The same rows in another order.
 */
export function exchanged<A extends NumericArray>(rows: HostArray<A>): HostArray<A> {
  const count = rows.shape[0]!;
  const shift = Math.floor(count / 2);
  return takeRows(rows, Int32Array.from({ length: count }, (_, i) => (i + shift) % count));
}
