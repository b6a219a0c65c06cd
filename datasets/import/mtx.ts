import { DataError, type NumericArray, type SparseMatrix } from "../../core/mod.ts";
import { type Entries, inBlocks, scatterRows } from "./scatter.ts";
import { BLOCK_VALUES, type RowSource } from "./source.ts";
import { readLines } from "./text_lines.ts";

interface Header {
  readonly shape: readonly [number, number];
  readonly values: number;
  readonly integers: boolean;
  readonly pattern: boolean;
}

async function readHeader(path: string): Promise<Header> {
  let banner: string[] | undefined;
  for await (const lines of readLines(path)) {
    for (const line of lines) {
      if (banner === undefined) {
        banner = line.toLowerCase().split(/\s+/);
        const [mark, object, layout, field, symmetry] = banner;
        const known = mark === "%%matrixmarket" && object === "matrix" && layout === "coordinate" &&
          ["integer", "real", "pattern"].includes(field ?? "") && symmetry === "general";
        if (known) continue;
        const expected = "%%MatrixMarket matrix coordinate integer|real|pattern general";
        throw new DataError(`Cannot read "${path}": it begins "${line.slice(0, 80)}", expected "${expected}"`);
      }
      if (line.startsWith("%") || line.trim() === "") continue;
      const [rows, columns, values] = line.trim().split(/\s+/).map(Number);
      if (![rows, columns, values].every((size) => Number.isSafeInteger(size) && size! >= 0)) {
        throw new DataError(`Cannot read "${path}": its size is "${line}", expected rows, columns and values`);
      }
      const [integers, pattern] = [banner[3] !== "real", banner[3] === "pattern"];
      return { shape: [rows!, columns!], values: values!, integers, pattern };
    }
  }
  throw new DataError(`Cannot read "${path}": it ends before its size is given, copy it again`);
}

/** Values with the row and column as the file has them. */
async function* readEntries(path: string, { shape, values, integers, pattern }: Header): AsyncIterable<Entries> {
  const Kind = integers ? Int32Array : Float32Array;
  let batch = {
    rows: new Int32Array(BLOCK_VALUES),
    columns: new Int32Array(BLOCK_VALUES),
    data: new Kind(BLOCK_VALUES),
  };
  let [filled, count, line] = [0, 0, 0];
  let sized = false;
  const cut = (): Entries => ({
    rows: batch.rows.subarray(0, filled),
    columns: batch.columns.subarray(0, filled),
    data: batch.data.subarray(0, filled),
  });
  for await (const lines of readLines(path)) {
    for (const text of lines) {
      line++;
      if (text === "" || text.startsWith("%")) continue;
      if (!sized) {
        sized = true;
        continue;
      }
      const first = text.indexOf(" ");
      const second = pattern ? text.length : text.indexOf(" ", first + 1);
      const [row, column] = [Number(text.slice(0, first)) - 1, Number(text.slice(first + 1, second)) - 1];
      const value = pattern ? 1 : Number(text.slice(second + 1));
      if (!(row >= 0 && row < shape[0] && column >= 0 && column < shape[1]) || Number.isNaN(value)) {
        const expected = `a row up to ${shape[0]}, a column up to ${shape[1]} and a value`;
        throw new DataError(`Cannot read "${path}": line ${line} is "${text.slice(0, 80)}", expected ${expected}`);
      }
      batch.rows[filled] = row;
      batch.columns[filled] = column;
      batch.data[filled] = value;
      if (++filled < BLOCK_VALUES) continue;
      count += filled;
      yield cut();
      batch = {
        rows: new Int32Array(BLOCK_VALUES),
        columns: new Int32Array(BLOCK_VALUES),
        data: new Kind(BLOCK_VALUES),
      };
      filled = 0;
    }
  }
  count += filled;
  if (filled > 0) yield cut();
  if (count !== values) {
    throw new DataError(`Cannot read "${path}": it holds ${count} values, expected ${values}, copy it again`);
  }
}

/** Cells are the rows that come out, whichever way the file lies. */
async function* cellEntries(path: string, header: Header, transposed: boolean): AsyncIterable<Entries> {
  for await (const { rows, columns, data } of readEntries(path, header)) {
    yield transposed ? { rows: columns, columns: rows, data } : { rows, columns, data };
  }
}

