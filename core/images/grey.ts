import type { HostArray, NumericArray } from "../host_array.ts";

/** A picture of whole grey values, one byte per pixel, row by row. */
export interface GreyImage {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** Values from 0 to 255. */
  readonly values: Uint8Array;
}

/** Weights of red, green and blue in 1/32768, and one half (as in Pillow and libjpeg). */
const [RED, GREEN, BLUE, HALF, SHIFT] = [9798, 19235, 3735, 16384, 15];

/**
 * Round a value in [0, 1] down to a byte.
 *
 * @param value The value; beyond the range it counts as 0 or 1.
 * @returns From 0 to 255.
 */
export function toByte(value: number): number {
  return Math.trunc(255 * Math.min(1, Math.max(0, value)));
}

/**
 * Grey values of an image: its luminance if it has at least three channels, the first of which count as red, green and
 * blue; else one of its channels.
 *
 * @param image Image `[H, W, C]`, values in [0, 1].
 * @param channel Channel to take of an image with one or two.
 * @returns Grey values.
 * @throws {TypeError} If the image has another rank, or no such channel.
 */
export function greyOf({ data, shape }: HostArray<NumericArray>, channel = 0): GreyImage {
  const [height, width, channels] = shape as [number, number, number];
  if (shape.length !== 3 || (channels < 3 && channel >= channels)) {
    throw new TypeError(`Cannot take grey values of shape [${shape}] at channel ${channel}: expected [H, W, C]`);
  }
  const values = Uint8Array.from({ length: height * width }, (_, at) => {
    const byte = (c: number): number => toByte(data[at * channels + c]!);
    return channels < 3 ? byte(channel) : (RED * byte(0) + GREEN * byte(1) + BLUE * byte(2) + HALF) >> SHIFT;
  });
  return { height, width, values };
}
