import type { Dataset, Metadata, OutputData } from "h5wasm/node";
import { narrowIntegers, type NumericArray } from "../../core/mod.ts";
import type { RecordColumns } from "../../core/io/zarr_array.ts";

/** Classes of HDF5 types; the library has them only once it is loaded. */
const [INTEGER, FLOAT, STRING, COMPOUND, ENUM, ARRAY] = [0, 1, 3, 6, 8, 10] as const;

/** Truth values, as h5py writes them. */
function isTruth({ enum_type }: Metadata): boolean {
  return enum_type !== undefined && Object.keys(enum_type.members).sort().join() === "FALSE,TRUE";
}

/**
 * The type of a dataset as Zarr v3 would call it.
 *
 * @param metadata Type of the dataset.
 * @returns For example `"float32"`, `"string"`, `"record"`; what cannot be read is named by its class.
 */
export function dtypeOf(metadata: Metadata): string {
  const { type, size, signed, enum_type } = metadata;
  switch (type) {
    case INTEGER:
      return `${signed ? "" : "u"}int${8 * size}`;
    case FLOAT:
      return `float${8 * size}`;
    case STRING:
      return "string";
    case COMPOUND:
      return "record";
    case ENUM:
      return isTruth(metadata) ? "bool" : dtypeOf({ ...metadata, type: enum_type!.type });
    default:
      return `HDF5 class ${type}`;
  }
}

/**
 * Turn what the library read into numbers.
 *
 * @param values What it read: an array, or a single value of a scalar.
 * @returns Numbers: integers of 64 bits become int32 if all fit, else float64.
 * @throws {TypeError} If they are no numbers.
 */
export function numbersOf(values: OutputData | null): NumericArray {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return narrowIntegers(values);
  if (values instanceof Uint8ClampedArray) return new Uint8Array(values);
  if (ArrayBuffer.isView(values)) return values;
  if (typeof values === "bigint") return narrowIntegers(BigInt64Array.of(values));
  if (typeof values === "number" || typeof values === "boolean") return Float64Array.of(Number(values));
  throw new TypeError("its values are no numbers");
}

/**
 * Turn what the library read into texts.
 *
 * @param values What it read: a list, or a single value of a scalar.
 * @returns The texts.
 */
export function textsOf(values: OutputData | null): string[] {
  return Array.isArray(values) ? values.map(String) : [String(values)];
}

/**
 * Columns of records that the library gives row by row.
 *
 * @param metadata Type of the records.
 * @param rows The records.
 * @returns Columns by field; a field of several values keeps them one after the other, truth values are 0 and 1.
 */
export function recordsOf(metadata: Metadata, rows: readonly (readonly OutputData[])[]): RecordColumns {
  const members = metadata.compound_type?.members ?? [];
  const columns = members.map((member, i): [string, NumericArray | readonly string[]] => {
    const fields = rows.map((row) => row[i]!);
    const inner = member.type === ARRAY ? member.array_type! : member;
    if (inner.type === STRING) return [member.name, fields.flatMap((field) => textsOf(field))];
    const flat = fields.flatMap((field) => ArrayBuffer.isView(field) ? Array.from(field as Float64Array) : field);
    return [member.name, typed(inner, flat.flat(8) as (number | bigint | boolean)[])];
  });
  return Object.fromEntries(columns);
}

function typed(metadata: Metadata, values: readonly (number | bigint | boolean)[]): NumericArray {
  const numbers = values.map(Number);
  switch (dtypeOf(metadata)) {
    case "float32":
      return Float32Array.from(numbers);
    case "float64":
      return Float64Array.from(numbers);
    case "bool":
    case "uint8":
      return Uint8Array.from(numbers);
    case "int8":
      return Int8Array.from(numbers);
    case "int16":
      return Int16Array.from(numbers);
    case "uint16":
      return Uint16Array.from(numbers);
    case "uint32":
      return Uint32Array.from(numbers);
    case "int32":
      return Int32Array.from(numbers);
    default:
      return numbers.every((value) => value === (value | 0)) ? Int32Array.from(numbers) : Float64Array.from(numbers);
  }
}

/**
 * Read rows of a dataset.
 *
 * @param dataset The dataset.
 * @param from First row.
 * @param to Row after the last one; ignored for scalars.
 * @returns What the library read.
 */
export function sliceOf(dataset: Dataset, from: number, to: number): OutputData | null {
  const { shape } = dataset;
  return shape === null || shape.length === 0 ? dataset.value : dataset.slice([[from, to]]);
}
