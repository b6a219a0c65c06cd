/** Dark spots of the nuclear stain. */
export interface Nuclei {
  /** Share of the window that they cover. */
  readonly share: number;
  /** Number of separate ones, per thousand pixels. */
  readonly density: number;
  /** Root of their mean area, in sides of the window. */
  readonly extent: number;
  /** Mean stain inside minus outside. */
  readonly contrast: number;
}

const BINS = 64;
/** Separate spots of fewer pixels are noise. */
const SMALLEST = 3;

/**
 * The threshold that separates two groups of values best (Otsu 1979).
 *
 * @param values Values.
 * @returns The threshold; the common value if all are equal.
 */
export function otsu(values: Float32Array): number {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(high > low)) return low;
  const counts = new Float64Array(BINS);
  const width = (high - low) / BINS;
  for (const value of values) counts[Math.min(BINS - 1, Math.floor((value - low) / width))]!++;
  const total = counts.reduce((sum, count, i) => sum + count * i, 0);
  let [below, sumBelow, best, at] = [0, 0, -1, 0];
  for (let i = 0; i < BINS - 1; i++) {
    below += counts[i]!;
    sumBelow += counts[i]! * i;
    const above = values.length - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sumBelow / below - (total - sumBelow) / above) ** 2;
    if (between > best) [best, at] = [between, i];
  }
  return low + (at + 1) * width;
}

/** Sizes of the connected groups (4 neighbours) of marked pixels. */
function groups(marked: Uint8Array, size: number): number[] {
  const left = marked.slice();
  const stack: number[] = [];
  const sizes: number[] = [];
  for (let start = 0; start < left.length; start++) {
    if (left[start] === 0) continue;
    let count = 0;
    left[start] = 0;
    stack.push(start);
    while (stack.length > 0) {
      const at = stack.pop()!;
      count++;
      const column = at % size;
      const around = [at - size, at + size, column > 0 ? at - 1 : -1, column < size - 1 ? at + 1 : -1];
      for (const next of around) {
        if (next < 0 || next >= left.length || left[next] === 0) continue;
        left[next] = 0;
        stack.push(next);
      }
    }
    if (count >= SMALLEST) sizes.push(count);
  }
  return sizes;
}

/**
 * Count and measure nuclei by thresholding the nuclear stain.
 *
 * @param haematoxylin Stain per pixel, row-major.
 * @param size Rows and columns.
 * @returns Measures of the window.
 */
export function nucleiOf(haematoxylin: Float32Array, size: number): Nuclei {
  const threshold = otsu(haematoxylin);
  const marked = Uint8Array.from(haematoxylin, (value) => Number(value > threshold));
  let [inside, outside, count] = [0, 0, 0];
  haematoxylin.forEach((value, i) => {
    count += marked[i]!;
    if (marked[i] === 1) inside += value;
    else outside += value;
  });
  const sizes = groups(marked, size);
  const area = sizes.length === 0 ? 0 : sizes.reduce((a, b) => a + b, 0) / sizes.length;
  const rest = haematoxylin.length - count;
  return {
    share: count / haematoxylin.length,
    density: (1000 * sizes.length) / haematoxylin.length,
    extent: Math.sqrt(area) / size,
    contrast: count === 0 || rest === 0 ? 0 : inside / count - outside / rest,
  };
}
