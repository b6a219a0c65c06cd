import type { RowAddress } from "../../core/mod.ts";

/**
 * Take rows evenly over all, in order.
 *
 * @param rows All rows.
 * @param count How many are taken; 0 means all.
 * @returns Some of the rows.
 */
export function spreadOver(rows: readonly RowAddress[], count: number): readonly RowAddress[] {
  if (count === 0 || count >= rows.length) return rows;
  return Array.from({ length: count }, (_, i) => rows[Math.floor((i + 0.5) * rows.length / count)]!);
}
