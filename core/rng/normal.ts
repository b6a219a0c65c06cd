import { type Key, threefry } from "./threefry.ts";
import { PASS } from "./passes.ts";
import { UNDECIDED, vectorWords } from "./vector.ts";
import { CHUNK, FEW, PURPOSE } from "./words.ts";

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
  const out = new Float32Array(size);
  if (size <= FEW) {
    for (let i = 0; i < size; i += 4) drawBlock(key, i, out);
    return out;
  }
  const vector = vectorWords();
  const words = vector.out.subarray(0, CHUNK);
  for (let start = 0; start < size; start += CHUNK) {
    const length = Math.min(CHUNK, size - start);
    vector.normals(key, PURPOSE.normal, start / 4, Math.ceil(length / PASS));
    out.set(vector.floats.subarray(0, length), start);
    for (let at = words.indexOf(UNDECIDED); at >= 0 && at < length; at = words.indexOf(UNDECIDED, at + 1)) {
      drawBlock(key, (start + at) & ~3, out);
    }
  }
  return out;
}

const block = new Uint32Array(4);

/** The draws `start` to `start + 3`, as far as there is room for them. */
function drawBlock(key: Key, start: number, out: Float32Array): void {
  threefry(key, start / 4, 0, PURPOSE.normal, 0, block, 0);
  for (let i = 0; i < 4; i += 2) {
    const radius = normalRadius(block[i]!);
    const angle = TURN * block[i + 1]!;
    out[start + i] = radius * Math.cos(angle);
    out[start + i + 1] = radius * Math.sin(angle);
  }
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
