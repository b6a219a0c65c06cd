/** How windows are laid along an axis. */
export interface WindowOptions {
  /** Pixels of a window. */
  readonly size: number;
  /** Pixels from one window to the next. */
  readonly stride: number;
  /** Whether a last window is flush with the end where the others leave something over (GeneFlow); HEST leaves it out. */
  readonly last: boolean;
}

/**
 * First pixels of windows that slide along an axis of an image.
 *
 * @param length Pixels of the axis.
 * @param options Size, stride and what happens at the end.
 * @returns First pixels in order; none if the axis is shorter than a window.
 */
export function windowStarts(length: number, { size, stride, last }: WindowOptions): readonly number[] {
  if (length < size) return [];
  const count = Math.floor((length - size) / stride) + 1;
  const starts = Array.from({ length: count }, (_, i) => i * stride);
  return last && starts.at(-1)! < length - size ? [...starts, length - size] : starts;
}

/**
 * First pixel of a window around a place. It is rounded down on both sides of 0, so that each window has its full size;
 * GeneFlow's program rounds towards 0 and gets windows that are a pixel too narrow at the left and upper border.
 *
 * @param centre Place in pixels; pixel j covers [j, j + 1).
 * @param size Pixels of the window.
 * @returns First pixel, which may lie outside the image.
 */
export function windowAround(centre: number, size: number): number {
  return Math.floor(centre - size / 2);
}
