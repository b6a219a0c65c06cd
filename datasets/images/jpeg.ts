import { hostArray, isMorphogenError } from "../../core/mod.ts";
import { checkDecodable, imageError, type ImageSource } from "./image.ts";
import { decodeJpeg, jpegHeader } from "./jpeg_pixels.ts";
import { wholeImage } from "./whole_image.ts";

/**
 * Read a JPEG file, grey or colour, baseline or progressive; it is decoded as a whole.
 *
 * @param path The file.
 * @returns The image.
 * @throws {DataError} If the file is damaged or has more than 2^27 pixels.
 */
export async function openJpeg(path: string): Promise<ImageSource> {
  const bytes = await Deno.readFile(path);
  try {
    const header = jpegHeader(bytes);
    checkDecodable(path, header.width, header.height);
    const { width, height, channels, data } = await decodeJpeg(bytes);
    return wholeImage(path, "jpeg", hostArray(data, [height, width, channels]), "uint8");
  } catch (cause) {
    if (isMorphogenError(cause)) throw cause;
    throw imageError(path, (cause as Error).message, cause);
  }
}
