import { type Key, threefry } from "./threefry.ts";
import { PASS } from "./passes.ts";
import { vectorWords } from "./vector.ts";

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

/** Up to so many words are made one block at a time. */
export const FEW = 64;

function fewWords(key: Key, purpose: number, count: number): Uint32Array {
  const out = new Uint32Array(Math.ceil(count / 4) * 4);
  for (let i = 0; i < count; i += 4) threefry(key, i / 4, 0, purpose, 0, out, i);
  return out;
}

/**
 * Walk over the random words of a stream, in order: words 4i to 4i + 3 are those of block i.
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
  if (count <= FEW) return use(fewWords(key, purpose, count), 0, count);
  const vector = vectorWords();
  for (let start = 0; start < count; start += CHUNK) {
    const length = Math.min(CHUNK, count - start);
    vector.words(key, purpose, start / 4, Math.ceil(length / PASS));
    use(vector.out, start, length);
  }
}

/**
 * Fill an array with a value or 0, two decisions per random word, the low half first.
 *
 * @param key Key of the stream.
 * @param purpose What the bits are for.
 * @param out Array to fill.
 * @param threshold Halves below this choose the value; from 0 to 65,536.
 * @param value The value.
 */
export function fillChoices(key: Key, purpose: number, out: Float32Array, threshold: number, value: number): void {
  const vector = vectorWords();
  const bits = new Int32Array(Float32Array.of(value).buffer)[0]!;
  const chosen = vector.floats;
  for (let start = 0; start < out.length; start += chosen.length) {
    const length = Math.min(chosen.length, out.length - start);
    vector.choices(key, purpose, start / 8, Math.ceil(length / (2 * PASS)), threshold, bits);
    out.set(length === chosen.length ? chosen : chosen.subarray(0, length), start);
  }
}
