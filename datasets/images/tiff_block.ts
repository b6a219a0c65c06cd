import type { NumericArray } from "../../core/mod.ts";
import { pixelArray } from "./image.ts";
import { decodeJpeg } from "./jpeg_pixels.ts";
import { readPart, type TiffFile } from "./tiff_directory.ts";
import { unpackLzw } from "./tiff_lzw.ts";
import { COMPRESSION, type TiffPage } from "./tiff_page.ts";

/** What has to be known to decode a block. */
interface BlockShape {
  /** Which block, for messages. */
  readonly index: number;
  /** Stored columns. */
  readonly width: number;
  /** Stored rows. */
  readonly height: number;
  /** Interleaved samples. */
  readonly samples: number;
}

/** Tells libjpeg whether three components are YCbCr or RGB, which TIFF says outside the stream. */
function colourMarker(photometric: number): Uint8Array {
  const adobe = [0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0];
  return Uint8Array.of(0xff, 0xee, 0, adobe.length + 3, ...adobe, photometric === 6 ? 1 : 0);
}

/** An abbreviated stream with the tables that it shares with the other blocks put back (TIFF technical note 2). */
function wholeStream(page: TiffPage, block: Uint8Array): Uint8Array {
  const tables = page.jpegTables?.subarray(2, -2) ?? new Uint8Array();
  const colour = page.planar || page.samples !== 3 ? new Uint8Array() : colourMarker(page.photometric);
  const stream = new Uint8Array(2 + colour.length + tables.length + block.length - 2);
  stream.set([0xff, 0xd8]);
  stream.set(colour, 2);
  stream.set(tables, 2 + colour.length);
  stream.set(block.subarray(2), 2 + colour.length + tables.length);
  return stream;
}

async function decodeJpegBlock(page: TiffPage, block: Uint8Array, shape: BlockShape): Promise<Uint8Array> {
  const { width, height, channels, data } = await decodeJpeg(wholeStream(page, block));
  if (width === shape.width && height === shape.height && channels === shape.samples) return data;
  const found = `${width} x ${height} pixels of ${channels} samples`;
  throw new RangeError(`it holds ${found}, expected ${shape.width} x ${shape.height} of ${shape.samples}`);
}

async function unpack(page: TiffPage, block: Uint8Array<ArrayBuffer>, length: number): Promise<Uint8Array> {
  if (page.compression === COMPRESSION.none) return block;
  if (page.compression === COMPRESSION.lzw) return unpackLzw(block, length);
  const { getDecoder } = await import("geotiff");
  // Differences are undone here, since geotiff 3.0.5 forgets that bytes may be swapped.
  const decoder = await getDecoder(page.compression, {
    tileWidth: page.blockWidth,
    tileHeight: page.blockHeight,
    predictor: 1,
    bitsPerSample: 8,
    planarConfiguration: 1,
  });
  return new Uint8Array(await decoder.decode(block.buffer));
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** TIFF technical note 3: bytes of equal weight stand together, highest first, as differences. */
function undoFloatDifferences(bytes: Uint8Array, { width, samples }: BlockShape, size: number): void {
  const row = width * samples * size;
  const values = width * samples;
  for (let start = 0; start < bytes.length; start += row) {
    for (let i = start + samples; i < start + row; i++) bytes[i]! += bytes[i - samples]!;
    const planes = bytes.slice(start, start + row);
    for (let i = 0; i < values; i++) {
      for (let b = 0; b < size; b++) bytes[start + i * size + size - 1 - b] = planes[b * values + i]!;
    }
  }
}

function undoDifferences(values: NumericArray, { width, samples }: BlockShape): void {
  const row = width * samples;
  for (let start = 0; start < values.length; start += row) {
    for (let i = start + samples; i < start + row; i++) values[i]! += values[i - samples]!;
  }
}

function valuesOf(file: TiffFile, page: TiffPage, bytes: Uint8Array, shape: BlockShape): NumericArray {
  const values = pixelArray(page.dtype, shape.width * shape.height * shape.samples);
  if (bytes.length < values.byteLength) {
    throw new RangeError(`it holds ${bytes.length} bytes, expected ${values.byteLength}`);
  }
  const raw = new Uint8Array(values.buffer);
  raw.set(bytes.subarray(0, raw.length));
  if (page.predictor === 3) {
    undoFloatDifferences(raw, shape, values.BYTES_PER_ELEMENT);
    return values;
  }
  if (!file.littleEndian && values.BYTES_PER_ELEMENT > 1) swapBytes(raw, values.BYTES_PER_ELEMENT);
  if (page.predictor === 2) undoDifferences(values, shape);
  return values;
}

/**
 * Read and decode rows of one block.
 *
 * @param file The file.
 * @param page The page.
 * @param index Which block.
 * @param rows Stored rows of the block, fewer than its height in the last strip.
 * @param from First row that is needed.
 * @param to Row after the last one that is needed.
 * @returns Values `[to - from, blockWidth, samples]`, one sample if each has blocks of its own.
 * @throws {RangeError} If the block is damaged.
 */
export async function readBlockRows(
  file: TiffFile,
  page: TiffPage,
  index: number,
  rows: number,
  from: number,
  to: number,
): Promise<NumericArray> {
  const samples = page.planar ? 1 : page.samples;
  const rowValues = page.blockWidth * samples;
  const [offset, stored] = [page.offsets[index]!, page.byteCounts[index]!];
  if (stored === 0) return pixelArray(page.dtype, (to - from) * rowValues);
  const what = `block ${index}`;
  const valueBytes = pixelArray(page.dtype, 0).BYTES_PER_ELEMENT;
  try {
    if (page.compression === COMPRESSION.none && page.predictor === 1) {
      // Strips without compression may be as long as the file.
      const rowBytes = rowValues * valueBytes;
      if (stored < rows * rowBytes) throw new RangeError(`it holds ${stored} bytes, expected ${rows * rowBytes}`);
      const bytes = await readPart(file, what, offset + from * rowBytes, (to - from) * rowBytes);
      return valuesOf(file, page, bytes, { index, width: page.blockWidth, height: to - from, samples });
    }
    const shape = { index, width: page.blockWidth, height: rows, samples };
    const packed = await readPart(file, what, offset, stored);
    if (page.compression === COMPRESSION.jpeg) {
      return (await decodeJpegBlock(page, packed, shape)).subarray(from * rowValues, to * rowValues);
    }
    const length = rows * rowValues * valueBytes;
    const values = valuesOf(file, page, await unpack(page, packed, length), shape);
    return values.subarray(from * rowValues, to * rowValues);
  } catch (cause) {
    throw new RangeError(`${what} cannot be decoded: ${(cause as Error).message ?? cause}`, { cause });
  }
}
