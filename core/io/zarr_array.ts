import {
  type Array as ZarritaArray,
  type Chunk,
  type DataType,
  defineArrayExtension,
  get,
  isZarritaError,
  type Readable,
  slice,
} from "zarrita";
import { DataError, isMorphogenError } from "../errors.ts";
import { type HostArray, hostArray, type NumericArray, rowSize } from "../host_array.ts";
import { requireChunkFits, requireValuesFit } from "./array_memory.ts";
import { type ChunkCache, readRanges, type RowRange } from "./zarr_ranges.ts";
import { recordColumns, type RecordField } from "./zarr_records.ts";
import { chunkTexts, rawNumbers, type TextArray, usableNumbers } from "./zarr_values.ts";

/** What the values of an array are: numbers (truth values among them), texts, or records of several fields. */
export type ZarrKind = "numbers" | "texts" | "records";

/** Columns of a record array by field name. */
export type RecordColumns = Readonly<Record<string, NumericArray | readonly string[]>>;

/** An array of a Zarr store; nothing but its metadata is in memory until rows are read. */
export interface ZarrArray {
  /** Discriminant. */
  readonly kind: "array";
  /** Store and path, for messages. */
  readonly name: string;
  /** User attributes. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Length of each axis; empty for a scalar. */
  readonly shape: readonly number[];
  /** What the values are. */
  readonly values: ZarrKind;
  /** Stored type, for example `"float32"`, `"int64"` or `"bool"`. */
  readonly dtype: string;
  /** Rows that are compressed together; reading a part of them costs as much as reading all. */
  readonly chunkRows: number;
  /**
   * Read rows as numbers.
   *
   * @param from First row; 0 for a scalar.
   * @param to Row after the last one; 1 for a scalar.
   * @returns Values of shape `[to - from, ...]`, or `[]` for a scalar.
   * @throws {DataError} If the values are no numbers or the store is damaged.
   */
  numbers(from: number, to: number): Promise<HostArray<NumericArray>>;
  /**
   * Read ranges of rows as numbers; each chunk is decoded once.
   *
   * @param ranges The ranges, in the order in which their rows are wanted.
   * @param cache Where decoded chunks may be found and are kept for the next call.
   * @returns Rows of all ranges one after the other.
   * @throws {DataError} If the values are no numbers or the store is damaged.
   */
  ranges(ranges: readonly RowRange[], cache?: ChunkCache): Promise<HostArray<NumericArray>>;
  /**
   * Read rows as texts.
   *
   * @param from First row.
   * @param to Row after the last one.
   * @returns Texts of shape `[to - from, ...]`, or `[]` for a scalar.
   * @throws {DataError} If the values are no texts or the store is damaged.
   */
  texts(from: number, to: number): Promise<TextArray>;
  /**
   * Read rows of records.
   *
   * @param from First row.
   * @param to Row after the last one.
   * @returns One column per field, of length `to - from`.
   * @throws {DataError} If the values are no records or the store is damaged.
   */
  records(from: number, to: number): Promise<RecordColumns>;
}

function kindOf(dtype: string, fields: readonly RecordField[] | undefined): ZarrKind {
  if (fields !== undefined) return "records";
  return dtype === "string" || dtype.startsWith("v2:") ? "texts" : "numbers";
}

/** zarrita takes a chunk that is too short, as a truncated file without compression is, for one that ends in zeros. */
function withChecks(array: ZarritaArray<DataType, Readable>): ZarritaArray<DataType, Readable> {
  const extend = defineArrayExtension((inner) => ({
    getChunk: async (coordinates, options) => {
      const chunk = await inner.getChunk(coordinates, options);
      const size = chunk.shape.reduce((a, b) => a * b, 1);
      if (chunk.data.length === size) return chunk;
      throw new RangeError(`it holds ${chunk.data.length} values, expected ${size}`);
    },
  }));
  return extend(array);
}

/**
 * Wrap an array of zarrita.
 *
 * @param unchecked The opened array.
 * @param name Store and path, for messages.
 * @param fields Fields of the record type, if it is one.
 * @returns The array.
 */
