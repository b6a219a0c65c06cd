import type { Key } from "./threefry.ts";
import { eachChunk, fillChoices, PURPOSE } from "./words.ts";

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
 * @param probability Probability of `value`, rounded to 1/65,536.
 * @param value What to draw besides 0.
 * @returns Writes as many draws as an array holds.
 * @throws {RangeError} If `probability` is outside [0, 1].
 */
export function bernoulli(key: Key, probability: number, value: number): (out: Float32Array) => void {
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`Cannot draw with probability ${probability}: expected a number from 0 to 1`);
  }
  return (out) => fillChoices(key, PURPOSE.bernoulli, out, Math.round(probability * 65536), value);
}
