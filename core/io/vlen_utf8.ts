/**
 * Decode a chunk of the `vlen-utf8` codec: a count, then each text as its length in bytes and its UTF-8 bytes.
 *
 * Format: https://numcodecs.readthedocs.io/en/stable/other/vlen.html.
 *
 * @param bytes The chunk.
 * @returns The texts in order.
 * @throws {RangeError} If the chunk ends early.
 */
export function decodeVlenUtf8(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  const texts: string[] = [];
  let offset = 4;
  for (let left = view.getUint32(0, true); left > 0; left--) {
    const end = offset + 4 + view.getUint32(offset, true);
    if (end > bytes.length) throw new RangeError(`Cannot decode text ${texts.length}: the chunk ends before it does`);
    texts.push(decoder.decode(bytes.subarray(offset + 4, end)));
    offset = end;
  }
  return texts;
}

/**
 * Encode texts as a chunk of the `vlen-utf8` codec.
 *
 * @param texts The texts.
 * @returns The chunk.
 */
export function encodeVlenUtf8(texts: readonly string[]): Uint8Array {
  const encoder = new TextEncoder();
  const encoded = texts.map((text) => encoder.encode(text));
  const bytes = new Uint8Array(encoded.reduce((sum, text) => sum + 4 + text.length, 4));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, texts.length, true);
  let offset = 4;
  for (const text of encoded) {
    view.setUint32(offset, text.length, true);
    bytes.set(text, offset + 4);
    offset += 4 + text.length;
  }
  return bytes;
}
