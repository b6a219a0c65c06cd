import { DataError } from "../../core/mod.ts";

/** Columns of a Parquet file by name; integers of 64 bits are numbers, binary values bytes. */
export type ParquetColumns = ReadonlyMap<string, readonly unknown[]>;

/** A Parquet file in memory. */
export interface ParquetTable {
  /** Its columns. */
  readonly columns: ParquetColumns;
  /** Name of each row, as pandas recorded its index; absent if pandas did not write the file. */
  readonly index?: readonly unknown[];
}

/** Index columns in the metadata of pandas: names of columns, or ranges that take no column. */
function indexOf(
  metadata: readonly { readonly key: string; readonly value?: string }[],
  columns: ParquetColumns,
  rows: number,
): readonly unknown[] | undefined {
  const text = metadata.find(({ key }) => key === "pandas")?.value;
  const parsed: unknown = text === undefined ? undefined : JSON.parse(text);
  const listed = (parsed as { readonly index_columns?: readonly unknown[] } | undefined)?.index_columns;
  const [first, ...more] = listed ?? [];
  if (more.length > 0) return undefined;
  if (typeof first === "string") return columns.get(first);
  const { start, step } = Object(first) as { readonly start?: unknown; readonly step?: unknown };
  if (typeof start !== "number" || typeof step !== "number") return undefined;
  return Array.from({ length: rows }, (_, row) => start + step * row);
}

function plain(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

/**
 * Read a Parquet file.
 *
 * @param path Path of the file.
 * @returns Its columns, null where a value is missing, and its index.
 * @throws {DataError} If the file cannot be read.
 */
export async function readParquet(path: string): Promise<ParquetTable> {
  const { parquetMetadataAsync, parquetRead, parquetSchema } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  try {
    using file = await Deno.open(path);
    const { size } = await file.stat();
    const source = {
      byteLength: size,
      slice: async (start: number, end: number = size): Promise<ArrayBuffer> => {
        const bytes = new Uint8Array(end - start);
        await file.seek(start, Deno.SeekMode.Start);
        for (let done = 0; done < bytes.length;) {
          const count = await file.read(bytes.subarray(done));
          if (count === null) throw new RangeError("the file ends early");
          done += count;
        }
        return bytes.buffer;
      },
    };
    const metadata = await parquetMetadataAsync(source, { geoparquet: false });
    const columns = new Map(parquetSchema(metadata).children.map(({ element }) => [element.name, [] as unknown[]]));
    // One reading at a time, since all share the place in the file.
    let last: Promise<unknown> = Promise.resolve();
    const inTurn = {
      byteLength: size,
      slice: (start: number, end?: number): Promise<ArrayBuffer> => {
        const next = last.then(() => source.slice(start, end));
        last = next.catch(() => {});
        return next;
      },
    };
    await parquetRead({
      file: inTurn,
      metadata,
      compressors,
      // Geometry stays as the bytes that it is stored in, text columns become text.
      utf8: false,
      onChunk: ({ columnName, columnData, rowStart }) => {
        const column = columns.get(columnName);
        if (column === undefined) return;
        for (let i = 0; i < columnData.length; i++) column[rowStart + i] = plain(columnData[i]);
      },
    });
    const index = indexOf(metadata.key_value_metadata ?? [], columns, Number(metadata.num_rows));
    return { columns, ...(index !== undefined && { index }) };
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound ? "there is no such file" : (cause as Error).message;
    throw new DataError(`Cannot read "${path}" as Parquet: ${reason}, copy the file again`, { cause });
  }
}

/**
 * Take a column as numbers.
 *
 * @param path File, for the message.
 * @param columns Columns of the file.
 * @param name Name of the column.
 * @returns One number per row, NaN where it is missing.
 * @throws {DataError} If there is no such column or it holds something else.
 */
export function numbersOfParquet(path: string, columns: ParquetColumns, name: string): Float64Array {
  const values = columns.get(name);
  if (values === undefined) {
    throw new DataError(`Cannot find column "${name}" in "${path}": it has ${[...columns.keys()].join(", ")}`);
  }
  return Float64Array.from(values, (value, row) => {
    if (value === null || value === undefined) return NaN;
    if (typeof value === "number" || typeof value === "boolean") return Number(value);
    throw new DataError(
      `Cannot read column "${name}" of "${path}": row ${row} holds "${String(value)}", expected a number`,
    );
  });
}

/**
 * Take a column as texts.
 *
 * @param values Its values.
 * @returns One text per row, empty where it is missing; bytes are taken as UTF-8.
 */
export function textsOfParquet(values: readonly unknown[]): readonly string[] {
  const decoder = new TextDecoder();
  return values.map((value) => value instanceof Uint8Array ? decoder.decode(value) : String(value ?? ""));
}
