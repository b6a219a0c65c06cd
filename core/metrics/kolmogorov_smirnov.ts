/**
 * Largest difference of the distribution functions of two samples (Kolmogorov and Smirnov).
 *
 * @example Usage
 * ```ts
 * import { kolmogorovSmirnov } from "@morphogen/morphogen";
 *
 * if (kolmogorovSmirnov([1, 2], [3, 4]) !== 1) throw new Error("nothing in common");
 * ```
 *
 * @param a First sample.
 * @param b Second sample.
 * @returns From 0 to 1; NaN if a sample is empty.
 */
export function kolmogorovSmirnov(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length === 0 || b.length === 0) return NaN;
  const [x, y] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  let [i, j, largest] = [0, 0, 0];
  while (i < x.length && j < y.length) {
    const at = Math.min(x[i]!, y[j]!);
    while (i < x.length && x[i]! === at) i++;
    while (j < y.length && y[j]! === at) j++;
    largest = Math.max(largest, Math.abs(i / x.length - j / y.length));
  }
  return largest;
}
