import { DataError } from "../errors.ts";

const pairs = (count: number): number => count * (count - 1) / 2;

/** The number of a name among those seen so far. */
function numbered(
  labels: ArrayLike<number>,
  kept: readonly number[],
): { readonly code: Int32Array; readonly size: number } {
  const seen = new Map<number, number>();
  const code = Int32Array.from(kept, (i) => {
    const label = labels[i]!;
    const known = seen.get(label);
    if (known !== undefined) return known;
    seen.set(label, seen.size);
    return seen.size - 1;
  });
  return { code, size: seen.size };
}

/**
 * Adjusted Rand index of two partitions (Hubert and Arabie 1985): 1 if they are the same up to names, 0 on average for
 * random ones of the same sizes, negative if they agree less than that.
 *
 * @example Usage
 * ```ts
 * import { adjustedRandIndex } from "@morphogen/morphogen";
 *
 * if (adjustedRandIndex([0, 0, 1, 1], [5, 5, 2, 2]) !== 1) throw new Error("names do not count");
 * ```
 *
 * @param a Part of each item, whole numbers; items with a negative one on either side are left out.
 * @param b Part of each item, as many.
 * @returns The index, dimensionless, at most 1.
 * @throws {TypeError} If the lengths differ.
 * @throws {DataError} If no item is left.
 */
export function adjustedRandIndex(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) {
    throw new TypeError(`Cannot compare partitions of ${a.length} and ${b.length} items: expected as many`);
  }
  const kept = Array.from({ length: a.length }, (_, i) => i).filter((i) => a[i]! >= 0 && b[i]! >= 0);
  if (kept.length === 0) throw new DataError("Cannot compare partitions: no item has a part on both sides");
  const [rows, columns] = [numbered(a, kept), numbered(b, kept)];
  const table = new Float64Array(rows.size * columns.size);
  kept.forEach((_, at) => table[rows.code[at]! * columns.size + columns.code[at]!]!++);
  const [rowSums, columnSums] = [new Float64Array(rows.size), new Float64Array(columns.size)];
  table.forEach((count, at) => {
    rowSums[Math.floor(at / columns.size)]! += count;
    columnSums[at % columns.size]! += count;
  });
  const total = (counts: Float64Array): number => counts.reduce((sum, count) => sum + pairs(count), 0);
  const [both, inRows, inColumns] = [total(table), total(rowSums), total(columnSums)];
  const all = pairs(kept.length);
  const expected = all === 0 ? 0 : inRows * inColumns / all;
  const most = (inRows + inColumns) / 2;
  // Both are a single part, or both all single items: they are the same.
  return most === expected ? 1 : (both - expected) / (most - expected);
}
