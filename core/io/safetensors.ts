import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";
import { crc32c } from "./crc32c.ts";
import { parseHeader, safetensorsError, type TensorEntry } from "./safetensors_header.ts";
import { narrowIntegers } from "./wide_integers.ts";

/** The content of a safetensors file. */
export interface Safetensors {
  /** Arrays by name. */
  readonly tensors: Readonly<Record<string, HostArray<NumericArray>>>;
  /** Free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Metadata key of the checksum, which the format lacks: CRC-32C of the file with zeros in place of its eight digits. */
const CHECKSUM = "morphogen.crc32c";

const ZEROS = "00000000";

/** Where the digits of the checksum stand; -1 if nowhere. */
function digitsAt(header: Uint8Array, digits: string): number {
  // One character a byte, so that positions are those in the file.
  const text = new TextDecoder("latin1").decode(header);
  const at = text.indexOf(`"${CHECKSUM}":"${digits}"`);
  return at < 0 ? at : 8 + at + CHECKSUM.length + 4;
}

function checksumOf(bytes: Uint8Array, at: number): string {
  const blank = bytes.slice(0, at + ZEROS.length).fill(0x30, at);
  const rest = bytes.subarray(at + ZEROS.length);
  return crc32c(rest, crc32c(blank)).toString(16).padStart(8, "0");
}

function requireChecksum(bytes: Uint8Array, dataStart: number, expected: string): void {
  const at = digitsAt(bytes.subarray(8, dataStart), expected);
  if (at >= 0 && checksumOf(bytes, at) === expected) return;
  throw safetensorsError("it does not have the recorded checksum crc32c, copy it again");
}

/**
 * Read a safetensors file; one that {@linkcode writeSafetensors} wrote has a checksum, which is verified.
 *
 * F16 and BF16 become float32, BOOL becomes uint8, 64-bit integers become int32 or, if one does not fit, float64.
 *
 * @example Usage
 * ```ts
 * import { hostArray, readSafetensors, writeSafetensors } from "@morphogen/morphogen";
 *
 * const kernel = hostArray(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
 * const { tensors } = readSafetensors(writeSafetensors({ kernel }));
 * if (tensors.kernel?.data[5] !== 6) throw new Error("kernel was not kept");
 * ```
 *
 * @param bytes The whole file; aligned tensors share its memory.
 * @returns Arrays of shape `[...]` as stored, and metadata.
 * @throws {CheckpointError} If the file is truncated, damaged or of another kind; the message says what is wrong.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { entries, metadata: notes, dataStart } = parseHeader(bytes);
  const { [CHECKSUM]: expected, ...metadata } = notes;
  if (expected !== undefined) requireChecksum(bytes, dataStart, expected);
  const tensors = entries.map((entry): [string, HostArray<NumericArray>] => {
    const values = bytes.subarray(dataStart + entry.begin, dataStart + entry.end);
    return [entry.name, hostArray(decode(entry, values), entry.shape)];
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}

function decode({ name, dtype }: TensorEntry, bytes: Uint8Array): NumericArray {
  switch (dtype) {
    case "F64":
      return view(Float64Array, bytes);
    case "F32":
      return view(Float32Array, bytes);
    case "F16":
      return Float32Array.from(view(Float16Array, bytes));
    case "BF16":
      return bfloatValues(view(Uint16Array, bytes));
    case "I32":
      return view(Int32Array, bytes);
    case "U32":
      return view(Uint32Array, bytes);
    case "I16":
      return view(Int16Array, bytes);
    case "U16":
      return view(Uint16Array, bytes);
    case "I8":
      return view(Int8Array, bytes);
    case "I64":
    case "U64":
      return integers(name, dtype === "I64" ? view(BigInt64Array, bytes) : view(BigUint64Array, bytes));
    default:
      return bytes;
  }
}

interface ViewConstructor<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

/** Views need an aligned start, which the format does not promise for each tensor. */
function view<T>(Kind: ViewConstructor<T>, bytes: Uint8Array): T {
  const aligned = bytes.byteOffset % Kind.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  return new Kind(aligned.buffer, aligned.byteOffset, aligned.byteLength / Kind.BYTES_PER_ELEMENT);
}

function bfloatValues(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < bits.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

function integers(name: string, values: BigInt64Array | BigUint64Array): NumericArray {
  try {
    return narrowIntegers(values);
  } catch (cause) {
    throw safetensorsError(`tensor "${name}" holds integers beyond 2^53 (${(cause as Error).message})`);
  }
}

function dtypeOf(data: NumericArray): string {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  const sign = data instanceof Int32Array || data instanceof Int16Array || data instanceof Int8Array ? "I" : "U";
  return `${sign}${8 * data.BYTES_PER_ELEMENT}`;
}

function byCodeUnits(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}

/**
 * Write a safetensors file with a checksum in its metadata; equal arguments give equal bytes.
 *
 * @example Usage
 * ```ts
 * import { hostArray, writeSafetensors } from "@morphogen/morphogen";
 *
 * const bytes = writeSafetensors({ bias: hostArray(Float32Array.of(0, 1), [2]) }, { step: "20" });
 * if ((bytes.length - 8) % 8 !== 0) throw new Error("values are not aligned");
 * ```
 *
 * @param tensors Arrays by name, written in sorted order of their names.
 * @param metadata Free text by key.
 * @returns The whole file; its metadata say `morphogen.crc32c`, and its header is padded so that the values start at a multiple of 8 bytes.
 * @throws {TypeError} If a tensor has the reserved name `__metadata__`.
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, HostArray<NumericArray>>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries = Object.entries(tensors).sort(byCodeUnits);
  const notes = Object.entries({ ...metadata, [CHECKSUM]: ZEROS }).sort(byCodeUnits);
  // The object is spelled out: JSON.stringify would move names such as "0" to the front.
  const fields = [`"__metadata__":${objectText(notes)}`];
  let end = 0;
  for (const [name, { data, shape }] of entries) {
    if (name === "__metadata__") {
      throw new TypeError('Cannot write a tensor named "__metadata__": the name is reserved');
    }
    const entry = { dtype: dtypeOf(data), shape, data_offsets: [end, end += data.byteLength] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  }
  const header = new TextEncoder().encode(`{${fields.join(",")}}`);
  const dataStart = 8 + 8 * Math.ceil(header.length / 8);
  const bytes = new Uint8Array(dataStart + end).fill(0x20, 8, dataStart);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  bytes.set(header, 8);
  let offset = dataStart;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  const at = digitsAt(bytes.subarray(8, dataStart), ZEROS);
  bytes.set(new TextEncoder().encode(checksumOf(bytes, at)), at);
  return bytes;
}

function objectText(pairs: readonly (readonly [string, string])[]): string {
  return `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
}
