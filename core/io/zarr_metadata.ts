import { type RecordField, recordFields } from "./zarr_records.ts";

/** The metadata document of an array or group, as parsed from JSON. */
export type ZarrDocument = Readonly<Record<string, unknown>>;

function isText(dtype: unknown): boolean {
  return dtype === "|O" || dtype === "string" || (typeof dtype === "string" && /^.[US]\d+$/.test(dtype));
}

function recordWidth(fields: readonly RecordField[]): number {
  return fields.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Rewrite an array's v2 metadata to what zarrita understands.
 *
 * Records become byte strings of the same width, and a fill value that does not suit the type becomes empty: Python
 * writes null or 0 for texts and null for integers.
 *
 * @param document Content of `.zarray`.
 * @returns The rewritten document.
 */
export function readableV2(document: ZarrDocument): ZarrDocument {
  const fields = recordFields(document.dtype);
  if (fields !== undefined) return { ...document, dtype: `|S${recordWidth(fields)}`, fill_value: "" };
  if (isText(document.dtype) && typeof document.fill_value !== "string") return { ...document, fill_value: "" };
  return document.fill_value === null ? { ...document, fill_value: 0 } : document;
}

/** zarrita's own names for types that Zarr v3 describes by an object. */
function readableType(type: unknown): unknown {
  const fields = recordFields(type);
  if (fields !== undefined) return `v2:S${recordWidth(fields)}`;
  if (type === "variable_length_bytes") return "string";
  const { name, configuration } = (type ?? {}) as { name?: string; configuration?: { length_bytes?: number } };
  const bytes = configuration?.length_bytes;
  if (name === "fixed_length_utf32" && bytes !== undefined) return `v2:U${bytes / 4}`;
  if (name === "null_terminated_bytes" && bytes !== undefined) return `v2:S${bytes}`;
  return type;
}

/**
 * Rewrite an array's v3 metadata to what zarrita understands, as {@linkcode readableV2} does for v2.
 *
 * @param document Content of `zarr.json`.
 * @returns The rewritten document.
 */
export function readableV3(document: ZarrDocument): ZarrDocument {
  const type = readableType(document.data_type);
  if (type === document.data_type) return document;
  return { ...document, data_type: type, fill_value: "" };
}

function isLengths(value: unknown, least: number, axes?: number): value is readonly number[] {
  return Array.isArray(value) && (axes === undefined || value.length === axes) &&
    value.every((length) => Number.isSafeInteger(length) && length >= least);
}

/**
 * Check the lengths in an array's metadata, which zarrita takes as they are.
 *
 * @param document Content of `.zarray` or `zarr.json`.
 * @throws {TypeError} If the shape is no list of whole numbers, or the chunks have other axes or no length.
 */
export function requireLengths(document: ZarrDocument): void {
  const { shape, chunks, chunk_grid: grid, codecs } = document;
  if (!isLengths(shape, 0)) throw new TypeError(`its shape is ${JSON.stringify(shape)}, expected whole numbers`);
  const parts = (Array.isArray(codecs) ? codecs : []).map((codec) => codec?.configuration?.chunk_shape);
  const regular = (grid as { readonly configuration?: { readonly chunk_shape?: unknown } } | undefined)?.configuration;
  for (const lengths of [grid === undefined ? chunks : regular?.chunk_shape, ...parts.filter(Boolean)]) {
    if (isLengths(lengths, 1, shape.length)) continue;
    const found = `its chunks have shape ${JSON.stringify(lengths)}`;
    throw new TypeError(`${found}, expected ${shape.length} whole numbers of at least 1`);
  }
}
