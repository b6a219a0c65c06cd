import type { ImageRegion, ImageSource } from "./image.ts";
import { imageError } from "./image.ts";

/** Values that become 0 and 255; what lies between is scaled, what lies beyond is cut off. */
export type ByteRange = readonly [low: number, high: number];

/** Pixels that are read at a time. */
const STRIP_PIXELS = 2 ** 20;

/**
 * Cut a level into rectangles that follow its blocks, so that each block is decoded about once.
 *
 * @param level Size and blocks.
 * @param least Columns and rows that a rectangle should have at least.
 * @returns Columns and rows of a rectangle, multiples of the blocks'.
 */
export function readingCell(
  level: { readonly width: number; readonly block: readonly [number, number] },
  least: readonly [width: number, height: number],
): readonly [width: number, height: number] {
  const [blockWidth, blockHeight] = level.block;
  const width = blockWidth * Math.ceil(Math.max(1024, least[0]) / blockWidth);
  const rows = Math.max(256, least[1], Math.floor(STRIP_PIXELS / Math.min(width, level.width)));
  return [width, blockHeight * Math.ceil(Math.min(1024, rows) / blockHeight)];
}

/** All rectangles of a level. */
function* regionsOf(image: ImageSource, level: number): Generator<ImageRegion> {
  const { width, height } = image.levels[level]!;
  const [stepX, stepY] = readingCell(image.levels[level]!, [0, 0]);
  for (let y = 0; y < height; y += stepY) {
    for (let x = 0; x < width; x += stepX) {
      yield { x, y, width: Math.min(stepX, width - x), height: Math.min(stepY, height - y) };
    }
  }
}

/** The least value that at least so many values do not exceed. */
function quantile(counts: Float64Array, fraction: number): number {
  const total = counts.reduce((a, b) => a + b, 0);
  let below = 0;
  for (let value = 0; value < counts.length; value++) {
    below += counts[value]!;
    if (below >= fraction * total) return value;
  }
  return counts.length - 1;
}

/** Fractions of the pixels at which 16-bit images are cut off: the usual stretch of fluorescence images. */
export const QUANTILES = [0.001, 0.999] as const;

/**
 * Choose what becomes 0 and 255.
 *
 * Values of 8 bits stay as they are. Of 16-bit channels, 0.1 % of the pixels of the level fall below the range and 0.1 %
 * above; the level is read once, in strips. Other types need a given range.
 *
 * @param image The image.
 * @param level Level that is measured.
 * @param channels Channels to measure.
 * @param given Range for all channels, if the user gives one.
 * @returns Range per channel of `channels`.
 * @throws {DataError} If the type needs a range and there is none.
 */
export async function byteRanges(
  image: ImageSource,
  level: number,
  channels: readonly number[],
  given: ByteRange | undefined,
): Promise<readonly ByteRange[]> {
  if (given !== undefined) return channels.map(() => given);
  if (image.dtype === "uint8") return channels.map(() => [0, 255]);
  if (image.dtype !== "uint16") {
    throw imageError(image.name, `its ${image.dtype} values need a range for 0 and 255, give --range LOW,HIGH`);
  }
  const counts = channels.map(() => new Float64Array(2 ** 16));
  for (const region of regionsOf(image, level)) {
    const { data, shape } = await image.read(region, level);
    const depth = shape[2]!;
    channels.forEach((channel, c) => {
      const of = counts[c]!;
      for (let i = channel; i < data.length; i += depth) of[data[i]!]!++;
    });
  }
  return counts.map((of) => {
    const [low, high] = QUANTILES.map((fraction) => quantile(of, fraction)) as [number, number];
    return [low, Math.max(high, low + 1)];
  });
}
