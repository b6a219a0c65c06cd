import {
  add,
  clip,
  ConfigError,
  div,
  fromHost,
  type HostArray,
  hostArray,
  mul,
  sub,
  type Tensor,
  tensor,
} from "../../core/mod.ts";
import type { GeneFlowConfig } from "./config.ts";

/** Between images, values in [0, 1], and the states that the networks see. */
export interface PixelScale {
  /**
   * States of images.
   *
   * @param images Images, `[..., C]`.
   * @returns States of the same shape.
   */
  toStates(images: HostArray): Tensor;
  /**
   * Images of states.
   *
   * @param states States, `[..., C]`.
   * @returns Images, not cut to [0, 1].
   */
  toImages(states: Tensor): Tensor;
  /**
   * Cut states to those of images.
   *
   * @param states States, `[..., C]`.
   * @returns The nearest states whose images lie in [0, 1].
   */
  cut(states: Tensor): Tensor;
}

/**
 * Centre and scale each channel.
 *
 * Noise has deviation 1: images that spread a tenth of that take shape at the very end of the path, and a small error of
 * the network is as large as they are.
 *
 * @param config Mean and deviation, one number for all channels or one for each.
 * @returns The maps.
 */
export function pixelScale({ pixels: { mean, std } }: Pick<GeneFlowConfig, "pixels">): PixelScale {
  const [shift, factor] = [(): Tensor => tensor([...mean]), (): Tensor => tensor([...std])];
  const toImages = (states: Tensor): Tensor => add(mul(states, factor()), shift());
  return Object.freeze({
    toStates: ({ data, shape }: HostArray): Tensor => {
      const channels = shape.at(-1)!;
      const values = data.map((value, i) => {
        const channel = i % channels;
        return (value - mean[channel % mean.length]!) / std[channel % std.length]!;
      });
      return fromHost(hostArray(values, shape));
    },
    toImages,
    cut: (states: Tensor): Tensor => div(sub(clip(toImages(states), 0, 1), shift()), factor()),
  });
}

/**
 * Check that means and deviations fit the images.
 *
 * @param config Mean and deviation.
 * @param channels Channels of the images.
 * @throws {ConfigError} If there are neither one nor as many as channels.
 */
export function requirePixelScale({ pixels }: Pick<GeneFlowConfig, "pixels">, channels: number): void {
  for (const [name, { length }] of Object.entries(pixels)) {
    if (length === 1 || length === channels) continue;
    throw new ConfigError(
      `Cannot scale images of ${channels} channels: plugin.config.pixels.${name} has ${length} numbers, expected 1 or ${channels}`,
    );
  }
}
