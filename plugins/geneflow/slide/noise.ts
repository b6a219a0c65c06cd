import { concat, type Prior, type Rng, slice, type SlideRegion, type Tensor, zeros } from "../../../core/mod.ts";
import type { Picture } from "../picture.ts";

/** Whole numbers as numbers from 0 on: 0, -1, 1, -2, 2, ... */
function fromZero(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** Numbers all blocks of the plane in squares around block (0, 0), which has number 0 (Szudzik's pairing). */
function blockNumber(row: number, column: number): number {
  const [a, b] = [fromZero(row), fromZero(column)];
  return a >= b ? a * a + a + b : b * b + a;
}

/**
 * The start state of a slide, which belongs to its pixels: blocks of the size of an image, each with a stream of its own
 * for its place in the section. Whatever region is drawn, in whatever tiles, a pixel begins with the same noise.
 *
 * @param prior Start distribution of images.
 * @param shape Rows, columns and channels of an image.
 * @param region Pixels of the section.
 * @param rng Stream; block (0, 0) begins like the image of number 0.
 * @returns The start state, `[1, H, W, C]`.
 */
export function slideNoise(
  prior: Prior<Picture>,
  [height, width, channels]: readonly [height: number, width: number, channels: number],
  region: SlideRegion,
  rng: Rng,
): Tensor {
  const like = { img: zeros([1, height, width, channels]) };
  const [top, left] = [Math.floor(region.y / height), Math.floor(region.x / width)];
  const rows = Math.ceil((region.y + region.height) / height) - top;
  const columns = Math.ceil((region.x + region.width) / width) - left;
  const bands = Array.from({ length: rows }, (_, i) =>
    concat(
      Array.from({ length: columns }, (_, j) =>
        prior.sample(like, undefined, rng.fold(blockNumber(top + i, left + j)).fold("prior")).img),
      2,
    ));
  return slice(
    concat(bands, 1),
    [0, region.y - top * height, region.x - left * width],
    [1, region.height, region.width],
  );
}
