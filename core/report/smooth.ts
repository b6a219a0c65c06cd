/**
 * Mean over a window that is centred on each value and shortened at the ends; values that are not finite are skipped.
 *
 * @param values For example the loss of each step.
 * @param window Number of values to average, at least 1.
 * @returns As many values; NaN where the whole window holds none that is finite.
 * @throws {RangeError} If the window is below 1.
 */
export function runningMean(values: ArrayLike<number>, window: number): Float64Array {
  if (!(window >= 1)) throw new RangeError(`Cannot average over a window of ${window}: at least 1 is needed`);
  const half = Math.floor((window - 1) / 2);
  const n = values.length;
  const sums = new Float64Array(n + 1);
  const counts = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    const finite = Number.isFinite(values[i]);
    sums[i + 1] = sums[i]! + (finite ? values[i]! : 0);
    counts[i + 1] = counts[i]! + (finite ? 1 : 0);
  }
  return Float64Array.from({ length: n }, (_, i) => {
    const [from, to] = [Math.max(0, i - half), Math.min(n, i + half + 1)];
    return (sums[to]! - sums[from]!) / (counts[to]! - counts[from]!);
  });
}
