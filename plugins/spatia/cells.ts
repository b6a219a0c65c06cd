import {
  breathe,
  type Data,
  DataError,
  type DataSpec,
  type HostArray,
  hostArray,
  type Progress,
  readImages,
  readPartOfRows,
  type RowAddress,
  unknownName,
} from "../../core/mod.ts";
import { measureImages, type Morphology, type MorphologyOptions } from "./morphology.ts";

/** Cells with what pairing needs of them. */
export interface MeasuredCells {
  /** Where they are. */
  readonly rows: readonly RowAddress[];
  /** Expression, `[n, G]`. */
  readonly expression: HostArray;
  /** Profiles of their crops. */
  readonly morphology: readonly Morphology[];
}

/** Values of crops that are held at a time. */
const HELD = 1 << 25;

/**
 * How many crops are read at a time: less than 128 MiB of them.
 *
 * @param shape Height, width and channels.
 * @param most More are never read together.
 * @returns At least 1.
 */
export function cropsAtOnce(shape: readonly number[], most: number): number {
  return Math.max(1, Math.min(most, Math.floor(HELD / shape.reduce((a, b) => a * b, 1))));
}

/** Crops between reports. */
const CHUNK = 256;

/**
 * Columns of the expression that pairing and signatures use.
 *
 * @param features Names; empty takes all.
 * @param spec Parts of the data.
 * @returns Their numbers.
 * @throws {DataError} If there is no expression, or columns have no names.
 * @throws {ConfigError} If there is no such column.
 */
export function featureColumns(features: readonly string[], { name, parts }: DataSpec): readonly number[] {
  const x = parts["x"];
  if (x === undefined || x.shape.length !== 1) {
    throw new DataError(
      `Cannot pair cells of "${name}": it needs expression "x", one row per cell; the data have ` +
        Object.keys(parts).join(", "),
    );
  }
  if (features.length === 0) return Array.from({ length: x.shape[0]! }, (_, i) => i);
  const { names } = x;
  if (names === undefined) throw new DataError(`Cannot choose features of "${name}": they have no names`);
  return features.map((feature) => {
    const found = names.indexOf(feature);
    if (found < 0) throw unknownName("feature", feature, names);
    return found;
  });
}

/** Some columns of a matrix, in their order. */
function columnsOf({ data, shape }: HostArray, columns: readonly number[]): HostArray {
  const [rows, width] = shape as [number, number];
  const out = new Float32Array(rows * columns.length);
  for (let row = 0, at = 0; row < rows; row++) for (const column of columns) out[at++] = data[row * width + column]!;
  return hostArray(out, [rows, columns.length]);
}

/** Whether an image shows nothing: a crop that is missing must not be learnt as a black cell. */
function isBlank(values: Float32Array): boolean {
  return values.every((value) => value === values[0]);
}

/** What is read of cells, and how. */
export interface ReadOptions {
  /** Columns of the expression, see {@linkcode featureColumns}. */
  readonly columns: readonly number[];
  /** How crops are measured. */
  readonly morphology: MorphologyOptions;
  /** Where to report. */
  readonly progress: Progress;
}

/**
 * Read and measure cells; those whose crop is missing (of one grey value in all channels) are left out.
 *
 * @param data The data set.
 * @param rows Cells to read.
 * @param options What is read.
 * @returns The cells that have a crop, and how many have none.
 * @throws {DataError} If images hold values out of range.
 */
export async function readCells(
  data: Data,
  rows: readonly RowAddress[],
  { columns, morphology, progress }: ReadOptions,
): Promise<MeasuredCells & { readonly blank: number }> {
  const kept: RowAddress[] = [];
  const expression: number[] = [];
  const profiles: Morphology[] = [];
  const step = cropsAtOnce(data.spec.parts["img"]!.shape, CHUNK);
  for (let first = 0; first < rows.length; first += step) {
    const chunk = rows.slice(first, first + step);
    const images = await readImages(data, chunk);
    const values = columnsOf(await readPartOfRows(chunk, "x"), columns);
    const measured = measureImages(images, morphology);
    const size = images.data.length / chunk.length;
    chunk.forEach((row, i) => {
      if (isBlank(images.data.subarray(i * size, (i + 1) * size))) return;
      kept.push(row);
      profiles.push(measured[i]!);
      for (let c = 0; c < columns.length; c++) expression.push(values.data[i * columns.length + c]!);
    });
    progress(Math.min(first + step, rows.length), rows.length, "measuring cells");
    await breathe();
  }
  return {
    rows: kept,
    expression: hostArray(Float32Array.from(expression), [kept.length, columns.length]),
    morphology: profiles,
    blank: rows.length - kept.length,
  };
}
