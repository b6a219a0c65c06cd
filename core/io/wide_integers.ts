const TWO_32 = 2 ** 32;

/**
 * Convert 64-bit integers to numbers.
 *
 * @example Usage
 * ```ts
 * import { narrowIntegers } from "@morphogen/morphogen";
 *
 * const small = narrowIntegers(BigInt64Array.of(-1n, 7n));
 * if (!(small instanceof Int32Array) || small[0] !== -1) throw new Error("unexpected values");
 * ```
 *
 * @param values Integers of at most 2^53 in size.
 * @returns The same integers: 32 bits wide if all of them fit, otherwise as float64.
 * @throws {RangeError} If a value is beyond 2^53, where float64 skips integers.
 */
export function narrowIntegers(values: BigInt64Array | BigUint64Array): Int32Array | Float64Array {
  // Reading the halves avoids one heap-allocated bigint per value; all platforms of Deno are little-endian.
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const signed = values instanceof BigInt64Array;
  const narrow = new Int32Array(values.length);
  for (let i = 0; i < narrow.length; i++) {
    const low = words[2 * i]!;
    const high = words[2 * i + 1]!;
    if (signed ? high !== low >> 31 : high !== 0 || low < 0) return wideIntegers(words, signed);
    narrow[i] = low;
  }
  return narrow;
}

function wideIntegers(words: Int32Array, signed: boolean): Float64Array {
  const wide = new Float64Array(words.length / 2);
  for (let i = 0; i < wide.length; i++) {
    const high = words[2 * i + 1]!;
    const value = (signed ? high : high >>> 0) * TWO_32 + (words[2 * i]! >>> 0);
    if (!Number.isSafeInteger(value)) {
      throw new RangeError(`Cannot read integer ${i}: about ${value} is beyond 2^53, the largest that is exact`);
    }
    wide[i] = value;
  }
  return wide;
}

/**
 * Convert whole numbers to 64-bit integers.
 *
 * @param values Whole numbers of at most 2^53 in size.
 * @returns The same integers.
 * @throws {RangeError} If a value is not a whole number.
 */
export function widenIntegers(values: ArrayLike<number>): BigInt64Array {
  return BigInt64Array.from({ length: values.length }, (_, i) => BigInt(values[i]!));
}
