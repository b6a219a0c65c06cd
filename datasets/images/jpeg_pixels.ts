/** An uncompressed JPEG image. */
export interface JpegPixels {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3;
  /** Values `[height, width, channels]`. */
  readonly data: Uint8Array;
}

/** Size and number of components of a JPEG stream. */
export interface JpegHeader {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Number of components: 1 grey, 3 colour, 4 print colours. */
  readonly components: number;
}

const START_OF_SCAN = 0xda;

/** Frames that libjpeg decodes: baseline, extended and progressive, with Huffman coding. */
const FRAMES: readonly number[] = [0xc0, 0xc1, 0xc2];

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** The last end marker; entropy-coded data never hold one, earlier ones belong to thumbnails. */
function endOfImage(bytes: Uint8Array): number {
  for (let i = bytes.length - 2; i >= 0; i--) {
    if (bytes[i] === 0xff && bytes[i + 1] === 0xd9) return i;
  }
  return -1;
}

/**
 * Read the header of a JPEG stream.
 *
 * @param bytes The stream.
 * @returns Size and number of components.
 * @throws {RangeError} If the stream is none, is coded in a way that libjpeg does not read, or lacks its end.
 */
export function jpegHeader(bytes: Uint8Array): JpegHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: JpegHeader | undefined;
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (isFrame(marker) && at + 10 <= bytes.length) {
      const precision = bytes[at + 4]!;
      if (!FRAMES.includes(marker) || precision !== 8) {
        const coding = `frame type ${(marker - 0xc0).toString()} with ${precision} bits`;
        throw new RangeError(`the JPEG has ${coding}, expected baseline or progressive with 8, store it again`);
      }
      header = { height: view.getUint16(at + 5), width: view.getUint16(at + 7), components: bytes[at + 9]! };
    }
    if (marker === START_OF_SCAN && header !== undefined) {
      if (endOfImage(bytes) > at) return header;
      throw new RangeError("the JPEG ends before its end marker, it is truncated, copy it again");
    }
    at += 2 + view.getUint16(at + 2);
  }
  throw new RangeError("the JPEG has no complete header, it is damaged, copy it again");
}

/**
 * Decode a JPEG stream by libjpeg's own code, so that pixels are those of other programs.
 *
 * @param bytes The stream.
 * @returns Grey or RGB pixels; an orientation in the metadata is not applied.
 * @throws {RangeError} If the stream is damaged, truncated or has four components.
 */
export async function decodeJpeg(bytes: Uint8Array): Promise<JpegPixels> {
  const { width, height, components } = jpegHeader(bytes);
  if (components !== 1 && components !== 3) {
    throw new RangeError(`the JPEG has ${components} components, expected 1 or 3, convert it to RGB`);
  }
  const { default: decode } = await import("@jsquash/jpeg/decode");
  // The decoder takes whole buffers.
  const { data } = await decode(bytes.slice().buffer);
  const pixels = new Uint8Array(width * height * components);
  if (data.length !== width * height * 4) throw new RangeError("the JPEG is damaged, copy it again");
  for (let i = 0, at = 0; i < data.length; i += 4) {
    for (let c = 0; c < components; c++) pixels[at++] = data[i + c]!;
  }
  return { width, height, channels: components, data: pixels };
}
