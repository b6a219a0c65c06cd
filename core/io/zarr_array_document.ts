import type { NumericArray } from "../host_array.ts";
import { ZSTD_LEVEL } from "./zarr_codecs.ts";
import type { ZarrDocument } from "./zarr_metadata.ts";

/** Version of the Zarr format: 2 is what Python reads everywhere, 3 what zarr-python 3 and later write. */
export type ZarrFormat = 2 | 3;

/** Stored type of numbers, by the name that Zarr v3 gives it. */
export type NumberType =
  | "float32"
  | "float64"
  | "int64"
  | "int32"
  | "uint32"
  | "int16"
  | "uint16"
  | "int8"
  | "uint8"
  | "bool";

/** Stored types of numbers by the name that Zarr v2 gives them. */
const NUMPY_TYPES: Readonly<Record<NumberType, string>> = {
  float32: "<f4",
  float64: "<f8",
  int64: "<i8",
  int32: "<i4",
  uint32: "<u4",
  int16: "<i2",
  uint16: "<u2",
  int8: "|i1",
  uint8: "|u1",
  bool: "|b1",
};

/** What an array is stored as: numbers, text of any length, or text of up to so many characters. */
export type StoredType = NumberType | "text" | { readonly characters: number };

/**
 * Find the stored type of values.
 *
 * @param data Values.
 * @returns The type that stores them unchanged.
 */
export function storedTypeOf(data: NumericArray): NumberType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Float64Array) return "float64";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof Uint32Array) return "uint32";
  if (data instanceof Int16Array) return "int16";
  if (data instanceof Uint16Array) return "uint16";
  return data instanceof Int8Array ? "int8" : "uint8";
}

/**
 * The metadata document of an array.
 *
 * Chunks are compressed by zstd with a checksum of their content.
 *
 * @param format Version of the Zarr format.
 * @param type Stored type; text of limited length exists in format 2 only.
 * @param shape Length of each axis.
 * @param chunks Length of each axis of a chunk, at least 1.
 * @returns Content of `.zarray` or, without attributes, of `zarr.json`.
 */
export function arrayDocument(
  format: ZarrFormat,
  type: StoredType,
  shape: readonly number[],
  chunks: readonly number[],
): ZarrDocument {
  return format === 2 ? documentV2(type, shape, chunks) : documentV3(type, shape, chunks);
}

function fillValue(type: StoredType): unknown {
  if (type === "bool") return false;
  return type === "text" || typeof type === "object" ? "" : 0;
}

function documentV2(type: StoredType, shape: readonly number[], chunks: readonly number[]): ZarrDocument {
  const numpyType = typeof type === "object" ? `<U${type.characters}` : type === "text" ? "|O" : NUMPY_TYPES[type];
  return {
    zarr_format: 2,
    shape,
    chunks,
    dtype: numpyType,
    fill_value: fillValue(type),
    order: "C",
    filters: type === "text" ? [{ id: "vlen-utf8" }] : null,
    // Python before numcodecs 0.13 knows no option for the checksum, and checks it all the same.
    compressor: { id: "zstd", level: ZSTD_LEVEL },
  };
}

function documentV3(type: StoredType, shape: readonly number[], chunks: readonly number[]): ZarrDocument {
  if (typeof type === "object") throw new TypeError("Cannot store text of limited length in Zarr format 3");
  const typesize = type === "text" ? 1 : Number(NUMPY_TYPES[type].at(-1));
  const bytes = { name: "bytes", ...(typesize > 1 && { configuration: { endian: "little" } }) };
  const serializer = type === "text" ? { name: "vlen-utf8", configuration: {} } : bytes;
  const zstd = { name: "zstd", configuration: { level: ZSTD_LEVEL, checksum: true } };
  return {
    zarr_format: 3,
    node_type: "array",
    shape,
    data_type: type === "text" ? "string" : type,
    chunk_grid: { name: "regular", configuration: { chunk_shape: chunks } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: fillValue(type),
    codecs: [serializer, zstd],
    storage_transformers: [],
  };
}
