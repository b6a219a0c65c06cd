import { assemble, type Code, float32, signed, unsigned } from "./encode.ts";

/** Arithmetic on one float32 or on four at a time, so that a loop body is written once for both. */
export interface Lanes {
  /** Values per step. */
  readonly width: number;
  /** Type of a local variable that holds them. */
  readonly type: "f32" | "v128";
  /** Read from an address. */
  load(address: Code): Code;
  /** Write to an address. */
  store(address: Code, value: Code): Code;
  /** Repeat a float32 in every lane. */
  splat(value: Code): Code;
  /** A constant in every lane. */
  constant(value: number): Code;
  /** `a + b`. */
  add(a: Code, b: Code): Code;
  /** `a - b`. */
  sub(a: Code, b: Code): Code;
  /** `a * b`. */
  mul(a: Code, b: Code): Code;
  /** `a / b`. */
  div(a: Code, b: Code): Code;
  /** Square root. */
  sqrt(a: Code): Code;
  /** `a * b + c`, rounded once where the processor can. */
  madd(a: Code, b: Code, c: Code): Code;
  /** Smaller one; not-a-number in `a` passes. */
  min(a: Code, b: Code): Code;
  /** Larger one; not-a-number in `a` passes. */
  max(a: Code, b: Code): Code;
  /** The number whose exponent is the low 8 bits of the representation of `a`: 0, or 2 to the power of those less 127. */
  exponentOf(a: Code): Code;
  /** `value` where `a > b`, else 0. */
  whereGreater(a: Code, b: Code, value: Code): Code;
}

const NO_OFFSET = [2, 0] as const;

function simd(opcode: number, ...operands: Code[]): Code {
  return [...operands.flat(), 0xfd, ...unsigned(opcode)];
}

function plain(opcode: number, ...operands: Code[]): Code {
  return [...operands.flat(), opcode];
}

const word = (value: number): Code => [0x41, ...signed(value)];

const MANTISSA_BITS = 23;

// Relaxed vector instructions came later than the rest; each runtime either has them or not.
const RELAXED_MADD = 0x105;
const HAS_MADD = WebAssembly.validate(assemble([{
  name: "madd",
  parameters: [],
  locals: ["v128"],
  body: [...simd(RELAXED_MADD, [0x20, 0], [0x20, 0], [0x20, 0]), 0x1a],
}]));

/** One float32. */
export const SCALAR: Lanes = Object.freeze({
  width: 1,
  type: "f32",
  load: (address: Code) => [...address, 0x2a, ...NO_OFFSET],
  store: (address: Code, value: Code) => [...address, ...value, 0x38, ...NO_OFFSET],
  splat: (value: Code) => value,
  constant: (value: number) => [0x43, ...float32(value)],
  add: (a: Code, b: Code) => plain(0x92, a, b),
  sub: (a: Code, b: Code) => plain(0x93, a, b),
  mul: (a: Code, b: Code) => plain(0x94, a, b),
  div: (a: Code, b: Code) => plain(0x95, a, b),
  sqrt: (a: Code) => plain(0x91, a),
  madd: (a: Code, b: Code, c: Code) => plain(0x92, plain(0x94, a, b), c),
  min: (a: Code, b: Code) => plain(0x96, a, b),
  max: (a: Code, b: Code) => plain(0x97, a, b),
  exponentOf: (a: Code) => [...a, 0xbc, ...word(MANTISSA_BITS), 0x74, 0xbe],
  whereGreater: (a: Code, b: Code, value: Code) => [...value, 0x43, ...float32(0), ...plain(0x5e, a, b), 0x1b],
});

/**
 * Read four float32 at a fixed distance from an address.
 *
 * @param address The address.
 * @param offset Bytes behind it.
 * @returns The vector.
 */
export function loadBehind(address: Code, offset: number): Code {
  return [...address, 0xfd, 0x00, 2, ...unsigned(offset)];
}

/**
 * Repeat one of the four lanes in all of them; faster than reading a value into every lane.
 *
 * @param read Reads the vector; evaluated twice.
 * @param lane Which one, 0 to 3.
 * @returns The vector.
 */
export function repeatLane(read: Code, lane: number): Code {
  const bytes = [0, 1, 2, 3].map((byte) => 4 * lane + byte);
  return [...read, ...read, 0xfd, 0x0d, ...bytes, ...bytes, ...bytes, ...bytes];
}

/** Four float32. */
export const VECTOR: Lanes = Object.freeze({
  width: 4,
  type: "v128",
  load: (address: Code) => [...address, 0xfd, 0x00, ...NO_OFFSET],
  store: (address: Code, value: Code) => [...address, ...value, 0xfd, 0x0b, ...NO_OFFSET],
  splat: (value: Code) => simd(0x13, value),
  constant: (value: number) => simd(0x13, SCALAR.constant(value)),
  add: (a: Code, b: Code) => simd(0xe4, a, b),
  sub: (a: Code, b: Code) => simd(0xe5, a, b),
  mul: (a: Code, b: Code) => simd(0xe6, a, b),
  div: (a: Code, b: Code) => simd(0xe7, a, b),
  sqrt: (a: Code) => simd(0xe3, a),
  madd: (a: Code, b: Code, c: Code) => HAS_MADD ? simd(RELAXED_MADD, a, b, c) : simd(0xe4, simd(0xe6, a, b), c),
  min: (a: Code, b: Code) => simd(0xea, a, b),
  max: (a: Code, b: Code) => simd(0xeb, a, b),
  exponentOf: (a: Code) => simd(0xab, a, word(MANTISSA_BITS)),
  whereGreater: (a: Code, b: Code, value: Code) => simd(0x4e, value, simd(0x44, a, b)),
});

/**
 * Sum of the four lanes.
 *
 * @param read Reads the vector; evaluated four times.
 * @returns A float32 expression.
 */
export function sumOfLanes(read: Code): Code {
  const lane = (index: number): Code => [...read, 0xfd, 0x1f, index];
  return SCALAR.add(SCALAR.add(lane(0), lane(2)), SCALAR.add(lane(1), lane(3)));
}

/**
 * Largest of the four lanes.
 *
 * @param read Reads the vector; evaluated four times.
 * @returns A float32 expression.
 */
export function maxOfLanes(read: Code): Code {
  const lane = (index: number): Code => [...read, 0xfd, 0x1f, index];
  return SCALAR.max(SCALAR.max(lane(0), lane(2)), SCALAR.max(lane(1), lane(3)));
}
