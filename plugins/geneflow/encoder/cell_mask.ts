import { DataError, type HostArray, hostArray } from "../../../core/mod.ts";

/**
 * Mark the cells of images whose rows are padded to one length.
 *
 * @param counts Cells of each image.
 * @param length Rows per image, at least the largest count.
 * @returns 1 for cells, 0 for padding, `[B, C]`.
 * @throws {DataError} If an image has no cell, or more than rows.
 */
export function cellMask(counts: ArrayLike<number>, length: number): HostArray {
  const data = new Float32Array(counts.length * length);
  for (let image = 0; image < counts.length; image++) {
    const count = counts[image]!;
    if (!(Number.isInteger(count) && count >= 1 && count <= length)) {
      throw new DataError(`Cannot condition image ${image} on ${count} cells: expected 1 to ${length}`);
    }
    data.fill(1, image * length, image * length + count);
  }
  return hostArray(data, [counts.length, length]);
}
