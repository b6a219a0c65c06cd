import { tf } from "../../tensor/tf.ts";

/** Sizes of one convolution; images are `[height, width, channels]`. */
export interface ConvSizes {
  /** Number of images. */
  readonly batch: number;
  /** Rows of the input. */
  readonly height: number;
  /** Columns of the input. */
  readonly width: number;
  /** Channels of the input. */
  readonly channels: number;
  /** Rows of the output. */
  readonly outHeight: number;
  /** Columns of the output. */
  readonly outWidth: number;
  /** Channels of the output. */
  readonly filters: number;
  /** Rows of the filter. */
  readonly filterHeight: number;
  /** Columns of the filter. */
  readonly filterWidth: number;
  /** Rows between neighbouring patches. */
  readonly strideY: number;
  /** Columns between neighbouring patches. */
  readonly strideX: number;
  /** Rows of zeros above the input. */
  readonly top: number;
  /** Columns of zeros on its left. */
  readonly left: number;
}

/**
 * Shape of the output.
 *
 * @param sizes Sizes.
 * @returns `[B, H', W', F]`.
 */
export function outputShape({ batch, outHeight, outWidth, filters }: ConvSizes): number[] {
  return [batch, outHeight, outWidth, filters];
}

/**
 * Work out the sizes of a convolution without dilation, and check that the shapes fit.
 *
 * @param x Shape of the input `[B, H, W, C]`.
 * @param filter Shape of the filters `[h, w, C, F]`.
 * @param attributes Attributes as tfjs hands them over: `strides`, `pad`, `dimRoundingMode`, `dataFormat`.
 * @returns The sizes.
 * @throws {TypeError} If the shapes do not fit.
 */
export function convSizes(
  x: readonly number[],
  filter: readonly number[],
  attributes: Readonly<Record<string, unknown>>,
): ConvSizes {
  if (x.length !== 4 || filter.length !== 4 || filter[2] !== x[3] || attributes.dataFormat !== "NHWC") {
    throw new TypeError(
      `Cannot convolve images [${x}] with filters [${filter}] in format ${attributes.dataFormat}: expected ` +
        "[B, H, W, C], [h, w, C, F] and NHWC",
    );
  }
  const info = tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    attributes.strides as number | [number, number],
    1,
    attributes.pad as number,
    attributes.dimRoundingMode as "floor",
  );
  if (!(info.outHeight >= 0 && info.outWidth >= 0)) {
    throw new TypeError(
      `Cannot convolve images [${x}] with filters [${filter}]: the filters are larger than the images`,
    );
  }
  return {
    batch: info.batchSize,
    height: info.inHeight,
    width: info.inWidth,
    channels: info.inChannels,
    outHeight: info.outHeight,
    outWidth: info.outWidth,
    filters: info.outChannels,
    filterHeight: info.filterHeight,
    filterWidth: info.filterWidth,
    strideY: info.strideHeight,
    strideX: info.strideWidth,
    top: info.padInfo.top,
    left: info.padInfo.left,
  };
}
