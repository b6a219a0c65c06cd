import { BoolArray, ByteStringArray, type Chunk, type DataType, UnicodeStringArray } from "zarrita";
import type { NumericArray } from "../host_array.ts";
import { narrowIntegers } from "./wide_integers.ts";

/** Texts with a shape, row-major. */
export interface TextArray {
  /** Texts in row-major order. */
  readonly texts: readonly string[];
  /** Length of each axis. */
  readonly shape: readonly number[];
}

type Elements = { readonly [index: number]: unknown; readonly length: number };

function isRowMajor(shape: readonly number[], stride: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}

/** For each value in row-major order, where it lies. */
function rowMajorIndex(shape: readonly number[], stride: readonly number[]): Float64Array {
  const index = new Float64Array(shape.reduce((a, b) => a * b, 1));
  const at = new Array<number>(shape.length).fill(0);
  let place = 0;
  for (let i = 0; i < index.length; i++) {
    index[i] = place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += stride[axis]!;
      if (++at[axis]! < shape[axis]!) break;
      place -= at[axis]! * stride[axis]!;
      at[axis] = 0;
    }
  }
  return index;
}

/** Numbers as they are stored: truth values as uint8, and types that have no place in a {@linkcode NumericArray}. */
export type RawArray = NumericArray | BigInt64Array | BigUint64Array | Float16Array;

const RAW_TYPES: Readonly<Record<string, new (length: number) => RawArray>> = {
  bool: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float16: Float16Array,
  float32: Float32Array,
  float64: Float64Array,
};

/**
 * Room for numbers of a stored type.
 *
 * @param dtype The type, by the name that Zarr v3 gives it.
 * @param length Number of values.
 * @returns Zeros.
 * @throws {TypeError} If the type is not known.
 */
export function rawZeros(dtype: string, length: number): RawArray {
  const Kind = RAW_TYPES[dtype];
  if (Kind !== undefined) return new Kind(length);
  throw new TypeError(`its type "${dtype}" is not known, expected one of ${Object.keys(RAW_TYPES).join(", ")}`);
}

/**
 * Lay out the numbers that zarrita read in row-major order.
 *
 * @param chunk Values with shape and strides.
 * @returns The values in the stored type; not copied if they lie so already.
 * @throws {TypeError} If the values are no numbers.
 */
export function rawNumbers({ data, shape, stride }: Chunk<DataType>): RawArray {
  const numbers = data instanceof BoolArray ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : data;
  if (!ArrayBuffer.isView(numbers)) throw new TypeError("Cannot read texts as numbers");
  const raw = numbers as RawArray;
  if (isRowMajor(shape, stride)) return raw;
  const index = rowMajorIndex(shape, stride);
  const Kind = raw.constructor as new (length: number) => RawArray;
  const ordered = new Kind(index.length);
  for (let i = 0; i < index.length; i++) ordered[i] = raw[index[i]!]!;
  return ordered;
}

/**
 * Turn stored numbers into numbers that can be computed with.
 *
 * @param raw Values in the stored type.
 * @returns The values: float16 as float32, 64-bit integers as {@linkcode narrowIntegers} does.
 * @throws {RangeError} If an integer is beyond 2^53.
 */
export function usableNumbers(raw: RawArray): NumericArray {
  if (raw instanceof BigInt64Array || raw instanceof BigUint64Array) return narrowIntegers(raw);
  return raw instanceof Float16Array ? new Float32Array(raw) : raw;
}

/**
 * Turn what zarrita read into row-major texts.
 *
 * @param chunk Values with shape and strides.
 * @returns The texts; null becomes empty, other values are spelled out.
 */
export function chunkTexts({ data, shape, stride }: Chunk<DataType>): TextArray {
  const fixed = data instanceof UnicodeStringArray || data instanceof ByteStringArray;
  const values: Elements = fixed ? Array.from(data) : data as unknown as Elements;
  const index = isRowMajor(shape, stride) ? undefined : rowMajorIndex(shape, stride);
  const size = shape.reduce((a, b) => a * b, 1);
  const texts = Array.from({ length: size }, (_, i) => String(values[index === undefined ? i : index[i]!] ?? ""));
  return { texts, shape };
}
