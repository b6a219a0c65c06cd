import { type Data, DataError, type HostArray, hostArray, readPart, type Section } from "../../core/mod.ts";
import type { GeneFlowConfig } from "./config.ts";

/** Images with what they are drawn for, on the host. */
export interface PictureRows {
  /** Images, `[n, H, W, C]`, values in [0, 1]. */
  readonly images: HostArray;
  /** Expression of their cells, `[n, C, G]`. */
  readonly expression: HostArray;
  /** 1 for cells, 0 for padding, `[n, C]`. */
  readonly cells: HostArray;
}

/** One row of the data. */
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
export function rowsOf({ sections }: Data, split: "train" | "test"): readonly RowAddress[] {
  return sections.filter((section) => section.split === split).flatMap((section) =>
    Array.from({ length: section.rows }, (_, row) => ({ section, row }))
  );
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

/** Reads rows of one section together, whatever order they are asked for in. */
async function readRows(
  rows: readonly RowAddress[],
  width: number,
  read: (section: Section, index: Int32Array) => Promise<HostArray>,
): Promise<Float32Array> {
  const out = new Float32Array(rows.length * width);
  for (const section of new Set(rows.map((each) => each.section))) {
    const places = rows.flatMap((each, place) => each.section === section ? [place] : []);
    const { data } = await read(section, Int32Array.from(places, (place) => rows[place]!.row));
    places.forEach((place, i) => out.set(data.subarray(i * width, (i + 1) * width), place * width));
  }
  return out;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Rows of the conditioning that hold nothing are padding. */
function cellsOf(expression: Float32Array, count: number, genes: number): Float32Array {
  return Float32Array.from({ length: expression.length / genes }, (_, cell) => {
    if (count === 1) return 1;
    return expression.subarray(cell * genes, (cell + 1) * genes).some((value) => value !== 0) ? 1 : 0;
  });
}

/**
 * Shape of what an image is drawn for.
 *
 * @param config What that is.
 * @param spec Parts and time points of the data.
 * @returns Cells per image and numbers per cell.
 */
export function conditionShape(
  { condition }: Pick<GeneFlowConfig, "condition">,
  { parts, times }: Data["spec"],
): readonly [cells: number, genes: number] {
  if (condition === "time") return [1, times.length];
  const { shape } = parts["x"]!;
  return shape.length === 1 ? [1, shape[0]!] : [shape[0]!, shape[1]!];
}

/**
 * Read images and what they are drawn for.
 *
 * @param data The data set.
 * @param config What an image is drawn for.
 * @param rows Rows to read, at least one.
 * @returns Host arrays, rows first.
 * @throws {DataError} If an image holds values out of range, or has no cell.
 */
export async function readPictures(
  data: Data,
  config: Pick<GeneFlowConfig, "condition">,
  rows: readonly RowAddress[],
): Promise<PictureRows> {
  const { shape } = data.spec.parts["img"]!;
  const white = whiteOf(data);
  const images = (await readRows(rows, sizeOf(shape), (section, index) => readPart(section, "img", index)))
    .map((value) => value / white);
  const size = sizeOf(shape);
  rows.forEach((address, i) => requireShares(images.subarray(i * size, (i + 1) * size), address));
  const [count, genes] = conditionShape(config, data.spec);
  const expression = config.condition === "time"
    ? Float32Array.from(
      { length: rows.length * genes },
      (_, at) => rows[Math.floor(at / genes)]!.section.time === at % genes ? 1 : 0,
    )
    : await readRows(rows, count * genes, (section, index) => readPart(section, "x", index));
  const cells = cellsOf(expression, count, genes);
  const empty = rows.findIndex((_, i) => !cells.subarray(i * count, (i + 1) * count).includes(1));
  if (empty >= 0) {
    const { section, row } = rows[empty]!;
    throw new DataError(`Cannot condition on row ${row} of section "${section.name}": the image has no cell`);
  }
  return {
    images: hostArray(images, [rows.length, ...shape]),
    expression: hostArray(expression, [rows.length, count, genes]),
    cells: hostArray(cells, [rows.length, count]),
  };
}
