import { add, concat, conv2d, mul, slice, type Tensor, tensor } from "../../../core/mod.ts";

/** Weights of red, green and blue in the luminance. */
const LUMINANCE = [0.299, 0.587, 0.114] as const;

/** Sobel's filters, across and down, as `[3, 3, 1, 2]`. */
const FILTERS = [-1, -1, 0, -2, 1, -1, -2, 0, 0, 0, 2, 0, -1, 1, 0, 2, 1, 1];

function channel(images: Tensor, at: number): Tensor {
  return slice(images, [0, 0, 0, at], [-1, -1, -1, 1]);
}

/**
 * Grey images: the luminance of three channels, the first of any other number (as the released program has it).
 *
 * @param images Images, `[B, H, W, C]`.
 * @returns `[B, H, W, 1]`.
 */
export function greyImages(images: Tensor): Tensor {
  if (images.shape[3] !== 3) return channel(images, 0);
  return LUMINANCE.map((weight, c) => mul(channel(images, c), weight)).reduce((a, b) => add(a, b));
}

/**
 * Sobel derivatives with one row of zeros around the image.
 *
 * @param grey Grey images, `[B, H, W, 1]`.
 * @returns Derivatives across and down, `[B, H, W, 2]`.
 */
export function sobel(grey: Tensor): Tensor {
  return conv2d(grey, tensor(FILTERS, [3, 3, 1, 2]), undefined, { padding: 1 });
}

/**
 * Derivatives of every channel beside each other.
 *
 * @param images Images, `[B, H, W, C]`.
 * @returns `[B, H, W, 2 C]`.
 */
export function sobelOfChannels(images: Tensor): Tensor {
  return concat(Array.from({ length: images.shape[3]! }, (_, c) => sobel(channel(images, c))), 3);
}
