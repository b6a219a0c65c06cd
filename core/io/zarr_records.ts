import type { NumericArray } from "../host_array.ts";
import { narrowIntegers } from "./wide_integers.ts";

/** One field of a record type. */
export interface RecordField {
  /** Name of the field. */
  readonly name: string;
  /** What it holds. */
  readonly kind: "float" | "int" | "uint" | "bytes" | "utf32" | "skipped";
  /** First byte in a record. */
  readonly offset: number;
  /** Bytes per record. */
  readonly size: number;
  /** Byte order. */
  readonly littleEndian: boolean;
}

const KINDS: Readonly<Record<string, RecordField["kind"]>> = {
  f: "float",
  i: "int",
  u: "uint",
  b: "uint",
  S: "bytes",
  U: "utf32",
};

/** NumPy type codes of the numeric types of Zarr v3. */
const CODES: Readonly<Record<string, string>> = { float: "f", int: "i", uint: "u" };

function placed(types: readonly (readonly [name: string, numpyType: string])[]): RecordField[] {
  let offset = 0;
  return types.map(([name, numpyType]) => {
    const match = /^([<>|])([a-zA-Z])(\d+)$/.exec(numpyType);
    if (match === null) throw new TypeError(`Cannot read record field "${name}" of type ${numpyType}`);
    const size = Number(match[3]) * (match[2] === "U" ? 4 : 1);
    offset += size;
    const kind = KINDS[match[2]!] ?? "skipped";
    return { name, kind, offset: offset - size, size, littleEndian: match[1] !== ">" };
  });
}

function numpyTypeOfV3(type: unknown): string {
  if (type === "bool") return "|b1";
  if (typeof type === "string") {
    const match = /^(float|int|uint)(\d+)$/.exec(type);
    return match === null ? type : `<${CODES[match[1]!]}${Number(match[2]) / 8}`;
  }
  const { name, configuration } = type as { name?: string; configuration?: { length_bytes?: number } };
  const bytes = configuration?.length_bytes ?? 0;
  if (name === "fixed_length_utf32") return `<U${bytes / 4}`;
  return name === "null_terminated_bytes" ? `|S${bytes}` : `|V${bytes}`;
}

/**
 * Understand the record type of an array.
 *
 * @param type `dtype` of Zarr v2 metadata or `data_type` of v3 metadata.
 * @returns The fields in order; undefined if the type is not a record type.
 * @throws {TypeError} If a field is itself a record or an array.
 */
export function recordFields(type: unknown): readonly RecordField[] | undefined {
  if (Array.isArray(type)) {
    return placed(
      type.map(([name, numpyType, shape]) => [String(name), shape === undefined ? `${numpyType}` : "array"]),
    );
  }
  const { name, configuration } = (type ?? {}) as { name?: unknown; configuration?: { fields?: unknown } };
  if ((name !== "struct" && name !== "structured") || !Array.isArray(configuration?.fields)) return undefined;
  // zarr-python wrote pairs before the type was specified, and objects since.
  return placed(
    configuration.fields.map((field) =>
      Array.isArray(field)
        ? [String(field[0]), numpyTypeOfV3(field[1])]
        : [String(field.name), numpyTypeOfV3(field.data_type)]
    ),
  );
}

/**
 * Split packed records into one column per field.
 *
 * @param fields The fields.
 * @param bytes The records, one after the other.
 * @param rows Number of records.
 * @returns Columns by field name; fields of unknown type are left out.
 */
export function recordColumns(
  fields: readonly RecordField[],
  bytes: Uint8Array,
  rows: number,
): Record<string, NumericArray | readonly string[]> {
  const width = fields.reduce((sum, { size }) => sum + size, 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const known = fields.filter(({ kind }) => kind !== "skipped");
  return Object.fromEntries(known.map((field) => {
    const at = (row: number): number => row * width + field.offset;
    if (field.kind === "bytes" || field.kind === "utf32") {
      return [field.name, Array.from({ length: rows }, (_, row) => textAt(view, at(row), field))];
    }
    return [field.name, numbersOf(view, field, Array.from({ length: rows }, (_, row) => at(row)))];
  }));
}

function textAt(view: DataView, start: number, { kind, size, littleEndian }: RecordField): string {
  if (kind === "bytes") {
    const bytes = new Uint8Array(view.buffer, view.byteOffset + start, size);
    return new TextDecoder().decode(bytes).replace(/\0+$/, "");
  }
  let text = "";
  for (let i = start; i < start + size; i += 4) {
    const point = view.getUint32(i, littleEndian);
    if (point !== 0) text += String.fromCodePoint(point);
  }
  return text;
}

function numbersOf(view: DataView, field: RecordField, starts: readonly number[]): NumericArray {
  const { kind, size, littleEndian: little } = field;
  switch (`${kind}${8 * size}`) {
    case "float16":
      return Float32Array.from(starts, (i) => view.getFloat16(i, little));
    case "float32":
      return Float32Array.from(starts, (i) => view.getFloat32(i, little));
    case "float64":
      return Float64Array.from(starts, (i) => view.getFloat64(i, little));
    case "int8":
      return Int8Array.from(starts, (i) => view.getInt8(i));
    case "int16":
      return Int16Array.from(starts, (i) => view.getInt16(i, little));
    case "int32":
      return Int32Array.from(starts, (i) => view.getInt32(i, little));
    case "uint8":
      return Uint8Array.from(starts, (i) => view.getUint8(i));
    case "uint16":
      return Uint16Array.from(starts, (i) => view.getUint16(i, little));
    case "uint32":
      return Uint32Array.from(starts, (i) => view.getUint32(i, little));
    case "int64":
      return narrowIntegers(BigInt64Array.from(starts, (i) => view.getBigInt64(i, little)));
    case "uint64":
      return narrowIntegers(BigUint64Array.from(starts, (i) => view.getBigUint64(i, little)));
    default:
      throw new TypeError(`Cannot read record field "${field.name}" of ${size} bytes`);
  }
}
