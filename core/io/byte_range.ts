import type { RangeQuery } from "zarrita";

/**
 * Cut a range out of bytes that may be the whole or, from a server that heeds ranges, the range already.
 *
 * @param bytes What was read.
 * @param range Offset and length, or number of last bytes.
 * @returns The range; less where the bytes end.
 */
export function cutRange<T extends Uint8Array>(bytes: T, range: RangeQuery): T {
  if ("suffixLength" in range) return bytes.subarray(Math.max(0, bytes.length - range.suffixLength)) as T;
  return bytes.subarray(range.offset, range.offset + range.length) as T;
}
