import { type Key, threefry } from "./threefry.ts";

/** Fourth counter word of the blocks that derive keys; draws count with a zero there. */
const SEED = 1;
const NUMBER = 2;
const TEXT = 3;

const float = new Float64Array(1);
const floatWords = new Uint32Array(float.buffer);
const block = new Uint32Array(4);

function derive(key: Key, c0: number, c1: number, c2: number, kind: number): Key {
  threefry(key, c0, c1, c2, kind, block, 0);
  return [block[0]!, block[1]!, block[2]!, block[3]!];
}

function foldNumber(key: Key, value: number, kind: number): Key {
  // Adding zero turns -0 into 0.
  float[0] = value + 0;
  return derive(key, floatWords[0]!, floatWords[1]!, 0, kind);
}

/**
 * Make the key of a seed.
 *
 * @param seed Any whole number that a double holds exactly; 0 is a seed like any other.
 * @returns The key.
 * @throws {RangeError} If the seed is not such a number.
 */
export function seedKey(seed: number): Key {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`Cannot start a random stream from seed ${seed}: expected a whole number`);
  }
  return foldNumber([0, 0, 0, 0], seed, SEED);
}

/**
 * Derive the key of a named or numbered stream; the block cipher makes keys of different tags unrelated.
 *
 * @param key Key of the parent.
 * @param tag Name or number.
 * @returns The key.
 * @throws {RangeError} If a numeric tag is not finite.
 */
export function foldKey(key: Key, tag: string | number): Key {
  if (typeof tag === "number") {
    if (!Number.isFinite(tag)) {
      throw new RangeError(`Cannot fold ${tag} into a random stream: expected a finite number`);
    }
    return foldNumber(key, tag, NUMBER);
  }
  const bytes = new TextEncoder().encode(tag);
  const padded = new Uint8Array(Math.max(1, Math.ceil(bytes.length / 8)) * 8);
  padded.set(bytes);
  const words = new DataView(padded.buffer);
  let out = key;
  for (let at = 0; at < padded.length; at += 8) {
    // The length makes "a" differ from "a" followed by zero bytes.
    out = derive(out, words.getUint32(at, true), words.getUint32(at + 4, true), bytes.length, TEXT);
  }
  return out;
}
