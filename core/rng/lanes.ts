import { INT } from "../backend/simd/builder.ts";
import { assemble, type Code, unsigned } from "../backend/simd/encode.ts";

/** Bytes of one vector. */
export const VECTOR_BYTES = 16;

const simd = (opcode: number, ...operands: Code[]): Code => [...operands.flat(), 0xfd, ...unsigned(opcode)];

// Relaxed vector instructions came later than the rest; each runtime either has them or not.
const RELAXED_MADD = 0x107;
const HAS_MADD = WebAssembly.validate(assemble([{
  name: "madd",
  parameters: [],
  locals: ["v128"],
  body: [...simd(RELAXED_MADD, [0x20, 0], [0x20, 0], [0x20, 0]), 0x1a],
}]));

/** Four 32-bit words at a time. */
export const WORDS = Object.freeze({
  /** Repeat a word in every lane. */
  splat: (value: Code): Code => simd(0x11, value),
  /** Four given words. */
  constant: (words: readonly number[]): Code => [0xfd, 0x0c, ...new Uint8Array(Int32Array.from(words).buffer)],
  /** A given word in every lane. */
  all: (word: number): Code => simd(0x11, INT.constant(word)),
  add: (a: Code, b: Code): Code => simd(0xae, a, b),
  sub: (a: Code, b: Code): Code => simd(0xb1, a, b),
  /** All bits where `a` equals `b`. */
  equal: (a: Code, b: Code): Code => simd(0x37, a, b),
  /** All bits where `a` differs from `b`. */
  differ: (a: Code, b: Code): Code => simd(0x38, a, b),
  /** All bits where `a < b`, signed. */
  lessThan: (a: Code, b: Code): Code => simd(0x39, a, b),
  /** Zeros come in from the left. */
  shiftRight: (a: Code, bits: number): Code => simd(0xad, a, INT.constant(bits)),
  rotate: (a: Code, bits: number): Code =>
    BITS.or(simd(0xab, a, INT.constant(bits)), simd(0xad, a, INT.constant(32 - bits))),
  /** Pick four lanes out of the eight of `a` and `b`. */
  shuffle: (a: Code, b: Code, lanes: readonly number[]): Code => [
    ...a,
    ...b,
    ...[0xfd, 0x0d],
    ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)),
  ],
});

/** Whole vectors of bits. */
export const BITS = Object.freeze({
  and: (a: Code, b: Code): Code => simd(0x4e, a, b),
  or: (a: Code, b: Code): Code => simd(0x50, a, b),
  xor: (a: Code, b: Code): Code => simd(0x51, a, b),
  /** Bits of `a` where the mask has ones, else of `b`. */
  select: (a: Code, b: Code, mask: Code): Code => simd(0x52, a, b, mask),
  /** 1 if any bit is set, else 0. */
  any: (a: Code): Code => simd(0x53, a),
  /** Write to an address. */
  store: (address: Code, offset: number, value: Code): Code => [
    ...address,
    ...value,
    ...[0xfd, 0x0b, 2],
    ...unsigned(offset),
  ],
});

/** Two 64-bit whole numbers at a time. */
export const LONGS = Object.freeze({
  /** A given number in both lanes. */
  constant: (value: bigint): Code => [0xfd, 0x0c, ...new Uint8Array(BigInt64Array.of(value, value).buffer)],
  add: (a: Code, b: Code): Code => simd(0xce, a, b),
  sub: (a: Code, b: Code): Code => simd(0xd1, a, b),
  shiftLeft: (a: Code, bits: number): Code => simd(0xcb, a, INT.constant(bits)),
  /** The sign comes in from the left. */
  shiftRightSigned: (a: Code, bits: number): Code => simd(0xcc, a, INT.constant(bits)),
  /** Widen the first two 32-bit words, as signed numbers. */
  fromSigned: (words: Code): Code => simd(0xc7, words),
  /** Widen the first two 32-bit words, as unsigned numbers. */
  fromUnsigned: (words: Code): Code => simd(0xc9, words),
});

/** Two float64 at a time. */
export const DOUBLES = Object.freeze({
  /** A given number in both lanes. */
  constant: (value: number): Code => [0xfd, 0x0c, ...new Uint8Array(Float64Array.of(value, value).buffer)],
  /** Repeat a float64 in both lanes. */
  splat: (value: Code): Code => simd(0x14, value),
  /** Read from an address. */
  load: (address: Code, offset: number): Code => [...address, ...[0xfd, 0x00, 3], ...unsigned(offset)],
  /** The float64 of one lane. */
  lane: (a: Code, index: 0 | 1): Code => [...a, ...[0xfd, 0x21], index],
  add: (a: Code, b: Code): Code => simd(0xf0, a, b),
  sub: (a: Code, b: Code): Code => simd(0xf1, a, b),
  mul: (a: Code, b: Code): Code => simd(0xf2, a, b),
  div: (a: Code, b: Code): Code => simd(0xf3, a, b),
  sqrt: (a: Code): Code => simd(0xef, a),
  /** `a * b + c`, rounded once where the processor can. */
  madd: (a: Code, b: Code, c: Code): Code => HAS_MADD ? simd(RELAXED_MADD, a, b, c) : simd(0xf0, simd(0xf2, a, b), c),
  /** `b` where `b < a`, else `a`. */
  min: (a: Code, b: Code): Code => simd(0xf6, a, b),
  /** `b` where `a < b`, else `a`. */
  max: (a: Code, b: Code): Code => simd(0xf7, a, b),
  /** All bits where `a < b`. */
  lessThan: (a: Code, b: Code): Code => simd(0x49, a, b),
  /** Convert the first two 32-bit words, as signed numbers. */
  fromSigned: (words: Code): Code => simd(0xfe, words),
  /** Convert the first two 32-bit words, as unsigned numbers. */
  fromUnsigned: (words: Code): Code => simd(0xff, words),
  /** Round to float32 in the first two lanes, zeros in the others. */
  toFloats: (a: Code): Code => simd(0x5e, a),
});
