import { type HostArray, hostArray, type NumericArray } from "../../../core/mod.ts";

/**
 * Reduce patches by averaging blocks of pixels.
 *
 * @param patches Patches, `[n, H, W, C]`, 0 to 255.
 * @param pixels Rows and columns wanted; patches that are smaller stay as they are.
 * @returns Patches, `[n, P, P, C]`, rounded.
 */
export function shrunkenPatches({ data, shape }: HostArray<NumericArray>, pixels: number): HostArray<Uint8Array> {
  const [count, height, width, colours] = shape as [number, number, number, number];
  const [rows, columns] = [Math.min(pixels, height), Math.min(pixels, width)];
  const out = new Uint8Array(count * rows * columns * colours);
  const edge = (i: number, from: number, to: number): number => Math.floor((i * from) / to);
  let at = 0;
  for (let image = 0; image < count; image++) {
    const start = image * height * width * colours;
    for (let row = 0; row < rows; row++) {
      const [top, bottom] = [edge(row, height, rows), edge(row + 1, height, rows)];
      for (let column = 0; column < columns; column++) {
        const [left, right] = [edge(column, width, columns), edge(column + 1, width, columns)];
        for (let colour = 0; colour < colours; colour++) {
          let sum = 0;
          for (let y = top; y < bottom; y++) {
            for (let x = left; x < right; x++) sum += data[start + (y * width + x) * colours + colour]!;
          }
          out[at++] = Math.round(sum / ((bottom - top) * (right - left)));
        }
      }
    }
  }
  return hostArray(out, [count, rows, columns, colours]);
}
