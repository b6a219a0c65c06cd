import { deflateSync } from "node:zlib";
import type { HostArray } from "../host_array.ts";
import { arrayDocument } from "./zarr_array_document.ts";
import { writeChunk } from "./zarr_chunks.ts";
import type { ZarrDocument } from "./zarr_metadata.ts";

/** Pixels on a side of a tile, which viewers fetch one by one. */
const TILE = 512;
const ZLIB_LEVEL = 6;

/** A channel's tile whose first pixel is named, at full size also where the image ends. */
function tileAt(
  { data, shape }: HostArray<Uint8Array>,
  [channel, top, left]: readonly [number, number, number],
  [rows, columns]: readonly [number, number],
): Uint8Array {
  const [height, width, channels] = shape as [number, number, number];
  const tile = new Uint8Array(rows * columns);
  for (let y = 0; y < Math.min(rows, height - top); y++) {
    for (let x = 0; x < Math.min(columns, width - left); x++) {
      tile[y * columns + x] = data[((top + y) * width + left + x) * channels + channel]!;
    }
  }
  return tile;
}

/**
 * The metadata document of an image as OME-Zarr 0.4 wants it: tiles in folders, which is what `"/"` makes of their
 * names. Compressed by zlib, since readers of images that know no zstd know that; its checksum tells damage as well.
 *
 * @param image Values of pixels; shape `[H, W, C]`.
 * @returns Content of `.zarray` for `[C, H, W]`.
 */
export function imageDocument({ shape }: HostArray<Uint8Array>): ZarrDocument {
  const [height, width, channels] = shape as [number, number, number];
  return {
    ...arrayDocument(2, "uint8", [channels, height, width], [1, Math.min(TILE, height), Math.min(TILE, width)]),
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
export async function writeTiles(folder: string, image: HostArray<Uint8Array>): Promise<void> {
  const [height, width, channels] = image.shape as [number, number, number];
  const [rows, columns] = [Math.min(TILE, height), Math.min(TILE, width)];
  for (let channel = 0; channel < channels; channel++) {
    for (let top = 0; top < height; top += rows) {
      for (let left = 0; left < width; left += columns) {
        const tile = deflateSync(tileAt(image, [channel, top, left], [rows, columns]), { level: ZLIB_LEVEL });
        await writeChunk(folder, [channel, top / rows, left / columns].join("/"), tile);
      }
    }
  }
}
