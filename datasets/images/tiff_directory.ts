import { readFileRange } from "../../core/io/zarr_folder_store.ts";

/** Tags that are read; others, colour profiles among them, stay on disk. */
export const TAG = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  description: 270,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  xResolution: 282,
  yResolution: 283,
  planarConfiguration: 284,
  resolutionUnit: 296,
  predictor: 317,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  subDirectories: 330,
  sampleFormat: 339,
  jpegTables: 347,
} as const;

/** Name of a tag that is read. */
export type TagName = keyof typeof TAG;

const NAMES: ReadonlyMap<number, TagName> = new Map(
  (Object.keys(TAG) as TagName[]).map((name) => [TAG[name], name]),
);

/** One image file directory: the tags of one page. */
export interface TiffDirectory {
  /** Values by tag; rationals as quotients, text as its bytes. */
  readonly tags: ReadonlyMap<TagName, ArrayLike<number>>;
  /** Position of the next page's directory; 0 after the last. */
  readonly next: number;
}

/** A TIFF file as its header describes it. */
export interface TiffFile {
  /** Path of the file. */
  readonly path: string;
  /** Length in bytes. */
  readonly size: number;
  /** Whether numbers have their low byte first. */
  readonly littleEndian: boolean;
  /** Whether positions have 64 bits (BigTIFF). */
  readonly big: boolean;
  /** Position of the first directory. */
  readonly first: number;
}

/** Bytes per value, by field type (TIFF 6.0, section 2; 13 and 16 to 18 from BigTIFF). */
const TYPE_BYTES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};

/**
 * Read a part of a file that must be there.
 *
 * @param file The file.
 * @param what What the part is, for the message.
 * @param offset First byte.
 * @param length Number of bytes.
 * @returns The bytes.
 * @throws {RangeError} If the file ends before.
 */
export async function readPart(
  file: Pick<TiffFile, "path" | "size">,
  what: string,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!(offset + length <= file.size)) {
    const end = `${what} ends at byte ${offset + length} and the file at ${file.size}`;
    throw new RangeError(`${end}, the TIFF is truncated or damaged, copy it again`);
  }
  return await readFileRange(file.path, { offset, length });
}

/**
 * Read the header of a TIFF or BigTIFF file.
 *
 * @param path The file.
 * @returns What the header says.
 * @throws {RangeError} If it is no TIFF or is truncated.
 */
export async function readTiffHeader(path: string): Promise<TiffFile> {
  const { size } = await Deno.stat(path);
  const bytes = await readPart({ path, size }, "the header", 0, 8);
  const order = String.fromCharCode(bytes[0]!, bytes[1]!);
  if (order !== "II" && order !== "MM") throw new RangeError("it does not begin as a TIFF does, give a TIFF file");
  const littleEndian = order === "II";
  const version = new DataView(bytes.buffer).getUint16(2, littleEndian);
  if (version === 42) {
    return { path, size, littleEndian, big: false, first: new DataView(bytes.buffer).getUint32(4, littleEndian) };
  }
  if (version !== 43) throw new RangeError(`it has TIFF version ${version}, expected 42 or 43, store it again`);
  const rest = new DataView((await readPart({ path, size }, "the header", 8, 8)).buffer);
  return { path, size, littleEndian, big: true, first: Number(rest.getBigUint64(0, littleEndian)) };
}

function readValue(view: DataView, at: number, type: number, little: boolean): number {
  switch (type) {
    case 3:
      return view.getUint16(at, little);
    case 4:
    case 13:
      return view.getUint32(at, little);
    case 5:
      return view.getUint32(at, little) / view.getUint32(at + 4, little);
    case 6:
      return view.getInt8(at);
    case 8:
      return view.getInt16(at, little);
    case 9:
      return view.getInt32(at, little);
    case 10:
      return view.getInt32(at, little) / view.getInt32(at + 4, little);
    case 11:
      return view.getFloat32(at, little);
    case 12:
      return view.getFloat64(at, little);
    case 16:
    case 18:
      return Number(view.getBigUint64(at, little));
    case 17:
      return Number(view.getBigInt64(at, little));
    default:
      return view.getUint8(at);
  }
}

/**
 * Read a directory.
 *
 * The one of geotiff 3.0.5 takes long arrays of big-endian files for little-endian and does not follow sub-directories.
 *
 * @param file The file.
 * @param offset Position of the directory.
 * @returns Its tags.
 * @throws {RangeError} If the file ends before the directory or a value does.
 */
export async function readDirectory(file: TiffFile, offset: number): Promise<TiffDirectory> {
  const { big, littleEndian } = file;
  const [countBytes, entryBytes, offsetBytes] = big ? [8, 20, 8] : [2, 12, 4];
  const what = `the directory at byte ${offset}`;
  const head = new DataView((await readPart(file, what, offset, countBytes)).buffer);
  const count = big ? Number(head.getBigUint64(0, littleEndian)) : head.getUint16(0, littleEndian);
  const table = await readPart(file, what, offset + countBytes, count * entryBytes + offsetBytes);
  const view = new DataView(table.buffer);
  const readOffset = (at: number): number => readValue(view, at, big ? 16 : 4, littleEndian);
  const tags = new Map<TagName, ArrayLike<number>>();
  for (let entry = 0; entry < count; entry++) {
    const at = entry * entryBytes;
    const name = NAMES.get(view.getUint16(at, littleEndian));
    const type = view.getUint16(at + 2, littleEndian);
    const size = TYPE_BYTES[type];
    if (name === undefined || size === undefined) continue;
    const values = readOffset(at + 4);
    const inline = at + 4 + offsetBytes;
    const fits = values * size <= offsetBytes;
    const bytes = fits
      ? table.slice(inline, inline + values * size)
      : await readPart(file, `tag ${name} of ${what}`, readOffset(inline), values * size);
    const source = new DataView(bytes.buffer);
    const numbers = size === 1 && type !== 6
      ? bytes
      : Float64Array.from({ length: values }, (_, i) => readValue(source, i * size, type, littleEndian));
    tags.set(name, numbers);
  }
  return { tags, next: readOffset(count * entryBytes) };
}

/**
 * Read all directories of the main chain.
 *
 * @param file The file.
 * @returns Directories in order.
 * @throws {RangeError} If one is damaged or the chain runs in a circle.
 */
export async function readDirectories(file: TiffFile): Promise<readonly TiffDirectory[]> {
  const seen = new Set<number>();
  const directories: TiffDirectory[] = [];
  for (let offset = file.first; offset !== 0;) {
    if (seen.has(offset)) throw new RangeError("its directories run in a circle, the TIFF is damaged, copy it again");
    seen.add(offset);
    const directory = await readDirectory(file, offset);
    directories.push(directory);
    offset = directory.next;
  }
  if (directories.length === 0) throw new RangeError("it has no page, the TIFF is damaged, copy it again");
  return directories;
}

/**
 * Take the text of a tag.
 *
 * @param directory The directory.
 * @param name The tag.
 * @returns The text up to its closing zero; empty if there is none.
 */
export function tagText(directory: TiffDirectory, name: TagName): string {
  const bytes = Uint8Array.from(directory.tags.get(name) ?? []);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
