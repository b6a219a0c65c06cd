import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";

/** Where each new place lies between two old ones: the first of them, and the weight of the second. */
interface Between {
  readonly first: Int32Array;
  readonly weight: Float64Array;
}

/** Middles of pixels keep their places; beyond the outermost middles the outermost pixel goes on. */
function placesOf(from: number, to: number): Between {
  const first = new Int32Array(to);
  const weight = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const at = Math.min(from - 1, Math.max(0, (i + 0.5) * from / to - 0.5));
    first[i] = Math.min(Math.floor(at), Math.max(0, from - 2));
    weight[i] = from === 1 ? 0 : at - first[i]!;
  }
  return { first, weight };
}

/**
 * Bring images to another size by bilinear interpolation between the middles of pixels, without smoothing before (as
 * `torch.nn.functional.interpolate` with `align_corners=False`): for networks that expect one size.
 *
 * @example Usage
 * ```ts
 * import { hostArray, resizeImages } from "@morphogen/morphogen";
 *
 * const { data } = resizeImages(hostArray(Float32Array.of(0, 4), [1, 1, 2, 1]), 1, 4);
 * if (data.join() !== "0,1,3,4") throw new Error("a quarter of a pixel from each middle");
 * ```
 *
 * @param images Images, `[n, H, W, C]`.
 * @param height New height in pixels.
 * @param width New width in pixels.
 * @returns Images, `[n, height, width, C]`.
 * @throws {RangeError} If a size is not positive.
 */
export function resizeImages({ data, shape }: HostArray<NumericArray>, height: number, width: number): HostArray {
  const [count, tall, wide, channels] = shape as [number, number, number, number];
  if (!(height > 0 && width > 0 && tall > 0 && wide > 0)) {
    throw new RangeError(
      `Cannot resize images of [${tall}, ${wide}] to [${height}, ${width}]: expected positive sizes`,
    );
  }
  const [rows, columns] = [placesOf(tall, height), placesOf(wide, width)];
  const out = new Float32Array(count * height * width * channels);
  const [below, beside] = [tall === 1 ? 0 : wide * channels, wide === 1 ? 0 : channels];
  let next = 0;
  for (let n = 0; n < count; n++) {
    for (let r = 0; r < height; r++) {
      const [top, down] = [(n * tall + rows.first[r]!) * wide * channels, rows.weight[r]!];
      for (let c = 0; c < width; c++) {
        const [left, right] = [top + columns.first[c]! * channels, columns.weight[c]!];
        for (let channel = 0; channel < channels; channel++) {
          const at = left + channel;
          const upper = data[at]! * (1 - right) + data[at + beside]! * right;
          const lower = data[at + below]! * (1 - right) + data[at + below + beside]! * right;
          out[next++] = upper * (1 - down) + lower * down;
        }
      }
    }
  }
  return hostArray(out, [count, height, width, channels]);
}
