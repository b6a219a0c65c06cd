import { type HostArray, hostArray, type NumericArray, takeRows } from "./host_array.ts";

/** Where data or a method come from; shown in every report and result that uses them. */
export interface Citation {
  /** Title of the publication or data set. */
  readonly title: string;
  /** Authors as they are to be cited. */
  readonly authors: string;
  /** Year of publication; absent if unknown. */
  readonly year?: number;
  /** Journal, conference or archive. */
  readonly venue?: string;
  /** Address of the publication or record. */
  readonly url: string;
  /** Licence of the data or code, as its owner states it. */
  readonly licence?: string;
  /** Repository and commit of the reference code or of the data file. */
  readonly source?: string;
}

/**
 * Write a citation as one line of text.
 *
 * @param citation What to cite.
 * @returns For example `Wei X. et al. (2022). Title. Science 377. https://doi.org/... (MIT)`.
 */
export function formatCitation({ authors, year, title, venue, url, licence }: Citation): string {
  const sentences = [
    year === undefined ? authors : `${authors} (${year})`,
    title,
    ...(venue === undefined ? [] : [venue]),
  ];
  return `${sentences.join(". ")}. ${url}${licence === undefined ? "" : ` (${licence})`}`;
}

/** One named quantity that every row of a section has. */
export interface PartSpec {
  /** Shape of one row, for example `[50]` for features or `[32, 32, 3]` for image patches. */
  readonly shape: readonly number[];
  /** Unit in words, for example `"µm"` or `"standard deviations"`. */
  readonly unit: string;
  /** Names along the last axis, for example genes. */
  readonly names?: readonly string[];
}

/** A measured time, stage or dose, in order. */
export interface TimePoint {
  /** Name as shown, for example `"5 days"`. */
  readonly name: string;
  /** Position on the time axis, in `unit`. */
  readonly value: number;
  /** Unit of `value`, for example `"days after injury"`. */
  readonly unit: string;
}

/** What a plugin may know before it reads a single row; sizes come from here, nothing is hard-coded. */
export interface DataSpec {
  /** Name of the data set. */
  readonly name: string;
  /** Quantities by name: `x` features, `pos` coordinates, `img` image patches. */
  readonly parts: Readonly<Record<string, PartSpec>>;
  /** Time points in order; empty if the data have none. */
  readonly times: readonly TimePoint[];
  /** Categories of each label, for example `{ cell_type: [...] }`; empty if the data have none. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

/** Rows of one quantity, in memory or streamed from a store. */
export interface RowSource {
  /** Shape with the rows first. */
  readonly shape: readonly number[];
  /** Rows that are read at the cost of one, since a store keeps them together; absent if each has its own cost. */
  readonly chunkRows?: number;
  /** Rows that the source keeps at hand, those that were read last; absent if that does not matter. */
  readonly cachedRows?: number;
  /**
   * Read rows.
   *
   * @param index Rows to read, in order; absent means all.
   * @returns A host array that the caller may keep.
   */
  read(index?: ArrayLike<number>): Promise<HostArray<NumericArray>>;
}

/** One tissue section (slide, embryo, well): rows that lie in one frame and belong to one time point. */
export interface Section {
  /** Name, unique in the data set. */
  readonly name: string;
  /** Index into `DataSpec.times`; -1 if there are none. */
  readonly time: number;
  /** Sections of `"test"` are never used to fit anything. */
  readonly split: "train" | "test";
  /** Donor, animal or patient, for splits that must not leak; absent if unknown. */
  readonly donor?: string;
  /** Number of rows (cells or spots). */
  readonly rows: number;
  /** Quantities by the names of `DataSpec.parts`. */
  readonly parts: Readonly<Record<string, RowSource>>;
  /** Category index of each row by label name; -1 where the label is missing. */
  readonly labels: Readonly<Record<string, Int32Array>>;
}

/** A loaded data set: what it holds, where it is from, and how to say so. */
export interface Data {
  /** Sizes and names. */
  readonly spec: DataSpec;
  /** Sections in order of time. */
  readonly sections: readonly Section[];
  /** Publication and licence of the data. */
  readonly citation: Citation;
  /** Store that was read, or `embedded:NAME`. */
  readonly source: string;
  /** Sentences that must stand wherever results show, for example that features are built from labels. */
  readonly notes: readonly string[];
}

/**
 * A row source over an array in memory.
 *
 * @param array Rows on axis 0.
 * @returns The source; `read()` without an index returns `array` itself.
 */
export function inMemory(array: HostArray<NumericArray>): RowSource {
  return Object.freeze({
    shape: array.shape,
    read: (index?: ArrayLike<number>): Promise<HostArray<NumericArray>> =>
      Promise.resolve(index === undefined ? array : takeRows(array, index)),
  });
}

/**
 * A row source over some rows of another.
 *
 * @param source The other one.
 * @param rows Its rows that are kept, in order.
 * @returns The source; nothing is read before its rows are asked for.
 * @throws {RangeError} If a row is outside the source.
 */
export function selectRows(source: RowSource, rows: Int32Array): RowSource {
  const count = source.shape[0]!;
  const wrong = rows.find((row) => row < 0 || row >= count);
  if (wrong !== undefined) throw new RangeError(`Cannot select row ${wrong} of a source with ${count} rows`);
  return Object.freeze({
    ...source,
    shape: [rows.length, ...source.shape.slice(1)],
    read: (index?: ArrayLike<number>): Promise<HostArray<NumericArray>> =>
      source.read(index === undefined ? rows : Int32Array.from(index, (at) => rowAt(rows, at))),
  });
}

function rowAt(rows: Int32Array, at: number): number {
  const row = rows[at];
  if (row === undefined) throw new RangeError(`Cannot read row ${at} of a source with ${rows.length} rows`);
  return row;
}

/**
 * Read one quantity of a section as float32.
 *
 * @param section The section.
 * @param part Name of the quantity.
 * @param index Rows to read; absent means all.
 * @returns Host array of shape `[rows, ...]`.
 * @throws {TypeError} If the section has no such part.
 */
export async function readPart(section: Section, part: string, index?: ArrayLike<number>): Promise<HostArray> {
  const source = section.parts[part];
  if (source === undefined) {
    const known = Object.keys(section.parts).join(", ");
    throw new TypeError(`Cannot read part "${part}" of section "${section.name}": it has ${known}`);
  }
  const { data, shape } = await source.read(index);
  return data instanceof Float32Array ? hostArray(data, shape) : hostArray(Float32Array.from(data), shape);
}
