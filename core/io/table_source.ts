import { DataError } from "../errors.ts";
import { type HostArray, hostArray, type NumericArray, takeRows } from "../host_array.ts";
import type { Column, DataFrame } from "./anndata.ts";
import type { FrameSource } from "./frame_source.ts";
import type { MatrixSource, RowBlock } from "./matrix_source.ts";

/**
 * A table of numbers as a matrix, as pandas tables in `obsm` are meant; it is read as a whole.
 *
 * @param frame The table.
 * @returns Matrix of one column per column of the table, in float64.
 */
export function tableSource(frame: FrameSource): MatrixSource {
  const all = async (): Promise<HostArray<NumericArray>> => matrixOf(frame.name, await frame.all());
  const take = async (index: ArrayLike<number>): Promise<HostArray<NumericArray>> => takeRows(await all(), index);
  async function* blocks(): AsyncGenerator<RowBlock> {
    if (frame.rows > 0) yield { start: 0, rows: await all() };
  }
  return Object.freeze({
    name: frame.name,
    kind: "dense",
    shape: [frame.rows, frame.columns.length],
    dtype: "float64",
    all,
    rows: (start: number, stop: number) => take(Array.from({ length: stop - start }, (_, i) => start + i)),
    take,
    read: (index?: ArrayLike<number>) => index === undefined ? all() : take(index),
    blocks,
  });
}

function isNumeric(column: Column): column is NumericArray {
  return ArrayBuffer.isView(column);
}

function matrixOf(name: string, { index, columns }: DataFrame): HostArray<NumericArray> {
  const numbers = Object.entries(columns).map(([column, values]) => {
    if (isNumeric(values)) return values;
    throw new DataError(`Cannot read table ${name} as a matrix: column "${column}" does not hold numbers`);
  });
  const data = new Float64Array(index.length * numbers.length);
  numbers.forEach((values, j) => values.forEach((value, i) => data[i * numbers.length + j] = value));
  return hostArray(data, [index.length, numbers.length]);
}
