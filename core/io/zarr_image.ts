import { join } from "node:path";
import { deflateSync } from "node:zlib";
import type { HostArray } from "../host_array.ts";
import type { ZarrDocument } from "./zarr_metadata.ts";

/** Pixels on a side of a tile, which viewers fetch one by one. */
const TILE = 512;
const ZLIB_LEVEL = 6;

/**
 * The metadata document of an image as OME-Zarr 0.4 wants it: tiles in folders, which is what `"/"` makes of their
 * names. Compressed by zlib since viewers in Java know no zstd; its checksum tells damage as well.
 *
 * @param image Values of pixels; shape `[H, W, C]`.
 * @returns Content of `.zarray` for `[C, H, W]`.
 */
export function imageDocument({ shape }: HostArray<Uint8Array>): ZarrDocument {
  const [height, width, channels] = shape as [number, number, number];
  return {
    zarr_format: 2,
    shape: [channels, height, width],
    chunks: [1, Math.min(TILE, height), Math.min(TILE, width)],
    dtype: "|u1",
    fill_value: 0,
    order: "C",
    filters: null,
    compressor: { id: "zlib", level: ZLIB_LEVEL },
    dimension_separator: "/",
  };
}

/**
 * Write the tiles of an image.
 *
 * @param folder Folder of the array.
 * @param image Values of pixels; shape `[H, W, C]`.
 */
export async function writeTiles(folder: string, { data, shape }: HostArray<Uint8Array>): Promise<void> {
  const [height, width, channels] = shape as [number, number, number];
  const [rows, columns] = [Math.min(TILE, height), Math.min(TILE, width)];
  for (let channel = 0; channel < channels; channel++) {
    for (let top = 0; top < height; top += rows) {
      const row = join(folder, `${channel}`, `${top / rows}`);
      await Deno.mkdir(row, { recursive: true });
      for (let left = 0; left < width; left += columns) {
        // Tiles at the right and at the bottom are stored at full size.
        const tile = new Uint8Array(rows * columns);
        for (let y = top; y < Math.min(top + rows, height); y++) {
          for (let x = left; x < Math.min(left + columns, width); x++) {
            tile[(y - top) * columns + x - left] = data[(y * width + x) * channels + channel]!;
          }
        }
        await Deno.writeFile(join(row, `${left / columns}`), deflateSync(tile, { level: ZLIB_LEVEL }));
      }
    }
  }
}
