import type { Key } from "./threefry.ts";
import { eachChunk, PURPOSE } from "./words.ts";

// 53 bits each, in [0, 1): a product with a count below 2^21 is uneven by less than 2^-32.
function fractions(key: Key, size: number): Float64Array {
  const out = new Float64Array(size);
  eachChunk(key, PURPOSE.order, 2 * size, (words, start, length) => {
    for (let i = 0; i < length; i += 2) {
      out[(start + i) / 2] = ((words[i]! >>> 5) * 2 ** 26 + (words[i + 1]! >>> 6)) * 2 ** -53;
    }
  });
  return out;
}

// The first `count` places of a random order (Fisher and Yates, Durstenfeld's form).
function shuffled(key: Key, size: number, count: number): Int32Array {
  const out = Int32Array.from({ length: size }, (_, i) => i);
  const draws = fractions(key, count);
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(draws[i]! * (size - i));
    const other = out[j]!;
    out[j] = out[i]!;
    out[i] = other;
  }
  return count === size ? out : out.slice(0, count);
}

/**
 * Draw an order of 0 .. size-1.
 *
 * @param key Key of the stream.
 * @param size Number of items.
 * @returns The permutation.
 */
export function drawPermutation(key: Key, size: number): Int32Array {
  return shuffled(key, size, size);
}

function checkWeights(size: number, weight: ArrayLike<number>): void {
  if (weight.length !== size) {
    throw new RangeError(`Cannot choose among ${size} items with ${weight.length} weights: expected one per item`);
  }
  for (let i = 0; i < size; i++) {
    if (!(weight[i]! >= 0 && weight[i]! < Infinity)) {
      throw new RangeError(`Cannot choose with weight ${weight[i]} of item ${i}: expected a finite number >= 0`);
    }
  }
}

function withReplacement(key: Key, size: number, count: number, weight?: ArrayLike<number>): Int32Array {
  const draws = fractions(key, count);
  if (weight === undefined) return Int32Array.from(draws, (u) => Math.floor(u * size));
  const upTo = new Float64Array(size);
  let total = 0;
  for (let i = 0; i < size; i++) upTo[i] = total += weight[i]!;
  if (total === 0) throw new RangeError(`Cannot choose among ${size} items: all weights are 0`);
  return Int32Array.from(draws, (u) => firstAbove(upTo, u * total));
}

function firstAbove(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

// The item whose exponential clock rings first is drawn first (Efraimidis and Spirakis 2006).
function byClocks(key: Key, size: number, count: number, weight: ArrayLike<number>): Int32Array {
  const clocks = fractions(key, size);
  const items: number[] = [];
  for (let i = 0; i < size; i++) {
    if (weight[i]! === 0) continue;
    clocks[i] = -Math.log1p(-clocks[i]!) / weight[i]!;
    items.push(i);
  }
  if (items.length < count) {
    throw new RangeError(
      `Cannot choose ${count} different items: only ${items.length} of ${size} have positive weight`,
    );
  }
  items.sort((a, b) => clocks[a]! - clocks[b]! || a - b);
  return Int32Array.from(items.slice(0, count));
}

/**
 * Draw indices below `size`.
 *
 * @param key Key of the stream.
 * @param size Number of items.
 * @param count Number of draws.
 * @param replace Whether an item may be drawn again.
 * @param weight Unnormalised probabilities; absent means equal ones.
 * @returns Indices in draw order.
 * @throws {RangeError} If more different items are asked for than have positive weight, or a weight is unusable.
 */
export function drawChoice(
  key: Key,
  size: number,
  count: number,
  replace: boolean,
  weight?: ArrayLike<number>,
): Int32Array {
  if (weight !== undefined) checkWeights(size, weight);
  if (count > 0 && size === 0) throw new RangeError(`Cannot choose ${count} of 0 items`);
  if (replace) return withReplacement(key, size, count, weight);
  if (weight !== undefined) return byClocks(key, size, count, weight);
  if (count > size) {
    throw new RangeError(`Cannot choose ${count} different items of ${size}: allow repeats or ask for less`);
  }
  return shuffled(key, size, count);
}
