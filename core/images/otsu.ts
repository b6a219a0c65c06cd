/** Grey values of a byte. */
const LEVELS = 256;

/**
 * Threshold that parts grey values into two classes of largest variance between them (Otsu 1979); the first of equals.
 *
 * @param values Grey values from 0 to 255.
 * @returns The largest value of the lower class.
 */
export function otsuThreshold(values: Uint8Array): number {
  const counts = new Float64Array(LEVELS);
  for (const value of values) counts[value]! += 1;
  const total = values.length;
  const sum = counts.reduce((all, count, level) => all + count * level, 0);
  let [below, belowSum, best, threshold] = [0, 0, -1, 0];
  for (let level = 0; level < LEVELS - 1; level++) {
    below += counts[level]!;
    belowSum += counts[level]! * level;
    if (below === 0 || below === total) continue;
    const gap = belowSum / below - (sum - belowSum) / (total - below);
    const variance = below * (total - below) * gap * gap;
    if (variance > best) [best, threshold] = [variance, level];
  }
  return threshold;
}
