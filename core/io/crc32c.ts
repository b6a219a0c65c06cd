/** The Castagnoli polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/** Remainders of each byte, followed by 0 to 7 zero bytes: eight bytes are divided at a time ("slicing by 8"). */
function tables(): readonly Int32Array[] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    for (let bit = 0; bit < 8; bit++) byte = (byte >>> 1) ^ (byte & 1 ? POLYNOMIAL : 0);
    return byte;
  });
  const found = [first];
  for (let k = 1; k < 8; k++) found.push(found[k - 1]!.map((rest) => (rest >>> 8) ^ first[rest & 255]!));
  return found;
}

const [T0, T1, T2, T3, T4, T5, T6, T7] = tables() as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/**
 * Checksum of the codec `crc32c` (RFC 3720, appendix B.4).
 *
 * @param bytes The bytes.
 * @param before Checksum of what stands before them.
 * @returns The checksum, from 0 to 2^32 - 1.
 */
export function crc32c(bytes: Uint8Array, before: number = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let rest = ~before;
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    const low = view.getInt32(at, true) ^ rest;
    const high = view.getInt32(at + 4, true);
    rest = T7[low & 255]! ^ T6[(low >>> 8) & 255]! ^ T5[(low >>> 16) & 255]! ^ T4[low >>> 24]! ^
      T3[high & 255]! ^ T2[(high >>> 8) & 255]! ^ T1[(high >>> 16) & 255]! ^ T0[high >>> 24]!;
  }
  for (; at < bytes.length; at++) rest = (rest >>> 8) ^ T0[(rest ^ bytes[at]!) & 255]!;
  return ~rest >>> 0;
}
