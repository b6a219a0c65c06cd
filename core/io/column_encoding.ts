import { DataError } from "../errors.ts";
import type { NumericArray } from "../host_array.ts";
import type { Categorical, Column, Nullable } from "./anndata.ts";
import { encoding, encodingOf, required, requiredArray, vector } from "./anndata_encoding.ts";
import { readArray, readTexts, type ZarrGroup, type ZarrNode } from "./zarr.ts";
import type { ZarrArray } from "./zarr_array.ts";
import type { ZarrGroupWriter } from "./zarr_writer.ts";

/**
 * Read one column of a table.
 *
 * Texts with missing values become a categorical, where -1 says so; categories that are no texts are spelled out.
 *
 * @param parent Group of the table; AnnData 0.7 keeps categories beside the columns.
 * @param node The column.
 * @returns The column.
 * @throws {DataError} If its encoding is not known or its parts do not fit together.
 */
export async function readColumn(parent: ZarrGroup, node: ZarrNode): Promise<Column> {
  if (node.kind === "array") {
    const { categories } = node.attributes;
    if (typeof categories !== "string") return await plainColumn(node);
    const names = await requiredArray(parent, categories);
    return categorical(node.name, await readArray(node), await columnTexts(parent, names), names.attributes.ordered);
  }
  switch (encodingOf(node)) {
    case "categorical": {
      const codes = await readArray(await requiredArray(node, "codes"));
      const names = await columnTexts(node, await required(node, "categories"));
      return categorical(node.name, codes, names, node.attributes.ordered);
    }
    case "nullable-integer":
    case "nullable-boolean":
      return await nullable(node);
    case "nullable-string-array":
      return await nullableTexts(node);
    default:
      throw new DataError(
        `Cannot read column ${node.name}: its encoding "${
          encodingOf(node)
        }" is not known, remove it or store it otherwise`,
      );
  }
}

/**
 * Read one column of a table as texts; other values are spelled out and missing ones are empty.
 *
 * @param parent Group of the table.
 * @param node The column.
 * @returns One text per row.
 * @throws {DataError} If the column cannot be read.
 */
export async function columnTexts(parent: ZarrGroup, node: ZarrNode): Promise<readonly string[]> {
  const column = await readColumn(parent, node);
  if (!("kind" in column)) return Array.from(column as ArrayLike<unknown>, spelledOut);
  if (column.kind === "categorical") return Array.from(column.codes, (code) => column.categories[code] ?? "");
  return Array.from(column.missing, (missing, i) => missing ? "" : spelledOut(column.values[i]));
}

/** Truth values as Python prints them, since that is what users of the table see elsewhere. */
function spelledOut(value: unknown): string {
  return value === true ? "True" : value === false ? "False" : String(value);
}

async function plainColumn(array: ZarrArray): Promise<NumericArray | readonly boolean[] | readonly string[]> {
  if (array.shape.length !== 1) {
    throw new DataError(
      `Cannot read column ${array.name}: its shape is [${array.shape.join(", ")}], expected one axis`,
    );
  }
  if (array.values === "texts") return await readTexts(array);
  const { data } = await readArray(array);
  return array.dtype === "bool" ? Array.from(data, (value) => value !== 0) : data;
}

function categorical(
  name: string,
  { data }: { readonly data: NumericArray },
  categories: readonly string[],
  ordered: unknown,
): Categorical {
  const codes = new Int32Array(data);
  const wrong = codes.find((code) => code < -1 || code >= categories.length);
  if (wrong !== undefined) {
    throw new DataError(`Cannot read column ${name}: code ${wrong} is not among its ${categories.length} categories`);
  }
  return { kind: "categorical", codes, categories, ordered: Boolean(ordered) };
}

async function nullable(group: ZarrGroup): Promise<Nullable> {
  const values = await plainColumn(await requiredArray(group, "values"));
  const missing = await maskOf(group, values.length);
  return { kind: "nullable", values: values as NumericArray | readonly boolean[], missing };
}

async function maskOf(group: ZarrGroup, length: number): Promise<Uint8Array> {
  const mask = await group.member("mask");
  return mask?.kind === "array" ? new Uint8Array((await readArray(mask)).data) : new Uint8Array(length);
}

async function nullableTexts(group: ZarrGroup): Promise<readonly string[] | Categorical> {
  const texts = await readTexts(await requiredArray(group, "values"));
  const missing = await maskOf(group, texts.length);
  if (!missing.includes(1)) return texts;
  const categories = [...new Set(texts.filter((_, i) => missing[i] === 0))].sort();
  const codeOf = new Map(categories.map((category, code) => [category, code]));
  const codes = Int32Array.from(texts, (text, i) => missing[i] === 0 ? codeOf.get(text)! : -1);
  return { kind: "categorical", codes, categories, ordered: false };
}

/**
 * Number of rows of a column.
 *
 * @param column The column.
 * @returns The number.
 */
export function columnLength(column: Column): number {
  if (!("kind" in column)) return column.length;
  return column.kind === "categorical" ? column.codes.length : column.values.length;
}

/**
 * Write one column of a table in the encoding of AnnData 0.8.
 *
 * @param group Group of the table.
 * @param name Name of the column.
 * @param column The column; numbers that may be missing become float64 with NaN if they are no integers.
 */
export async function writeColumn(group: ZarrGroupWriter, name: string, column: Column): Promise<void> {
  if ("kind" in column) {
    return column.kind === "categorical"
      ? await writeCategorical(group, name, column)
      : await writeNullable(group, name, column);
  }
  await writePlain(group, name, column);
}

async function writePlain(
  group: ZarrGroupWriter,
  name: string,
  values: NumericArray | readonly boolean[] | readonly string[],
): Promise<void> {
  if (ArrayBuffer.isView(values)) {
    await group.numbers(name, vector(values), encoding("array"));
  } else if (isTexts(values)) {
    await group.texts(name, values, encoding("string-array"));
  } else {
    await group.numbers(name, vector(Uint8Array.from(values, Number)), encoding("array"), "bool");
  }
}

/**
 * Tell texts from truth values.
 *
 * @param values Values of a column that holds no numbers.
 * @returns Whether they are texts; a column of no rows passes for one.
 */
export function isTexts(values: readonly boolean[] | readonly string[]): values is readonly string[] {
  return typeof values[0] !== "boolean";
}

/** pandas stores codes in the smallest integers that hold them. */
function smallestCodes(codes: Int32Array, categories: number): NumericArray {
  if (categories < 2 ** 7) return new Int8Array(codes);
  return categories < 2 ** 15 ? new Int16Array(codes) : codes;
}

async function writeCategorical(group: ZarrGroupWriter, name: string, column: Categorical): Promise<void> {
  const member = await group.group(name, { ...encoding("categorical"), ordered: column.ordered });
  await writePlain(member, "codes", smallestCodes(column.codes, column.categories.length));
  await member.texts("categories", column.categories, encoding("string-array"));
}

async function writeNullable(group: ZarrGroupWriter, name: string, { values, missing }: Nullable): Promise<void> {
  if (values instanceof Float32Array || values instanceof Float64Array) {
    // pandas of that time has no float column with a mask; NaN is how its users say missing.
    return await writePlain(group, name, values.map((value, i) => missing[i] ? NaN : value));
  }
  const type = ArrayBuffer.isView(values) ? "nullable-integer" : "nullable-boolean";
  const member = await group.group(name, encoding(type));
  await member.numbers("mask", vector(missing), encoding("array"), "bool");
  await writePlain(member, "values", values);
}
