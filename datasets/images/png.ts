import { hostArray } from "../../core/mod.ts";
import { checkDecodable, imageError, type ImageSource } from "./image.ts";
import { wholeImage } from "./whole_image.ts";

/** Where the size stands in the header chunk, which is always the first. */
const SIZE_AT = 16;

/** Samples of fewer than 8 bits are packed into bytes, each row from a new byte on. */
function unpack(data: Uint8Array, width: number, height: number, depth: number): Uint8Array {
  const [rowBytes, mask] = [Math.ceil(width * depth / 8), 2 ** depth - 1];
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      samples[y * width + x] = data[y * rowBytes + (bit >> 3)]! >> (8 - depth - (bit & 7)) & mask;
    }
  }
  return samples;
}

function fromPalette(indices: Uint8Array, palette: readonly (readonly number[])[]): Uint8Array {
  const channels = palette[0]?.length ?? 3;
  const data = new Uint8Array(indices.length * channels);
  for (let i = 0; i < indices.length; i++) {
    const colour = palette[indices[i]!];
    if (colour === undefined) {
      throw new RangeError(`colour ${indices[i]} is not among the ${palette.length} of the palette`);
    }
    data.set(colour, i * channels);
  }
  return data;
}

/**
 * Read a PNG file: grey, colour or palette, 1 to 16 bits, interlaced or not.
 *
 * Colours of a palette are looked up and grey values of fewer than 8 bits spread over 0 to 255. The file is decoded as a
 * whole.
 *
 * @param path The file.
 * @returns The image.
 * @throws {DataError} If the file is damaged or has more than 2^27 pixels.
 */
export async function openPng(path: string): Promise<ImageSource> {
  const bytes = await Deno.readFile(path);
  if (bytes.length >= SIZE_AT + 8) {
    const header = new DataView(bytes.buffer, SIZE_AT);
    checkDecodable(path, header.getUint32(0), header.getUint32(4));
  }
  const { decode } = await import("fast-png");
  try {
    const { width, height, depth, channels, data, palette } = decode(bytes, { checkCrc: true });
    if (data instanceof Uint16Array) {
      return wholeImage(path, "png", hostArray(data, [height, width, channels]), "uint16");
    }
    const samples = depth < 8 ? unpack(Uint8Array.from(data), width, height, depth) : Uint8Array.from(data);
    const scale = palette === undefined ? 255 / (2 ** depth - 1) : 1;
    const values = palette === undefined
      ? (depth < 8 ? samples.map((value) => value * scale) : samples)
      : fromPalette(samples, palette);
    const last = values.length / (width * height);
    return wholeImage(path, "png", hostArray(values, [height, width, last]), "uint8");
  } catch (cause) {
    throw imageError(path, `${(cause as Error).message}, the PNG is damaged, copy it again`, cause);
  }
}
