import type { ByteRange } from "./byte_range.ts";
import type { ResampleRule } from "./resample.ts";

/** What to cut. */
export interface PatchOptions {
  /** Rows and columns of a patch, H = W. */
  readonly size: number;
  /** Side of the square of tissue that a patch shows, in µm; needs an image that knows its pixel size. */
  readonly microns?: number;
  /**
   * Side of that square in pixels of level 0, instead of µm.
   *
   * @default {size}
   */
  readonly pixels?: number;
  /**
   * Pixels of level 0 per unit of the coordinates: 1 for full-resolution pixels, a Visium scale factor for its smaller
   * images, 1 / (µm per pixel) for coordinates in µm.
   *
   * @default {1}
   */
  readonly scale?: number;
  /**
   * Size of a pixel of level 0 in µm, where the file does not say or is wrong.
   *
   * @default {image.micronsPerPixel}
   */
  readonly micronsPerPixel?: number;
  /**
   * Level to cut from.
   *
   * @default {the coarsest whose pixels are not coarser than those of the patch}
   */
  readonly level?: number;
  /**
   * Value from 0 to 255 of what lies outside the image.
   *
   * @default {255}
   */
  readonly fill?: number;
  /**
   * Names of the channels to take.
   *
   * @default {all but alpha}
   */
  readonly channels?: readonly string[];
  /**
   * Values that become 0 and 255.
   *
   * @default {as byteRanges chooses}
   */
  readonly range?: ByteRange;
}

/** How patches were cut, for records. */
export interface PatchRecord {
  /** Rows and columns of a patch. */
  readonly size: number;
  /** Side of its square along x and y, in pixels of level 0. */
  readonly window: readonly [x: number, y: number];
  /** Size of a patch's pixel in µm along x and y; absent if unknown. */
  readonly micronsPerPixel?: readonly [x: number, y: number];
  /** Pixels of level 0 per unit of the coordinates. */
  readonly scale: number;
  /** Level that was read. */
  readonly level: number;
  /** Names of the channels. */
  readonly channels: readonly string[];
  /** Values that became 0 and 255, per channel. */
  readonly ranges: readonly ByteRange[];
  /** Value outside the image. */
  readonly fill: number;
  /** How pixels were resampled along x and y. */
  readonly rules: readonly [x: ResampleRule, y: ResampleRule];
  /** Patches that reach outside the image. */
  readonly atBorder: number;
  /** Patches whose centre lies outside it. */
  readonly outside: number;
}

/** One patch. */
export interface Patch {
  /** Row of its centre. */
  readonly row: number;
  /** Values `[size, size, C]`. */
  readonly pixels: Uint8Array;
}

/** Patches that are cut when they are asked for. */
export interface PatchCut {
  /** Patches, rows, columns, channels. */
  readonly shape: readonly [number, number, number, number];
  /** How they are cut. */
  readonly record: PatchRecord;
  /**
   * Cut all patches, in the order in which they lie in the image, so that little of it is in memory at a time.
   *
   * @returns Each patch once.
   * @throws {DataError} If the image is damaged.
   */
  patches(): AsyncGenerator<Patch>;
}
