import {
  type AnnData,
  type Column,
  concatRows,
  DataError,
  type DataFrame,
  type HostArray,
  hostArray,
  type Matrix,
  type NumericArray,
  type SparseMatrix,
  takeRows,
} from "../../core/mod.ts";
import { type RowBlocks, rowsInMemory, selectColumns, selectRows } from "./rows.ts";

/** An AnnData table whose big matrices are streams; annotations and coordinates are in memory. */
export interface StreamTable extends Omit<AnnData, "X" | "layers"> {
  /** Main matrix `[N, G]`. */
  readonly X: RowBlocks;
  /** Matrices of the same shape. */
  readonly layers: Readonly<Record<string, RowBlocks>>;
  /** Entries of `obsm` with more than two axes, for example image patches `[N, H, W, C]`, that are streams too. */
  readonly images?: Readonly<Record<string, RowBlocks>>;
  /** `X` before it was first normalized, for rules that want counts; absent if it was not. */
  readonly counts?: RowBlocks;
  /** 1 for each row that may be fitted on, `[N]`; absent means all. */
  readonly train?: Uint8Array;
}

/** Entry of `obsm` that holds the cells of each niche. */
export const NICHES = "niches";

/** Receives what was left out and why. */
export type Note = (message: string) => void;

/**
 * Stream a table in memory.
 *
 * @param table The table.
 * @returns The same table with matrices as streams.
 * @throws {DataError} If it has no `X`.
 */
export function streamOf(table: AnnData): StreamTable {
  const { X, layers, ...rest } = table;
  if (X === undefined) throw new DataError("Cannot prepare a table without X: give one that has counts in X");
  return { ...rest, X: rowsInMemory("X", X), layers: mapRecord(layers, (one, name) => rowsInMemory(name, one)) };
}

/**
 * Read all of a table into memory.
 *
 * @param table The table.
 * @returns The table as AnnData.
 */
export async function collect(table: StreamTable): Promise<AnnData> {
  const { X, layers, images = {}, counts: _counts, train: _train, ...rest } = table;
  const pairs: [string, Matrix][] = [];
  for (const [name, rows] of Object.entries(layers)) pairs.push([name, await collectRows(rows)]);
  const obsm: Record<string, HostArray<NumericArray>> = { ...rest.obsm };
  for (const [name, rows] of Object.entries(images)) {
    const found = await collectRows(rows);
    if (!("kind" in found)) obsm[name] = found;
  }
  return { ...rest, obsm, X: await collectRows(X), layers: Object.fromEntries(pairs) };
}

/**
 * Read all rows into memory.
 *
 * @param source The rows.
 * @returns The matrix `[N, G]`, dense or compressed by row.
 */
export async function collectRows(source: RowBlocks): Promise<Matrix> {
  const blocks: Matrix[] = [];
  for await (const { rows } of source.blocks()) blocks.push(rows);
  if (blocks.length === 0) return hostArray(new Float32Array(), [0, source.columns]);
  const sparse = blocks.filter((block): block is SparseMatrix => "kind" in block);
  if (sparse.length === 0) return concatRows(blocks as HostArray<NumericArray>[]);
  const length = sparse.reduce((sum, block) => sum + block.data.length, 0);
  const indptr = new Float64Array(source.rows + 1);
  const indices = new Int32Array(length);
  const data = new (sparse[0]!.data.constructor as new (length: number) => NumericArray)(length);
  let [row, at] = [0, 0];
  for (const block of sparse) {
    for (let i = 1; i < block.indptr.length; i++) indptr[++row] = at + block.indptr[i]!;
    indices.set(block.indices, at);
    data.set(block.data, at);
    at += block.data.length;
  }
  return { kind: "csr", shape: [source.rows, source.columns], indptr: Int32Array.from(indptr), indices, data };
}

/**
 * Keep some cells.
 *
 * @param table The table.
 * @param kept 1 for each cell to keep, `[N]`.
 * @returns The table of those cells; matrices between cells lose the others.
 * @throws {DataError} If no cell is left, or niches, which name cells by their rows, were formed before.
 */
