import type { PixelType } from "./image.ts";
import { type TagName, tagText, type TiffDirectory, type TiffFile } from "./tiff_directory.ts";

/** One page: an image of one resolution with one or more samples per pixel. */
export interface TiffPage {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Samples per pixel. */
  readonly samples: number;
  /** Type of the samples. */
  readonly dtype: PixelType;
  /** Code of the compression. */
  readonly compression: number;
  /** Code of the colour space. */
  readonly photometric: number;
  /** Whether each sample has blocks of its own. */
  readonly planar: boolean;
  /** Code of the difference that was taken before compression; 1 is none. */
  readonly predictor: number;
  /** Whether blocks are tiles, which are stored at full size also at the border, or strips. */
  readonly tiled: boolean;
  /** Columns of a block. */
  readonly blockWidth: number;
  /** Rows of a block. */
  readonly blockHeight: number;
  /** Position of each block. */
  readonly offsets: ArrayLike<number>;
  /** Stored bytes of each block; 0 for one that was left out and holds zeros. */
  readonly byteCounts: ArrayLike<number>;
  /** Tables that all JPEG blocks share. */
  readonly jpegTables: Uint8Array | undefined;
  /** Positions of the directories of lower resolutions. */
  readonly subDirectories: readonly number[];
  /** Free text, in which OME-XML stands. */
  readonly description: string;
  /** Pixels per unit along x and along y, and the unit: 2 inch, 3 centimetre. */
  readonly resolution: { readonly x: number; readonly y: number; readonly unit: number } | undefined;
}

/** Codes of the compressions that are read. */
export const COMPRESSION = { none: 1, lzw: 5, jpeg: 7, deflate: 8, oldDeflate: 32946, packBits: 32773, zstd: 50000 };

/** Names of others, for messages. */
const UNSUPPORTED: Readonly<Record<number, string>> = {
  2: "CCITT",
  3: "CCITT fax 3",
  4: "CCITT fax 4",
  6: "old-style JPEG",
  33003: "JPEG 2000 (Aperio, YCbCr)",
  33005: "JPEG 2000 (Aperio, RGB)",
  34712: "JPEG 2000",
  34887: "LERC",
  34925: "LZMA",
  50001: "WebP",
  50002: "JPEG XL",
};

const COLOUR_SPACES: Readonly<Record<number, string>> = {
  0: "white is zero",
  3: "palette",
  4: "mask",
  5: "CMYK",
  8: "CIE L*a*b*",
};

/** Types by sample format (1 unsigned, 2 signed, 3 floating point) and bits. */
const TYPES: Readonly<Record<string, PixelType>> = {
  "1/8": "uint8",
  "1/16": "uint16",
  "1/32": "uint32",
  "2/8": "int8",
  "2/16": "int16",
  "2/32": "int32",
  "3/32": "float32",
  "3/64": "float64",
};

function pixelType(bits: ArrayLike<number>, formats: ArrayLike<number>): PixelType {
  const found = new Set(Array.from(bits, (value, i) => `${formats[i] ?? formats[0] ?? 1}/${value}`));
  const type = found.size === 1 ? TYPES[[...found][0]!] : undefined;
  if (type !== undefined) return type;
  const text = Array.from(bits).join(", ");
  throw new RangeError(`it has samples of ${text} bits, expected 8, 16 or 32 for all, convert it to one of these`);
}

function checkCoding(compression: number, photometric: number, predictor: number): void {
  const fix = "store it with LZW, deflate, zstd or JPEG";
  if (!Object.values(COMPRESSION).includes(compression)) {
    const name = UNSUPPORTED[compression] ?? "unknown";
    throw new RangeError(`its compression ${compression} (${name}) is not supported, ${fix}`);
  }
  const space = COLOUR_SPACES[photometric];
  if (space !== undefined) {
    throw new RangeError(`its colour space ${photometric} (${space}) is not supported, convert it to grey or RGB`);
  }
  if (photometric === 6 && compression !== COMPRESSION.jpeg) {
    throw new RangeError("its colour space YCbCr is supported in JPEG blocks only, convert it to RGB");
  }
  if (![1, 2, 3].includes(predictor)) throw new RangeError(`its predictor ${predictor} is not supported, ${fix}`);
}

