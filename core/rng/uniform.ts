import type { Key } from "./threefry.ts";
import { eachChunk, PURPOSE } from "./words.ts";

/**
 * Draw from [0, 1) on a grid of 2^-24, so that every value is a float32 below 1.
 *
 * @param key Key of the stream.
 * @param size Number of draws.
 * @returns New values.
 */
export function drawUniform(key: Key, size: number): Float32Array {
  const out = new Float32Array(size);
  eachChunk(key, PURPOSE.uniform, size, (words, start, length) => {
    for (let i = 0; i < length; i++) out[start + i] = (words[i]! >>> 8) * 2 ** -24;
  });
  return out;
}

/**
 * Draw 0 with the rest probability, else `value`; 16 bits decide each.
 *
 * @param key Key of the stream.
 * @param size Number of draws.
 * @param probability Probability of `value`, rounded to 1/65,536.
 * @param value What to return besides 0.
 * @returns New values.
 * @throws {RangeError} If `probability` is outside [0, 1].
 */
export function drawBernoulli(key: Key, size: number, probability: number, value: number): Float32Array {
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`Cannot draw with probability ${probability}: expected a number from 0 to 1`);
  }
  const out = new Float32Array(size + (size & 1));
  const bits = new Int32Array(out.buffer);
  const valueBits = new Int32Array(Float32Array.of(value).buffer)[0]!;
  const threshold = Math.round(probability * 65536);
  eachChunk(key, PURPOSE.bernoulli, out.length / 2, (words, start, length) => {
    // The sign of the difference, spread over the word, keeps or clears all bits of the value: no branch to mispredict.
    for (let i = 0, at = 2 * start; i < length; i++, at += 2) {
      const word = words[i]!;
      bits[at] = valueBits & (((word & 0xffff) - threshold) >> 31);
      bits[at + 1] = valueBits & (((word >>> 16) - threshold) >> 31);
    }
  });
  return out.length === size ? out : out.subarray(0, size);
}
