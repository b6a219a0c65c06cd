/**
 * Refuse to keep more columns than there are.
 *
 * @param count Columns to keep.
 * @param columns Columns there are.
 * @throws {RangeError} If `count` is not a whole number from 1 to `columns`.
 */
export function requireCount(count: number, columns: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= columns) return;
  throw new RangeError(`Cannot keep ${count} of ${columns} genes: expected 1 to ${columns}`);
}

/**
 * Order columns by falling score.
 *
 * @param score Score of each column, `[G]`.
 * @returns Columns; equal scores are in order of the column.
 */
export function byScore(score: Float64Array): Int32Array {
  const order = Int32Array.from(score.keys());
  return order.sort((a, b) => score[b]! === score[a]! ? a - b : score[b]! - score[a]!);
}
