import type { NumericArray } from "../../../core/mod.ts";

/** A square of an image, one plane per channel, 0 to 1. */
export interface Window {
  /** Rows and columns. */
  readonly size: number;
  /** Red, green and blue, row-major. */
  readonly planes: readonly [Float32Array, Float32Array, Float32Array];
}

/**
 * Cut the middle of a patch.
 *
 * @param data Pixels `[..., H, W, 3]`, 0 to 255.
 * @param offset Where the patch starts in `data`.
 * @param side Rows and columns of the patch.
 * @param share Share of the side that is kept.
 * @returns The window.
 */
export function middleOf(data: NumericArray, offset: number, side: number, share: number): Window {
  const size = Math.max(1, Math.round(side * share));
  const first = (side - size) >> 1;
  const planes = [0, 1, 2].map((channel) => {
    const plane = new Float32Array(size * size);
    for (let row = 0, to = 0; row < size; row++) {
      let from = offset + 3 * ((first + row) * side + first) + channel;
      for (let column = 0; column < size; column++, to++, from += 3) plane[to] = data[from]! / 255;
    }
    return plane;
  });
  return { size, planes: planes as [Float32Array, Float32Array, Float32Array] };
}

/**
 * Average blocks of pixels.
 *
 * @param plane One channel, row-major.
 * @param size Rows and columns.
 * @param target Rows and columns of the result, at most `size`; blocks share pixels where it does not divide.
 * @returns The smaller plane.
 */
export function shrink(plane: Float32Array, size: number, target: number): Float32Array {
  const out = new Float32Array(target * target);
  const edge = (i: number): number => Math.floor((i * size) / target);
  for (let row = 0; row < target; row++) {
    const [top, bottom] = [edge(row), Math.max(edge(row) + 1, edge(row + 1))];
    for (let column = 0; column < target; column++) {
      const [left, right] = [edge(column), Math.max(edge(column) + 1, edge(column + 1))];
      let sum = 0;
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += plane[y * size + x]!;
      out[row * target + column] = sum / ((bottom - top) * (right - left));
    }
  }
  return out;
}
