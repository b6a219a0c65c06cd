import { type Data, readPart, type Section } from "./data.ts";
import { DataError } from "./errors.ts";
import { type HostArray, hostArray, rowSize } from "./host_array.ts";

/** One row of a data set. */
export interface RowAddress {
  /** Its section. */
  readonly section: Section;
  /** Its number in the section. */
  readonly row: number;
}

/**
 * List the rows of a split.
 *
 * @param data The data set.
 * @param split Which sections.
 * @returns Rows in order of the sections.
 */
export function rowsOf({ sections }: Data, split: Section["split"]): readonly RowAddress[] {
  return sections.filter((section) => section.split === split).flatMap((section) =>
    Array.from({ length: section.rows }, (_, row) => ({ section, row }))
  );
}

/**
 * Read one quantity of rows of any sections, in whatever order; rows of one section are read together.
 *
 * @param rows Rows to read, at least one.
 * @param part Name of the quantity.
 * @returns Host array, `[n, ...]`.
 * @throws {TypeError} If a section has no such part.
 */
export async function readPartOfRows(rows: readonly RowAddress[], part: string): Promise<HostArray> {
  const places = new Map<Section, number[]>();
  rows.forEach(({ section }, place) => {
    const list = places.get(section) ?? [];
    places.set(section, list);
    list.push(place);
  });
  let [tail, out]: [readonly number[], Float32Array] = [[], new Float32Array()];
  for (const [section, own] of places) {
    const { data, shape } = await readPart(section, part, Int32Array.from(own, (place) => rows[place]!.row));
    const width = rowSize(shape);
    if (out.length === 0) [tail, out] = [shape.slice(1), new Float32Array(rows.length * width)];
    own.forEach((place, i) => out.set(data.subarray(i * width, (i + 1) * width), place * width));
  }
  return hostArray(out, [rows.length, ...tail]);
}

/** Largest grey value of images of bytes. */
const WHITE = 255;

/** Whether grey values are bytes or shares of white; said by the data's unit. */
function whiteOf({ spec }: Data): number {
  return /255/.test(spec.parts["img"]!.unit) ? WHITE : 1;
}

function requireShares(values: Float32Array, { section, row }: RowAddress): void {
  for (const value of values) {
    if (value >= 0 && value <= 1) continue;
    throw new DataError(
      `Cannot use the image of row ${row} of section "${section.name}": it holds ${value} after scaling, expected ` +
        "values from 0 to 1; the unit of the part says what white is",
    );
  }
}

/**
 * Read the images (`img`) of rows.
 *
 * @param data The data set.
 * @param rows Rows to read, at least one.
 * @returns Images, `[n, H, W, C]`, values in [0, 1].
 * @throws {DataError} If an image holds values out of range.
 * @throws {TypeError} If a section has no images.
 */
export async function readImages(data: Data, rows: readonly RowAddress[]): Promise<HostArray> {
  const { data: values, shape } = await readPartOfRows(rows, "img");
  const white = whiteOf(data);
  const images = white === 1 ? values : values.map((value) => value / white);
  const size = rowSize(shape);
  rows.forEach((address, i) => requireShares(images.subarray(i * size, (i + 1) * size), address));
  return hostArray(images, shape);
}