export function keepCells(table: StreamTable, kept: Uint8Array): StreamTable {
  const index = Int32Array.from(kept.keys()).filter((row) => kept[row] === 1);
  if (index.length === kept.length) return table;
  if (index.length === 0) {
    throw new DataError(`Cannot leave out all ${kept.length} cells: loosen the thresholds`);
  }
  if (Object.hasOwn(table.obsm, NICHES)) {
    throw new DataError(`Cannot leave out cells: obsm "${NICHES}" names cells by row, form niches after that`);
  }
  return {
    ...table,
    obs: takeFrame(table.obs, index),
    X: selectRows(table.X, kept),
    layers: mapRecord(table.layers, (rows) => selectRows(rows, kept)),
    obsm: mapRecord(table.obsm, (array) => takeRows(array, index)),
    obsp: mapRecord(table.obsp, (matrix) => takeSquare(matrix, index)),
    ...(table.images !== undefined && { images: mapRecord(table.images, (rows) => selectRows(rows, kept)) }),
    ...(table.counts !== undefined && { counts: selectRows(table.counts, kept) }),
    ...(table.train !== undefined && { train: Uint8Array.from(index, (row) => table.train![row]!) }),
  };
}

/**
 * Keep some genes.
 *
 * @param table The table.
 * @param index Genes to keep, rising.
 * @returns The table of those genes.
 * @throws {DataError} If no gene is left.
 */
export function keepGenes(table: StreamTable, index: Int32Array): StreamTable {
  if (index.length === table.var.index.length) return table;
  if (index.length === 0) {
    throw new DataError(`Cannot leave out all ${table.var.index.length} genes: loosen the thresholds`);
  }
  return {
    ...table,
    var: takeFrame(table.var, index),
    X: selectColumns(table.X, index),
    layers: mapRecord(table.layers, (rows) => selectColumns(rows, index)),
    varm: mapRecord(table.varm, (array) => takeRows(array, index)),
    ...(table.counts !== undefined && { counts: selectColumns(table.counts, index) }),
  };
}

/**
 * Add or replace columns of a table of annotations.
 *
 * @param frame The table.
 * @param columns New columns.
 * @returns The table with them.
 */
export function withColumns(frame: DataFrame, columns: Readonly<Record<string, Column>>): DataFrame {
  return { index: frame.index, columns: { ...frame.columns, ...columns } };
}

function mapRecord<T, U>(
  record: Readonly<Record<string, T>>,
  change: (value: T, name: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}

function takeFrame({ index, columns }: DataFrame, rows: Int32Array): DataFrame {
  return {
    index: Array.from(rows, (row) => index[row]!),
    columns: mapRecord(columns, (column) => takeColumn(column, rows)),
  };
}

function takeColumn(column: Column, rows: Int32Array): Column {
  if (ArrayBuffer.isView(column)) return takeRows(hostArray(column, [column.length]), rows).data;
  if (!("kind" in column)) return Array.from(rows, (row) => column[row]!) as readonly string[] | readonly boolean[];
  if (column.kind === "categorical") return { ...column, codes: Int32Array.from(rows, (row) => column.codes[row]!) };
  const values = takeColumn(column.values, rows) as NumericArray | readonly boolean[];
  return { kind: "nullable", values, missing: Uint8Array.from(rows, (row) => column.missing[row]!) };
}

function takeSquare(matrix: Matrix, index: Int32Array): Matrix {
  if ("kind" in matrix) {
    const place = new Int32Array(matrix.shape[0]).fill(-1);
    index.forEach((row, at) => place[row] = at);
    const indptr = new Int32Array(index.length + 1);
    const [indices, data]: [number[], number[]] = [[], []];
    index.forEach((row, to) => {
      for (let at = matrix.indptr[row]!; at < matrix.indptr[row + 1]!; at++) {
        if (place[matrix.indices[at]!]! < 0) continue;
        indices.push(place[matrix.indices[at]!]!);
        data.push(matrix.data[at]!);
      }
      indptr[to + 1] = data.length;
    });
    const values = new (matrix.data.constructor as new (values: number[]) => NumericArray)(data);
    return {
      kind: matrix.kind,
      shape: [index.length, index.length],
      indptr,
      indices: Int32Array.from(indices),
      data: values,
    };
  }
  const columns = matrix.shape[1]!;
  const kept = new Set(index);
  const data = takeRows(matrix, index).data.filter((_: number, at: number) => kept.has(at % columns));
  return hostArray(data as NumericArray, [index.length, index.length]);
}
