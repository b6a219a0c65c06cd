import { zstdDecompressSync } from "node:zlib";

/** First bytes of a frame, read as a little-endian integer. */
const MAGIC = 0xfd2fb528;

/** Type 1 is one byte, repeated; type 3 is reserved. */
const [REPEATED, RESERVED] = [1, 3];

/** What stands around the blocks of a frame. */
interface Header {
  /** Bytes before the first block. */
  readonly length: number;
  /** Size of the decoded content; undefined where the frame does not say. */
  readonly content: number | undefined;
  /** Whether a checksum of the content follows the last block. */
  readonly checksum: boolean;
}

/** RFC 8878, section 3.1.1.1; undefined for what is no frame or needs a dictionary. */
function headerOf(view: DataView): Header | undefined {
  if (view.byteLength < 6 || view.getUint32(0, true) !== MAGIC) return undefined;
  const descriptor = view.getUint8(4);
  const single = (descriptor & 0x20) !== 0;
  if ((descriptor & 0x03) !== 0) return undefined;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const at = single ? 5 : 6;
  const length = at + sizeBytes;
  if (length > view.byteLength) return undefined;
  return { length, content: contentSize(view, at, sizeBytes), checksum: (descriptor & 0x04) !== 0 };
}

function contentSize(view: DataView, at: number, bytes: number): number | undefined {
  switch (bytes) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at, true) + 256;
    case 4:
      return view.getUint32(at, true);
    case 8:
      return Number(view.getBigUint64(at, true));
    default:
      return undefined;
  }
}

/** Section 3.1.1.2: where the last block ends; undefined if the buffer ends before. */
function endOfBlocks(view: DataView, start: number): number | undefined {
  for (let at = start; at + 3 <= view.byteLength;) {
    const block = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const type = (block >> 1) & 3;
    if (type === RESERVED) return undefined;
    at += 3 + (type === REPEATED ? 1 : block >> 3);
    if ((block & 1) === 1) return at <= view.byteLength ? at : undefined;
  }
  return undefined;
}

/** Size of the pieces in which content of unknown size is decoded. */
const PIECE = 2 ** 20;

/** Bytes of the checksum behind the last block. */
const CHECKSUM = 4;

/** Room behind the content; the decoder takes no buffer of less. */
const SPARE = 64;

/** The largest window that the native decoder takes; also keeps a damaged size from claiming all memory. */
const MOST = 2 ** 27;

/** The decoder in WebAssembly takes what memory it can get, and seconds, for frames that never end. */
function refuseLarger(bytes: Uint8Array, most: number): void {
  try {
    zstdDecompressSync(bytes, { chunkSize: PIECE, maxOutputLength: most });
  } catch (cause) {
    // What else is wrong with the chunk is for the other decoder to say.
    if ((cause as { readonly code?: string }).code !== "ERR_BUFFER_TOO_LARGE") return;
    throw new RangeError(`the chunk unpacks to more, expected at most ${most} bytes`, { cause });
  }
}

/**
 * Decode a chunk that was compressed by zstd, by the native decoder where its answer can be trusted.
 *
 * The decoder of `node:zlib` is up to three times as fast as the one in WebAssembly, but returns what it has of a
 * truncated frame, and leaves out the checksum where its output has no room to spare; so it gets single complete frames
 * only, and room.
 *
 * @param bytes The chunk.
 * @param decode Another decoder, for all other chunks: several frames, frames of another kind.
 * @param most Bytes that the content may have.
 * @returns The content.
 * @throws {Error} If the chunk is damaged.
 */
export async function decodeZstd(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => Promise<Uint8Array> | Uint8Array,
  most: number = Infinity,
): Promise<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = headerOf(view);
  const end = header === undefined ? undefined : endOfBlocks(view, header.length);
  const whole = end === undefined ? Infinity : end + (header!.checksum ? CHECKSUM : 0);
  const content = header?.content ?? PIECE;
  if (header?.content !== undefined && header.content > most) {
    throw new RangeError(`the chunk unpacks to ${header.content} bytes, expected at most ${most} bytes`);
  }
  if (header !== undefined && whole > bytes.length) {
    throw new RangeError("the chunk ends before its frame does, it is truncated or damaged");
  }
  if (whole !== bytes.length || content > MOST) {
    if (most < Infinity) refuseLarger(bytes, most);
    return await decode(bytes);
  }
  if (header!.content === undefined) {
    return zstdDecompressSync(bytes, { chunkSize: PIECE, ...(most < Infinity && { maxOutputLength: most }) });
  }
  const decoded = zstdDecompressSync(bytes, { chunkSize: content + SPARE, maxOutputLength: Math.max(1, content) });
  if (decoded.length === content) return decoded;
  throw new RangeError(`the chunk holds ${decoded.length} bytes, expected ${content}`);
}
