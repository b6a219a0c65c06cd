import { type Key, threefry } from "./threefry.ts";

/** Third counter word: what the bits are for, so that two kinds of draw from one stream share none. */
export const PURPOSE = Object.freeze({
  uniform: 0,
  normal: 1,
  gamma: 2,
  poisson: 3,
  order: 4,
  bernoulli: 5,
});

/** Number of words made at a time; they stay in the processor's first cache. */
export const CHUNK = 4096;

/**
 * Fill an array with random bits.
 *
 * @param key Key of the stream.
 * @param purpose What the bits are for.
 * @param from Number of the first block of 4 words.
 * @param out Array to fill, its length a multiple of 4.
 */
export function fillWords(key: Key, purpose: number, from: number, out: Uint32Array): void {
  const high = Math.floor(from / 2 ** 32);
  for (let i = 0, low = from >>> 0; i < out.length; i += 4, low++) {
    threefry(key, low, high + (low > 0xffffffff ? 1 : 0), purpose, 0, out, i);
  }
}

/**
 * Walk over random words in chunks.
 *
 * @param key Key of the stream.
 * @param purpose What the bits are for.
 * @param count Number of words.
 * @param use Receives a chunk that is overwritten later, the number of its first word, and how many words to use.
 */
export function eachChunk(
  key: Key,
  purpose: number,
  count: number,
  use: (words: Uint32Array, start: number, length: number) => void,
): void {
  const words = new Uint32Array(Math.min(CHUNK, Math.ceil(count / 4) * 4));
  for (let start = 0; start < count; start += words.length) {
    fillWords(key, purpose, start / 4, words);
    use(words, start, Math.min(words.length, count - start));
  }
}
