import type { NumericArray } from "../../core/mod.ts";
import type { ImageRegion } from "./image.ts";
import { readBlockRows } from "./tiff_block.ts";
import type { TiffFile } from "./tiff_directory.ts";
import { blockGrid, type TiffPage } from "./tiff_page.ts";

/** Where samples go: an array `[height, width, channels]` of which a page fills some channels. */
export interface RegionTarget {
  /** Values, channels last. */
  readonly data: NumericArray;
  /** Channels of the array. */
  readonly channels: number;
  /** Channel of the page's first sample. */
  readonly channel: number;
}

/**
 * Read a rectangle of a page, block by block.
 *
 * @param file The file.
 * @param page The page.
 * @param region Pixels of the page, all inside it.
 * @param target Where the samples go.
 * @throws {RangeError} If a block is damaged.
 */
export async function readPageRegion(
  file: TiffFile,
  page: TiffPage,
  region: ImageRegion,
  target: RegionTarget,
): Promise<void> {
  const { blockWidth, blockHeight } = page;
  const [across, down] = blockGrid(page);
  const [right, bottom] = [region.x + region.width, region.y + region.height];
  for (let plane = 0; plane < (page.planar ? page.samples : 1); plane++) {
    const to = { ...target, channel: target.channel + plane };
    for (let by = Math.floor(region.y / blockHeight); by * blockHeight < bottom; by++) {
      const top = by * blockHeight;
      const rows = page.tiled ? blockHeight : Math.min(blockHeight, page.height - top);
      const [from, until] = [Math.max(0, region.y - top), Math.min(rows, bottom - top)];
      for (let bx = Math.floor(region.x / blockWidth); bx * blockWidth < right; bx++) {
        const index = (plane * down + by) * across + bx;
        const values = await readBlockRows(file, page, index, rows, from, until);
        copyBlock(values, page, { left: bx * blockWidth, top: top + from, rows: until - from }, region, to);
      }
    }
  }
}

function copyBlock(
  values: NumericArray,
  page: TiffPage,
  block: { readonly left: number; readonly top: number; readonly rows: number },
  region: ImageRegion,
  { data, channels, channel }: RegionTarget,
): void {
  const samples = page.planar ? 1 : page.samples;
  const from = Math.max(0, region.x - block.left);
  const to = Math.min(page.blockWidth, region.x + region.width - block.left);
  for (let row = 0; row < block.rows; row++) {
    const source = row * page.blockWidth * samples;
    const start = ((block.top + row - region.y) * region.width + block.left - region.x) * channels + channel;
    if (samples === channels) {
      data.set(values.subarray(source + from * samples, source + to * samples), start + from * channels);
      continue;
    }
    for (let x = from; x < to; x++) {
      for (let s = 0; s < samples; s++) data[start + x * channels + s] = values[source + x * samples + s]!;
    }
  }
}
