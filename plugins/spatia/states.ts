import {
  concatRows,
  type Data,
  type HostArray,
  hostArray,
  readImages,
  type RowAddress,
  takeRows,
} from "../../core/mod.ts";
import { cropsAtOnce } from "./cells.ts";
import type { Endpoints } from "./endpoints.ts";

/** States of cells, with their crops flipped. */
export interface StateReader {
  /**
   * Read states.
   *
   * @param cells Numbers of the cells.
   * @param ways How each crop is flipped: bit 0 swaps left and right, bit 1 top and bottom.
   * @returns States, `[n, ...]`.
   */
  read(cells: ArrayLike<number>, ways: ArrayLike<number>): Promise<HostArray>;
}

/** All ways to flip a crop. */
export const FLIPS: readonly number[] = [0, 1, 2, 3];

/**
 * Mirror images.
 *
 * @param images Images, `[n, H, W, C]`.
 * @param ways Per image: bit 0 swaps left and right, bit 1 top and bottom.
 * @returns New images.
 */
export function flipImages({ data, shape }: HostArray, ways: ArrayLike<number>): HostArray {
  const [count, height, width, channels] = shape as [number, number, number, number];
  const out = new Float32Array(data.length);
  for (let i = 0; i < count; i++) {
    const way = ways[i]!;
    for (let row = 0; row < height; row++) {
      const fromRow = (way & 2) === 0 ? row : height - 1 - row;
      for (let column = 0; column < width; column++) {
        const fromColumn = (way & 1) === 0 ? column : width - 1 - column;
        const [to, from] = [(i * height + row) * width + column, (i * height + fromRow) * width + fromColumn];
        for (let c = 0; c < channels; c++) out[to * channels + c] = data[from * channels + c]!;
      }
    }
  }
  return hostArray(out, shape);
}

/**
 * Reads crops when their states are asked for, for states as large as crops.
 *
 * @param data The data set.
 * @param rows The cells.
 * @param endpoints How crops become states.
 * @returns The reader.
 */
export function crops(data: Data, rows: readonly RowAddress[], endpoints: Endpoints): StateReader {
  return {
    async read(cells: ArrayLike<number>, ways: ArrayLike<number>): Promise<HostArray> {
      const images = await readImages(data, Array.from(cells, (cell) => rows[cell]!));
      return endpoints.encode(flipImages(images, ways));
    },
  };
}

/** Most crops that are read at a time. */
const CHUNK = 1024;

/**
 * Encodes all cells once, for states that are small: encoding takes longer than a training step.
 *
 * @param data The data set.
 * @param rows The cells.
 * @param endpoints How crops become states.
 * @param flips Whether flipped crops are asked for, or only crops as they are.
 * @returns The reader.
 */
export async function encodedCrops(
  data: Data,
  rows: readonly RowAddress[],
  endpoints: Endpoints,
  flips: boolean,
): Promise<StateReader> {
  const ways = flips ? FLIPS : [0];
  const parts: HostArray[][] = ways.map(() => []);
  const step = cropsAtOnce(data.spec.parts["img"]!.shape, CHUNK);
  for (let first = 0; first < rows.length; first += step) {
    const images = await readImages(data, rows.slice(first, first + step));
    for (const way of ways) {
      parts[way]!.push(endpoints.encode(flipImages(images, new Uint8Array(images.shape[0]!).fill(way))));
    }
  }
  const all = concatRows(parts.flat());
  return {
    read: (cells: ArrayLike<number>, way: ArrayLike<number>): Promise<HostArray> =>
      Promise.resolve(takeRows(all, Int32Array.from(cells, (cell, i) => way[i]! * rows.length + cell))),
  };
}