/**
 * Check a directory and take from it what reading pixels needs.
 *
 * @param file The file.
 * @param directory The directory.
 * @returns The page.
 * @throws {RangeError} If tags are missing or contradict each other, the coding is not supported, or blocks lie beyond
 * the end of the file.
 */
export function tiffPage(file: TiffFile, directory: TiffDirectory): TiffPage {
  const { tags } = directory;
  const number = (name: TagName, otherwise?: number): number => {
    const value = tags.get(name)?.[0] ?? otherwise;
    if (value === undefined) throw new RangeError(`it lacks the tag ${name}, the TIFF is damaged, copy it again`);
    return value;
  };
  const [width, height, samples] = [number("width"), number("height"), number("samplesPerPixel", 1)];
  const [compression, photometric] = [number("compression", 1), number("photometric", 1)];
  const predictor = number("predictor", 1);
  checkCoding(compression, photometric, predictor);
  if (predictor === 3 && !file.littleEndian) {
    // LibTIFF writes the bytes in the other order than technical note 3 says, so nobody can tell.
    throw new RangeError(
      "its floating-point differences are big-endian, which programs take in two ways, store it again",
    );
  }
  const tiled = tags.has("tileOffsets");
  const blockWidth = tiled ? number("tileWidth") : width;
  const blockHeight = tiled ? number("tileHeight") : Math.min(number("rowsPerStrip", height), height);
  if (!(width > 0 && height > 0 && samples > 0 && blockWidth > 0 && blockHeight > 0)) {
    throw new RangeError(
      `it has ${width} x ${height} pixels in blocks of ${blockWidth} x ${blockHeight}, copy it again`,
    );
  }
  const page: TiffPage = {
    width,
    height,
    samples,
    dtype: pixelType(tags.get("bitsPerSample") ?? [1], tags.get("sampleFormat") ?? [1]),
    compression,
    photometric,
    planar: number("planarConfiguration", 1) === 2 && samples > 1,
    predictor,
    tiled,
    blockWidth,
    blockHeight,
    offsets: tags.get(tiled ? "tileOffsets" : "stripOffsets") ?? [],
    byteCounts: tags.get(tiled ? "tileByteCounts" : "stripByteCounts") ?? [],
    jpegTables: tags.has("jpegTables") ? Uint8Array.from(tags.get("jpegTables")!) : undefined,
    subDirectories: Array.from(tags.get("subDirectories") ?? []),
    description: tagText(directory, "description"),
    resolution: tags.has("xResolution") && tags.has("yResolution")
      ? { x: number("xResolution"), y: number("yResolution"), unit: number("resolutionUnit", 2) }
      : undefined,
  };
  checkBlocks(file, page);
  return page;
}

/**
 * Count the blocks of one plane.
 *
 * @param page The page.
 * @returns Blocks along x and along y.
 */
export function blockGrid(page: TiffPage): readonly [across: number, down: number] {
  return [Math.ceil(page.width / page.blockWidth), Math.ceil(page.height / page.blockHeight)];
}

function checkBlocks({ size }: TiffFile, page: TiffPage): void {
  const [across, down] = blockGrid(page);
  const count = across * down * (page.planar ? page.samples : 1);
  const { offsets, byteCounts } = page;
  if (offsets.length !== count || byteCounts.length !== count) {
    const found = `${offsets.length} positions and ${byteCounts.length} lengths of blocks`;
    throw new RangeError(`it has ${found}, expected ${count} of each, the TIFF is damaged, copy it again`);
  }
  for (let i = 0; i < count; i++) {
    const end = offsets[i]! + byteCounts[i]!;
    if (end <= size) continue;
    throw new RangeError(
      `block ${i} ends at byte ${end} and the file at ${size}, the TIFF is truncated, copy it again`,
    );
  }
}