export function zarrArray(
  unchecked: ZarritaArray<DataType, Readable>,
  name: string,
  fields: readonly RecordField[] | undefined,
): ZarrArray {
  const array = withChecks(unchecked);
  requireChunkFits(name, array.dtype, array.chunks);
  const values = kindOf(array.dtype, fields);
  const emptyShape = (from: number, to: number): number[] => [to - from, ...array.shape.slice(1)];
  const split = ({ data, shape }: Chunk<DataType>): RecordColumns => {
    const { buffer, byteOffset, byteLength } = data as Uint8Array;
    return recordColumns(fields!, new Uint8Array(buffer, byteOffset, byteLength), shape[0] ?? 1);
  };
  const expect = (wanted: ZarrKind): void => {
    if (values !== wanted) throw new DataError(`Cannot read ${name} as ${wanted}: it holds ${values} (${array.dtype})`);
  };
  const ranges = async (wanted: readonly RowRange[], cache?: ChunkCache): Promise<HostArray<NumericArray>> => {
    expect("numbers");
    for (const range of wanted) requireRange(array, name, range);
    const rows = wanted.reduce((sum, { from, to }) => sum + to - from, 0);
    requireValuesFit(name, array.dtype, rows * rowSize(array.shape));
    return await orDamaged(name, async () => {
      if (array.shape.length === 0) return hostArray(usableNumbers(rawNumbers(await array.getChunk([]))), []);
      return hostArray(usableNumbers(await readRanges(array, wanted, cache)), emptyShape(0, rows));
    });
  };
  return Object.freeze({
    kind: "array",
    name,
    // Absent where the document lacks them.
    attributes: array.attrs ?? {},
    shape: array.shape,
    values,
    dtype: fields === undefined ? array.dtype : "record",
    chunkRows: array.chunks[0] ?? 1,
    numbers: (from: number, to: number) => ranges([{ from, to }]),
    ranges,
    texts: async (from: number, to: number) => {
      expect("texts");
      requireRange(array, name, { from, to });
      requireValuesFit(name, array.dtype, (to - from) * rowSize(array.shape));
      return await orDamaged(name, async () => {
        const chunk = await readChunk(array, from, to);
        return chunk === undefined ? { texts: [], shape: emptyShape(from, to) } : chunkTexts(chunk);
      });
    },
    records: async (from: number, to: number) => {
      expect("records");
      requireRange(array, name, { from, to });
      requireValuesFit(name, array.dtype, (to - from) * rowSize(array.shape));
      return await orDamaged(name, async () => {
        const chunk = await readChunk(array, from, to);
        return chunk === undefined ? recordColumns(fields!, new Uint8Array(), 0) : split(chunk);
      });
    },
  });
}

function requireRange({ shape }: ZarritaArray<DataType, Readable>, name: string, { from, to }: RowRange): void {
  const rows = shape[0] ?? 1;
  if (Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= rows) return;
  throw new RangeError(`Cannot read rows ${from} to ${to} of ${name}: it has ${rows} rows`);
}

/** Undefined where no value is selected, which zarrita cannot do. */
async function readChunk(
  array: ZarritaArray<DataType, Readable>,
  from: number,
  to: number,
): Promise<Chunk<DataType> | undefined> {
  if (to === from || rowSize(array.shape) === 0) return undefined;
  // zarrita would return the bare value of a scalar.
  if (array.shape.length === 0) return await array.getChunk([]);
  return await get(array, [slice(from, to), ...array.shape.slice(1).map(() => null)]);
}

async function orDamaged<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw isMorphogenError(cause) ? cause : damaged(name, cause);
  }
}

function damaged(name: string, cause: unknown): DataError {
  if (isZarritaError(cause, "UnknownCodecError")) {
    const fix = "store it again with zstd or blosc";
    return new DataError(`Cannot read ${name}: its codec "${cause.codec}" is not supported, ${fix}`, { cause });
  }
  const { message, cause: inner } = cause as Error;
  const reason = inner instanceof Error && !message.includes(inner.message) ? `${message} (${inner.message})` : message;
  return new DataError(`Cannot read ${name}: ${reason}, copy or write the store again`, { cause });
}
