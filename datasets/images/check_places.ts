import { DataError } from "../../core/mod.ts";
import type { ImageSource } from "./image.ts";

/** Where cells lie in an image. */
export interface PlacesInImage {
  /** Places in pixels of level 0, x and y in turn. */
  readonly places: Float64Array;
  /** Size of a pixel in µm, which tells coordinates that were left in µm. */
  readonly micronsPerPixel: number;
  /** What to do about another unit, for the message. */
  readonly fix: string;
}

/** Extents of images and of tissue agree at best roughly. */
const MOST = 1.05;
/** Cells that fill less of both axes are suspicious. */
const FEW = 0.5;

function extents(places: Float64Array): readonly [number, number] {
  const high: [number, number] = [-Infinity, -Infinity];
  for (let at = 0; at < places.length; at++) high[at % 2] = Math.max(high[at % 2]!, places[at]!);
  return high;
}

/**
 * Refuse places that are in another unit than the image, and find cells outside it.
 *
 * Places that leave more than half of both axes empty, but would fill the image if they were in µm, are taken for µm.
 * Places of which most lie outside, but would fill it if they were divided by the pixels of a µm, too.
 *
 * @param image The image.
 * @param cells Places of cells.
 * @returns Numbers of the cells outside the image.
 * @throws {DataError} If the places are in another unit.
 */
export function checkPlaces(
  { name, shape: [height, width] }: Pick<ImageSource, "name" | "shape">,
  { places, micronsPerPixel, fix }: PlacesInImage,
): readonly number[] {
  const [x, y] = extents(places);
  const isOutside = (i: number): boolean => {
    const [left, top] = [places[2 * i]!, places[2 * i + 1]!];
    return !(left >= 0 && left < width && top >= 0 && top < height);
  };
  const outside = Array.from({ length: places.length / 2 }, (_, i) => i).filter(isOutside);
  const fills = (factor: number): boolean => {
    const [wide, tall] = [x * factor / width, y * factor / height];
    return wide > FEW && wide <= MOST && tall > FEW && tall <= MOST;
  };
  const few = x < FEW * width && y < FEW * height;
  const many = 4 * outside.length > places.length;
  const unit = few && fills(1 / micronsPerPixel)
    ? "µm"
    : many && fills(micronsPerPixel)
    ? "pixels of a finer image"
    : "";
  if (unit === "") return outside;
  throw new DataError(
    `Cannot place cells in "${name}": they reach to ${x.toFixed(1)}, ${y.toFixed(1)} in an image of ${width} x ` +
      `${height} pixels, which are places in ${unit}; expected pixels of this image (${+micronsPerPixel.toPrecision(
        4,
      )} µm each), ${fix}`,
  );
}
