import { BoolArray, ByteStringArray, type Chunk, type DataType, UnicodeStringArray } from "zarrita";
import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";
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

function toNumbers(data: unknown): NumericArray | undefined {
  if (data instanceof BoolArray) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return narrowIntegers(data);
  if (data instanceof Float16Array) return new Float32Array(data);
  return ArrayBuffer.isView(data) && !(data instanceof DataView) ? data as NumericArray : undefined;
}

/**
 * Turn what zarrita read into a row-major array of numbers.
 *
 * @param chunk Values with shape and strides.
 * @returns The array: truth values as uint8, float16 as float32, 64-bit integers as {@linkcode narrowIntegers} does.
 * @throws {TypeError} If the values are no numbers.
 * @throws {RangeError} If an integer is beyond 2^53.
 */
export function chunkNumbers({ data, shape, stride }: Chunk<DataType>): HostArray<NumericArray> {
  const numbers = toNumbers(data);
  if (numbers === undefined) throw new TypeError("Cannot read texts as numbers");
  if (isRowMajor(shape, stride)) return hostArray(numbers, shape);
  const index = rowMajorIndex(shape, stride);
  const Kind = numbers.constructor as new (length: number) => NumericArray;
  const ordered = new Kind(index.length);
  for (let i = 0; i < index.length; i++) ordered[i] = numbers[index[i]!]!;
  return hostArray(ordered, shape);
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
