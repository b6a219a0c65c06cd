/**
 * Median of some values.
 *
 * @param values Any values.
 * @returns The middle one, or the mean of the middle two; NaN without values.
 */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Median of the positive values.
 *
 * @param values Any values.
 * @returns The median; NaN if none is positive.
 */
export function medianPositive(values: Float64Array): number {
  return median(values.filter((value) => value > 0));
}
