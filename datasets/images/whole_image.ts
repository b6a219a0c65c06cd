import { type HostArray, hostArray, type NumericArray } from "../../core/mod.ts";
import { colourNames, type ImageRegion, type ImageSource, levelFor, pixelArray, type PixelType } from "./image.ts";

/**
 * An image that is in memory.
 *
 * @param name Path, for messages.
 * @param format Format of the file it came from.
 * @param pixels Values `[H, W, C]`.
 * @param dtype Type of the values.
 * @returns The image, with one level.
 */
export function wholeImage(
  name: string,
  format: ImageSource["format"],
  pixels: HostArray<NumericArray>,
  dtype: PixelType,
): ImageSource {
  const [height, width, channels] = pixels.shape as [number, number, number];
  const levels = [{ width, height, downsample: [1, 1] as const, block: [width, 1] as const }];
  const read = (region: ImageRegion, level: number): Promise<HostArray<NumericArray>> => {
    levelFor({ name, levels }, region, level);
    const row = region.width * channels;
    const data = pixelArray(dtype, region.height * row);
    for (let y = 0; y < region.height; y++) {
      const from = ((region.y + y) * width + region.x) * channels;
      data.set(pixels.data.subarray(from, from + row), y * row);
    }
    return Promise.resolve(hostArray(data, [region.height, region.width, channels]));
  };
  return Object.freeze({
    name,
    format,
    shape: [height, width, channels] as const,
    dtype,
    channels: colourNames(channels),
    levels,
    // A failed check is a rejection, as for images that are read from files.
    read: async (region: ImageRegion, level: number) => await read(region, level),
  });
}
