import { fileURLToPath } from "node:url";
import { imageError, type ImageSource } from "./image.ts";

/** Formats by their first bytes. */
const SIGNATURES: readonly {
  readonly bytes: readonly number[];
  readonly open: (path: string) => Promise<ImageSource>;
}[] = [
  { bytes: [0x89, 0x50, 0x4e, 0x47], open: async (path) => (await import("./png.ts")).openPng(path) },
  { bytes: [0xff, 0xd8, 0xff], open: async (path) => (await import("./jpeg.ts")).openJpeg(path) },
  { bytes: [0x49, 0x49], open: async (path) => (await import("./tiff.ts")).openTiff(path) },
  { bytes: [0x4d, 0x4d], open: async (path) => (await import("./tiff.ts")).openTiff(path) },
  { bytes: [0x50, 0x4b, 0x03, 0x04], open: async (path) => (await import("./ome_zarr.ts")).openOmeZarr(path) },
];

async function firstBytes(path: string): Promise<Uint8Array | undefined> {
  try {
    using file = await Deno.open(path);
    if ((await file.stat()).isDirectory) return undefined;
    const bytes = new Uint8Array(8);
    const count = await file.read(bytes) ?? 0;
    return bytes.subarray(0, count);
  } catch (cause) {
    if (cause instanceof Deno.errors.IsADirectory) return undefined;
    const missing = cause instanceof Deno.errors.NotFound;
    throw imageError(path, missing ? "there is no such file, check the path" : (cause as Error).message, cause);
  }
}

/**
 * Open an image of any supported format, told by its content: TIFF, OME-TIFF, OME-Zarr, PNG or JPEG.
 *
 * @param location Path of a file or of an OME-Zarr folder or zip; of OME-Zarr also an http(s) address.
 * @returns The image.
 * @throws {DataError} If there is nothing, the format is not known, or the file is damaged.
 */
export async function openImage(location: string): Promise<ImageSource> {
  if (/^https?:/i.test(location)) return await (await import("./ome_zarr.ts")).openOmeZarr(location);
  const path = /^file:/i.test(location) ? fileURLToPath(location) : location;
  const found = await firstBytes(path);
  if (found === undefined) return await (await import("./ome_zarr.ts")).openOmeZarr(path);
  const format = SIGNATURES.find(({ bytes }) => bytes.every((byte, i) => found[i] === byte));
  if (format !== undefined) return await format.open(path);
  throw imageError(path, "its format is not known, expected TIFF, OME-TIFF, OME-Zarr, PNG or JPEG, convert it");
}
