import { DataError, type HostArray, type NumericArray } from "../../core/mod.ts";

/** Types of pixel values. */
export type PixelType = "uint8" | "uint16" | "uint32" | "int8" | "int16" | "int32" | "float32" | "float64";

/** A rectangle of pixels of one level; pixel j covers [j, j + 1) of its axis. */
export interface ImageRegion {
  /** First column. */
  readonly x: number;
  /** First row. */
  readonly y: number;
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** One resolution of an image. */
export interface ImageLevel {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Pixels of level 0 per pixel of this level, along x and along y; 1 for level 0. */
  readonly downsample: readonly [x: number, y: number];
  /** Columns and rows that are stored together; reading a part of them costs as much as reading all. */
  readonly block: readonly [width: number, height: number];
}

/** An image whose regions can be read; nothing but its metadata needs to be in memory. */
export interface ImageSource {
  /** Path, for messages. */
  readonly name: string;
  /** Format, for records. */
  readonly format: "tiff" | "ome-tiff" | "ome-zarr" | "png" | "jpeg";
  /** Rows, columns and channels of level 0. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Type of the values. */
  readonly dtype: PixelType;
  /** Names of the channels, in the order of the last axis; `"alpha"` is opacity. */
  readonly channels: readonly string[];
  /** Size of a pixel of level 0 along x and along y, in µm; absent if the file does not say. */
  readonly micronsPerPixel?: readonly [x: number, y: number];
  /** Resolutions, the finest first. */
  readonly levels: readonly ImageLevel[];
  /**
   * Read a rectangle.
   *
   * @param region Pixels of the level, all of them inside it.
   * @param level Which resolution, 0 is the finest.
   * @returns Values `[region.height, region.width, C]` of the image's type.
   * @throws {RangeError} If there is no such level or the region reaches outside it.
   * @throws {DataError} If the file is damaged.
   */
  read(region: ImageRegion, level: number): Promise<HostArray<NumericArray>>;
}

/**
 * Make an array for pixel values.
 *
 * @param dtype Type of the values.
 * @param length Number of values.
 * @returns Zeros.
 */
export function pixelArray(dtype: PixelType, length: number): NumericArray {
  switch (dtype) {
    case "uint8":
      return new Uint8Array(length);
    case "uint16":
      return new Uint16Array(length);
    case "uint32":
      return new Uint32Array(length);
    case "int8":
      return new Int8Array(length);
    case "int16":
      return new Int16Array(length);
    case "int32":
      return new Int32Array(length);
    case "float32":
      return new Float32Array(length);
    case "float64":
      return new Float64Array(length);
  }
}

/**
 * Find a level and refuse regions that reach outside it.
 *
 * @param image The image.
 * @param region Pixels of the level.
 * @param level Which resolution.
 * @returns The level.
 * @throws {RangeError} If there is no such level or the region reaches outside it.
 */
export function levelFor(
  image: Pick<ImageSource, "name" | "levels">,
  region: ImageRegion,
  level: number,
): ImageLevel {
  const found = image.levels[level];
  if (found === undefined) {
    throw new RangeError(
      `Cannot read level ${level} of "${image.name}": it has levels 0 to ${image.levels.length - 1}`,
    );
  }
  const { x, y, width, height } = region;
  const whole = [x, y, width, height].every((value) => Number.isInteger(value) && value >= 0);
  if (!whole || x + width > found.width || y + height > found.height) {
    const asked = `x ${x} to ${x + width}, y ${y} to ${y + height}`;
    const size = `${found.width} x ${found.height} pixels`;
    throw new RangeError(`Cannot read region ${asked} of "${image.name}": level ${level} has ${size}`);
  }
  return found;
}

/** Names that colour files give to their samples. */
const COLOURS: Readonly<Record<number, readonly string[]>> = {
  1: ["grey"],
  2: ["grey", "alpha"],
  3: ["red", "green", "blue"],
  4: ["red", "green", "blue", "alpha"],
};

/**
 * Name the channels of a colour or grey image.
 *
 * @param count Number of channels.
 * @returns Grey, or red, green and blue, perhaps with alpha; numbers for any other count.
 */
export function colourNames(count: number): readonly string[] {
  return COLOURS[count] ?? Array.from({ length: count }, (_, i) => String(i));
}

/**
 * Build the error for an image file that cannot be used.
 *
 * @param name Path of the file.
 * @param problem What is wrong and what to do.
 * @param cause What was caught.
 * @returns The error.
 */
export function imageError(name: string, problem: string, cause?: unknown): DataError {
  return new DataError(`Cannot read image "${name}": ${problem}`, { cause });
}

/** What to do about an image that does not fit in memory in its format. */
const TOO_LARGE_FIX = "store it as tiled TIFF, for example by `vips tiffsave IN OUT.tif --tile --pyramid`";

/** Pixels of an image that can only be decoded as a whole: 11,585 squared, half a gigabyte of RGBA. */
const LARGEST_WHOLE = 2 ** 27;

/**
 * Refuse images that would have to be decoded as a whole and are too large for it.
 *
 * @param name Path of the file.
 * @param width Columns.
 * @param height Rows.
 * @throws {DataError} If there are more than 2^27 pixels.
 */
export function checkDecodable(name: string, width: number, height: number): void {
  if (width * height <= LARGEST_WHOLE) return;
  const size = `${width} x ${height} pixels can only be decoded as a whole, at most ${LARGEST_WHOLE} pixels are`;
  throw imageError(name, `${size}, ${TOO_LARGE_FIX}`);
}
