import type { Key } from "./threefry.ts";
import { eachChunk, PURPOSE } from "./words.ts";

/** Circle in steps of one random word. */
const TURN = 2 * Math.PI * 2 ** -32;

/**
 * Radius of a pair of normal draws (Box and Muller 1958).
 *
 * @param word Random word; its middle point in (0, 1) is used, so that the logarithm is finite.
 * @returns Distance from the origin, at most 6.8.
 */
export function normalRadius(word: number): number {
  return Math.sqrt(-2 * Math.log((word + 0.5) * 2 ** -32));
}

/**
 * Draw from the standard normal distribution.
 *
 * @param key Key of the stream.
 * @param size Number of draws.
 * @returns New values.
 */
export function drawNormal(key: Key, size: number): Float32Array {
  const out = new Float32Array(size + (size & 1));
  eachChunk(key, PURPOSE.normal, out.length, (words, start, length) => {
    for (let i = 0; i < length; i += 2) {
      const radius = normalRadius(words[i]!);
      const angle = TURN * words[i + 1]!;
      out[start + i] = radius * Math.cos(angle);
      out[start + i + 1] = radius * Math.sin(angle);
    }
  });
  return out.length === size ? out : out.subarray(0, size);
}

/**
 * One normal draw from two words.
 *
 * @param first Word for the radius.
 * @param second Word for the angle.
 * @returns The draw, in double precision.
 */
export function normalOf(first: number, second: number): number {
  return normalRadius(first) * Math.cos(TURN * second);
}
