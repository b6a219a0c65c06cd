import {
  type Data,
  DataError,
  type HostArray,
  hostArray,
  readImages,
  readPartOfRows,
  type RowAddress,
} from "../../core/mod.ts";
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
  const images = await readImages(data, rows);
  const [count, genes] = conditionShape(config, data.spec);
  const expression = config.condition === "time"
    ? Float32Array.from(
      { length: rows.length * genes },
      (_, at) => rows[Math.floor(at / genes)]!.section.time === at % genes ? 1 : 0,
    )
    : (await readPartOfRows(rows, "x")).data;
  const cells = cellsOf(expression, count, genes);
  const empty = rows.findIndex((_, i) => !cells.subarray(i * count, (i + 1) * count).includes(1));
  if (empty >= 0) {
    const { section, row } = rows[empty]!;
    throw new DataError(`Cannot condition on row ${row} of section "${section.name}": the image has no cell`);
  }
  return {
    images,
    expression: hostArray(expression, [rows.length, count, genes]),
    cells: hostArray(cells, [rows.length, count]),
  };
}