/**
 * Read a MatrixMarket file by cells: in one pass if it is sorted by cell, as those of 10x are, else in a few.
 *
 * @param path Path of the `.mtx` or `.mtx.gz`.
 * @param cells Cells that it must have.
 * @param features Features that it must have; the file may hold features by cells, as those of 10x do, or cells by
 * features.
 * @returns Its rows.
 * @throws {DataError} If it is no such file or has another shape.
 */
export async function mtxRows(path: string, cells: number, features: number): Promise<RowSource> {
  const header = await readHeader(path);
  const [rows, columns] = header.shape;
  const transposed = rows === features && columns === cells;
  if (!transposed && !(rows === cells && columns === features)) {
    throw new DataError(
      `Cannot read "${path}": its size is ${rows} x ${columns}, expected ${features} features x ${cells} barcodes`,
    );
  }
  const shape = [cells, features] as const;
  const scan = (): AsyncIterable<Entries> => cellEntries(path, header, transposed);
  return Object.freeze({
    name: `"${path}"`,
    kind: "csr",
    shape,
    type: header.integers ? "int32" : "float32",
    values: header.values,
    stored: `MatrixMarket ${header.integers ? "integer" : "real"}, ${header.values} values`,
    blocks: async function* (from: number): AsyncIterable<SparseMatrix> {
      let next = from;
      for await (const block of sortedBlocks(shape, from, scan)) {
        // Not sorted by cell after all: the rest is put in order.
        if (block === undefined) return yield* scatterRows(shape, next, scan);
        yield block;
        next += block.shape[0];
      }
    },
  });
}

/** Rows as they come, as long as they come in order; undefined where they do not. */
async function* sortedBlocks(
  [cells, features]: readonly [number, number],
  from: number,
  scan: () => AsyncIterable<Entries>,
): AsyncIterable<SparseMatrix | undefined> {
  let last = -1;
  let row = from;
  let held: Entries | undefined;
  for await (const entries of scan()) {
    for (let i = 0; i < entries.rows.length; i++) {
      if (entries.rows[i]! < last) return yield undefined;
      last = entries.rows[i]!;
    }
    const all: Entries = held === undefined ? entries : joinEntries(held, entries);
    const end = all.rows.at(-1) ?? row;
    // The last cell of a batch may go on in the next one.
    const cut = lowerBound(all.rows, end);
    if (end > row) {
      yield* inBlocks(compress(sliceEntries(all, 0, cut), row, end, features));
      row = end;
    }
    held = sliceEntries(all, cut, all.rows.length);
  }
  const rest = held ?? { rows: new Int32Array(), columns: new Int32Array(), data: new Int32Array() };
  if (row < cells) yield* inBlocks(compress(rest, row, cells, features));
}

function lowerBound(sorted: Int32Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sliceEntries({ rows, columns, data }: Entries, from: number, to: number): Entries {
  return { rows: rows.slice(from, to), columns: columns.slice(from, to), data: data.slice(from, to) };
}

function joinEntries(a: Entries, b: Entries): Entries {
  const join = <T extends NumericArray>(x: T, y: T): T => {
    const Kind = x.constructor as new (length: number) => T;
    const joined = new Kind(x.length + y.length);
    joined.set(x);
    joined.set(y, x.length);
    return joined;
  };
  return { rows: join(a.rows, b.rows), columns: join(a.columns, b.columns), data: join(a.data, b.data) };
}

/** Entries sorted by row as rows `begin` to `end`; entries of earlier rows are left out. */
function compress({ rows, columns, data }: Entries, begin: number, end: number, width: number): SparseMatrix {
  const first = lowerBound(rows, begin);
  const indptr = new Float64Array(end - begin + 1);
  for (let i = first; i < rows.length; i++) indptr[rows[i]! - begin + 1]!++;
  for (let i = 1; i < indptr.length; i++) indptr[i]! += indptr[i - 1]!;
  return {
    kind: "csr",
    shape: [end - begin, width],
    indptr,
    indices: columns.subarray(first),
    data: data.subarray(first),
  };
}
