import { type HostArray, hostArray, type NumericArray } from "../../core/mod.ts";
import { imageError, type ImageLevel, type ImageRegion, type ImageSource, levelFor, pixelArray } from "./image.ts";
import { readTiffHeader, type TiffFile } from "./tiff_directory.ts";
import { type TiffLayout, tiffLayout } from "./tiff_layout.ts";
import { COMPRESSION, type TiffPage } from "./tiff_page.ts";
import { readPageRegion } from "./tiff_region.ts";

function levelOf(page: TiffPage, first: TiffPage): ImageLevel {
  const { width, height, compression, predictor, tiled } = page;
  // Rows of a strip without compression can be read one by one.
  const byRow = !tiled && compression === COMPRESSION.none && predictor === 1;
  return {
    width,
    height,
    downsample: [first.width / width, first.height / height],
    block: [page.blockWidth, byRow ? 1 : page.blockHeight],
  };
}

async function openLayout(path: string): Promise<{ readonly file: TiffFile; readonly layout: TiffLayout }> {
  try {
    const file = await readTiffHeader(path);
    return { file, layout: await tiffLayout(file) };
  } catch (cause) {
    throw imageError(path, (cause as Error).message, cause);
  }
}

/**
 * Open a TIFF, BigTIFF or OME-TIFF file; regions are read block by block.
 *
 * Read are tiles and strips, interleaved or planar samples of 8 to 64 bits in either byte order, without compression or
 * with LZW, deflate, PackBits, zstd or JPEG, and pyramids in sub-directories or further pages.
 *
 * @param path The file.
 * @returns The image.
 * @throws {DataError} If the file is damaged, truncated or coded in a way that is not supported.
 */
export async function openTiff(path: string): Promise<ImageSource> {
  const { file, layout } = await openLayout(path);
  const { channels, micronsPerPixel, ome } = layout;
  const first = layout.levels[0]![0]!;
  const levels = layout.levels.map(([page]) => levelOf(page!, first));
  const read = async (region: ImageRegion, level: number): Promise<HostArray<NumericArray>> => {
    levelFor({ name: path, levels }, region, level);
    const data = pixelArray(first.dtype, region.width * region.height * channels.length);
    try {
      let channel = 0;
      for (const page of layout.levels[level]!) {
        await readPageRegion(file, page, region, { data, channels: channels.length, channel });
        channel += page.samples;
      }
    } catch (cause) {
      throw imageError(path, (cause as Error).message, cause);
    }
    return hostArray(data, [region.height, region.width, channels.length]);
  };
  return Object.freeze({
    name: path,
    format: ome ? "ome-tiff" as const : "tiff" as const,
    shape: [first.height, first.width, channels.length] as const,
    dtype: first.dtype,
    channels,
    levels,
    read,
    ...(micronsPerPixel !== undefined && { micronsPerPixel }),
  });
}
