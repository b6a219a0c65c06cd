import type ZipFileStore from "@zarrita/storage/zip";
import { crc32, inflateRawSync } from "node:zlib";
import type { RangeQuery } from "zarrita";
import { cutRange } from "./byte_range.ts";

/** Random access to the bytes of a zip file. */
export interface ZipSource {
  /**
   * Find its length.
   *
   * @returns Bytes.
   */
  getLength(): Promise<number>;
  /**
   * Read a part.
   *
   * @param offset First byte.
   * @param length Number of bytes.
   * @returns The bytes; fewer where the file ends.
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

type Options = NonNullable<ConstructorParameters<typeof ZipFileStore>[1]>;

/** Entries of a zip file by name, as the library reads them from its directory. */
export type ZipEntries = Parameters<NonNullable<Options["transformEntries"]>>[0];

/** Where the lengths of the name and of what follows it stand in the header before an entry (APPNOTE.TXT, 4.3.7). */
const LOCAL_HEADER = { bytes: 30, mark: 0x04034b50, nameAt: 26, extraAt: 28 } as const;

const [STORED, DEFLATED] = [0, 8];

/** What an entry may unpack to: what buffers and codecs of Zarr can hold. */
const LARGEST = 2 ** 31 - 1;

async function dataStart(source: ZipSource, offset: number): Promise<number> {
  const bytes = await source.read(offset, LOCAL_HEADER.bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < LOCAL_HEADER.bytes || view.getUint32(0, true) !== LOCAL_HEADER.mark) {
    throw new RangeError("there is no entry where the directory of the zip file says, it is damaged");
  }
  const lengths = view.getUint16(LOCAL_HEADER.nameAt, true) + view.getUint16(LOCAL_HEADER.extraAt, true);
  return offset + LOCAL_HEADER.bytes + lengths;
}

/**
 * Read an entry of a zip file, and trust nothing that it says of itself: what unpacks to more than it declares, as bombs
 * do, is refused once it has that size, and what does not have its checksum is damaged.
 *
 * @param source Bytes of the zip file.
 * @param entry The entry.
 * @returns Its content.
 * @throws {RangeError} If the entry is damaged, too large, or compressed in another way than by deflate.
 */
export async function readZipEntry(source: ZipSource, entry: ZipEntries[string]): Promise<Uint8Array<ArrayBuffer>> {
  const { size, compressedSize, compressionMethod: method, encrypted } = entry;
  if (encrypted) throw new RangeError("it is encrypted, unpack the zip file first");
  if (method !== STORED && method !== DEFLATED) {
    throw new RangeError(`it is compressed by method ${method} of zip, expected none or deflate`);
  }
  if (size > LARGEST || compressedSize > LARGEST) {
    throw new RangeError(`it takes ${Math.max(size, compressedSize)} bytes, expected at most ${LARGEST}`);
  }
  const { relativeOffsetOfLocalHeader: offset, crc32: checksum } = entry["_rawEntry"];
  const packed = await source.read(await dataStart(source, offset), compressedSize);
  if (packed.length < compressedSize) throw new RangeError("the zip file is truncated");
  const content = method === STORED ? packed : inflate(packed, size);
  if (content.length !== size) throw new RangeError(`it unpacks to ${content.length} bytes, expected ${size}`);
  if (crc32(content) !== checksum) throw new RangeError("its checksum is wrong, the zip file is damaged");
  return content;
}

function inflate(packed: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(inflateRawSync(packed, { maxOutputLength: Math.max(1, size) }));
  } catch (cause) {
    const tooLarge = (cause as { readonly code?: string }).code === "ERR_BUFFER_TOO_LARGE";
    const problem = tooLarge ? `it unpacks to more than the ${size} bytes that it declares` : (cause as Error).message;
    throw new RangeError(problem, { cause });
  }
}

/**
 * Read a part of an entry of a zip file; only that part where the entry is not compressed.
 *
 * @param source Bytes of the zip file.
 * @param entry The entry.
 * @param range Offset and length, or number of last bytes; cut at the ends of the entry.
 * @returns The bytes.
 * @throws {RangeError} As {@linkcode readZipEntry}.
 */
export async function readZipRange(
  source: ZipSource,
  entry: ZipEntries[string],
  range: RangeQuery,
): Promise<Uint8Array> {
  const { size, compressionMethod: method } = entry;
  if (method !== STORED) return cutRange(await readZipEntry(source, entry), range);
  const from = "suffixLength" in range ? Math.max(0, size - range.suffixLength) : Math.min(size, range.offset);
  const to = "suffixLength" in range ? size : Math.min(size, range.offset + range.length);
  return await source.read(await dataStart(source, entry["_rawEntry"].relativeOffsetOfLocalHeader) + from, to - from);
}
