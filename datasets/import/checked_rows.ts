import { DataError, type Matrix, type NumericArray, type SparseMatrix } from "../../core/mod.ts";
import { isSparse } from "../../core/io/matrix_encoding.ts";
import type { RowSource } from "./source.ts";

/** How strictly rows are looked at. */
export interface RowCheck {
  /** Names of the rows, for messages. */
  readonly rows: readonly string[];
  /** Whether positions must stand in order already; else they are put in order. */
  readonly sorted: boolean;
  /** Whether values that are all whole are counts, which cannot be negative. */
  readonly counts: boolean;
  /** Receives what is odd but not wrong. */
  note(sentence: string): void;
}

interface Found {
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

/**
 * Read rows and look at every value.
 *
 * @param source The rows.
 * @param from First row.
 * @param check What must hold.
 * @returns The blocks, with the positions of each row in order.
 * @throws {DataError} If a position is out of range or out of order, or a count is negative; the message says where.
 */
export async function* checkedRows(source: RowSource, from: number, check: RowCheck): AsyncIterable<Matrix> {
  const watch = valueWatch(source, check);
  let row = from;
  for await (const block of source.blocks(from)) {
    const ready = isSparse(block) ? checkPositions(source.name, block, row, check) : block;
    watch.see(ready, row);
    yield ready;
    row += block.shape[0]!;
  }
  watch.end();
}

function nameOfRow({ rows }: RowCheck, row: number): string {
  return row < rows.length ? `row ${row} ("${rows[row]}")` : `row ${row}`;
}

function checkPositions(name: string, block: SparseMatrix, first: number, check: RowCheck): SparseMatrix {
  const { indptr, indices, shape } = block;
  let ordered = true;
  for (let i = 0; i < shape[0]; i++) {
    for (let k = indptr[i]!; k < indptr[i + 1]!; k++) {
      const column = indices[k]!;
      if (column < 0 || column >= shape[1]) {
        const where = nameOfRow(check, first + i);
        throw new DataError(`Cannot read ${name}: ${where} has a value in column ${column} of ${shape[1]}`);
      }
      if (k === indptr[i] || indices[k - 1]! < column) continue;
      if (indices[k - 1] === column || check.sorted) {
        const problem = indices[k - 1] === column ? `two values in column ${column}` : "its columns out of order";
        const where = nameOfRow(check, first + i);
        throw new DataError(
          `Cannot read ${name}: ${where} has ${problem}, call sum_duplicates and sort_indices in SciPy`,
        );
      }
      ordered = false;
    }
  }
  return ordered ? block : inOrder(name, block, first, check);
}

function inOrder(name: string, block: SparseMatrix, first: number, check: RowCheck): SparseMatrix {
  const [indices, data] = [block.indices.slice(), block.data.slice()];
  for (let i = 0; i < block.shape[0]; i++) {
    const [begin, end] = [block.indptr[i]!, block.indptr[i + 1]!];
    const order = Int32Array.from({ length: end - begin }, (_, k) => begin + k);
    order.sort((a, b) => block.indices[a]! - block.indices[b]!);
    order.forEach((from, k) => {
      indices[begin + k] = block.indices[from]!;
      data[begin + k] = block.data[from]!;
    });
  }
  return checkPositions(name, { ...block, indices, data }, first, { ...check, sorted: true });
}

/** Looks for negative counts and for values that are not finite. */
function valueWatch(source: RowSource, check: RowCheck): { see(block: Matrix, first: number): void; end(): void } {
  let whole = true;
  let negative: Found | undefined;
  let odd: Found | undefined;
  const integers = !source.type.startsWith("float");
  const fail = ({ row, column, value }: Found): never => {
    const where = `${nameOfRow(check, row)}, column ${column}`;
    throw new DataError(`Cannot read ${source.name}: ${where} holds the count ${value}, expected 0 or more`);
  };
  return {
    see: (block, first) => {
      const at = firstBelow(block.data, 0);
      if (at >= 0 && negative === undefined) negative = placeOf(block, at, first);
      if (integers) {
        if (check.counts && negative !== undefined) fail(negative);
        return;
      }
      whole &&= isWhole(block.data);
      if (odd !== undefined) return;
      const strange = block.data.findIndex((value) => !Number.isFinite(value));
      if (strange >= 0) odd = placeOf(block, strange, first);
    },
    end: () => {
      if (check.counts && whole && negative !== undefined) fail(negative);
      if (odd === undefined) return;
      const where = `${nameOfRow(check, odd.row)}, column ${odd.column}`;
      check.note(`${source.name} holds values that are not finite, the first is ${odd.value} in ${where}`);
    },
  };
}

function firstBelow(data: NumericArray, least: number): number {
  for (let i = 0; i < data.length; i++) if (data[i]! < least) return i;
  return -1;
}

function isWhole(data: NumericArray): boolean {
  for (let i = 0; i < data.length; i++) if (data[i]! % 1 !== 0) return false;
  return true;
}

function placeOf(block: Matrix, at: number, first: number): Found {
  const value = block.data[at]!;
  if (!isSparse(block)) {
    const width = block.data.length / Math.max(1, block.shape[0]!);
    return { row: first + Math.floor(at / width), column: at % width, value };
  }
  let row = 0;
  while (block.indptr[row + 1]! <= at) row++;
  return { row: first + row, column: block.indices[at]!, value };
}
