import { isRecord, show } from "../config/schema.ts";
import { CheckpointError } from "../errors.ts";
import { repeatedKey } from "./repeated_key.ts";

/** What a header may take; the reference implementation ends there, too. */
const LONGEST_HEADER = 100_000_000;

/** Where one tensor lies in a safetensors file. */
export interface TensorEntry {
  /** Name of the tensor. */
  readonly name: string;
  /** Type of its values, for example `"F32"`. */
  readonly dtype: string;
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** First byte, counted from the end of the header. */
  readonly begin: number;
  /** Byte after the last one. */
  readonly end: number;
}

/** The parsed and checked header of a safetensors file. */
export interface SafetensorsHeader {
  /** Tensors in the order of their bytes. */
  readonly entries: readonly TensorEntry[];
  /** Free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the values start in the file. */
  readonly dataStart: number;
}

/** Bytes per value of each type that the format defines and this package reads. */
export const DTYPE_BYTES: Readonly<Record<string, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  U64: 8,
  I32: 4,
  U32: 4,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/**
 * Build the error for a file that cannot be read.
 *
 * @param problem What is wrong, as a clause.
 * @returns The error.
 */
export function safetensorsError(problem: string): CheckpointError {
  return new CheckpointError(`Cannot read safetensors: ${problem}`);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * Parse the header of a safetensors file and check it against the file's length.
 *
 * Format: https://github.com/huggingface/safetensors#format.
 *
 * @param bytes The whole file.
 * @returns Tensors and metadata.
 * @throws {CheckpointError} If the file is truncated, is no safetensors file, or its parts do not fit together.
 */
export function parseHeader(bytes: Uint8Array): SafetensorsHeader {
  if (bytes.length < 8) {
    throw safetensorsError(`the file has ${bytes.length} bytes and its header length alone takes 8, copy it again`);
  }
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const dataStart = 8 + length;
  if (dataStart > bytes.length) {
    throw safetensorsError(
      `its header should take ${length} bytes and the file has ${bytes.length}, it is truncated or another kind of file`,
    );
  }
  if (length > LONGEST_HEADER) {
    throw safetensorsError(
      `its header takes ${length} bytes, expected at most ${LONGEST_HEADER}, do not trust this file`,
    );
  }
  const header = parseJson(bytes.subarray(8, dataStart));
  const { __metadata__: metadata = {}, ...tensors } = header;
  const entries = Object.entries(tensors).map(([name, value]) => parseEntry(name, value));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkOffsets(entries, bytes.length - dataStart);
  return { entries, metadata: parseMetadata(metadata), dataStart };
}

function parseJson(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let header: unknown;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    // What the engine quotes of the file may run over several lines.
    const reason = (cause as Error).message.replaceAll(/[\s\p{Cc}]+/gu, " ");
    throw safetensorsError(`its header is not JSON (${reason}), it is damaged or another kind of file`);
  }
  if (!isRecord(header)) throw safetensorsError("its header is not a JSON object");
  const twice = repeatedKey(text);
  if (twice !== undefined) {
    throw safetensorsError(`its header says "${twice}" twice, readers would differ on which counts`);
  }
  return header;
}

function parseMetadata(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) throw safetensorsError('"__metadata__" is not a JSON object');
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") throw safetensorsError(`metadata "${key}" is ${typeof text}, expected text`);
  }
  return value as Readonly<Record<string, string>>;
}

function parseEntry(name: string, value: unknown): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  if (typeof dtype !== "string" || !(Object.hasOwn(DTYPE_BYTES, dtype))) {
    throw safetensorsError(
      `tensor "${name}" has type ${show(dtype)}, expected one of ${Object.keys(DTYPE_BYTES).join(", ")}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw safetensorsError(`tensor "${name}" has shape ${show(shape)}, expected a list of lengths`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw safetensorsError(`tensor "${name}" has offsets ${show(offsets)}, expected [begin, end]`);
  }
  const [begin, end] = offsets as [number, number];
  const size = shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype]!);
  if (end - begin !== size) {
    throw safetensorsError(
      `tensor "${name}" of type ${dtype} and shape [${shape.join(", ")}] takes ${size} bytes but its offsets ` +
        `[${begin}, ${end}] span ${end - begin}`,
    );
  }
  return { name, dtype, shape: shape as number[], begin, end };
}

function checkOffsets(entries: readonly TensorEntry[], length: number): void {
  let next = 0;
  for (const { name, begin, end } of entries) {
    if (begin < next) throw safetensorsError(`tensor "${name}" starts at byte ${begin} and overlaps the one before it`);
    if (begin > next) throw safetensorsError(`bytes ${next} to ${begin}, before tensor "${name}", belong to no tensor`);
    next = end;
  }
  if (next > length) {
    throw safetensorsError(
      `its tensors take ${next} bytes and ${length} are there, the file is truncated, copy it again`,
    );
  }
  if (next < length) throw safetensorsError(`its tensors take ${next} bytes and ${length - next} bytes follow them`);
}
