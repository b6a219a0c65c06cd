/** A picture of which each pixel is in or out, or belongs to a numbered region. */
export interface LabelImage {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** 0 for background, else the number of the region; for a mask 1. */
  readonly labels: Int32Array;
}

/** Steps to the neighbours that share a side, then those that share a corner. */
const STEPS = [[-1, 0], [0, -1], [0, 1], [1, 0], [-1, -1], [-1, 1], [1, -1], [1, 1]] as const;

/** How many neighbours a pixel has. */
export type Connectivity = 4 | 8;

/**
 * Neighbours of a pixel within a picture.
 *
 * @param at Pixel, row by row.
 * @param height Rows.
 * @param width Columns.
 * @param connectivity Neighbours by sides, or by corners too.
 * @returns Pixels.
 */
export function neighboursOf(at: number, height: number, width: number, connectivity: Connectivity): number[] {
  const [row, column] = [Math.floor(at / width), at % width];
  const out: number[] = [];
  for (const [down, right] of STEPS.slice(0, connectivity)) {
    const [r, c] = [row + down, column + right];
    if (r >= 0 && r < height && c >= 0 && c < width) out.push(r * width + c);
  }
  return out;
}

/**
 * Number the connected regions of a mask, row by row of their first pixels.
 *
 * @param mask Pixels other than 0 are in.
 * @param connectivity Neighbours by sides, or by corners too.
 * @returns Labels from 1, and how many there are.
 */
export function labelComponents(
  { height, width, labels: mask }: LabelImage,
  connectivity: Connectivity,
): LabelImage & { readonly count: number } {
  const labels = new Int32Array(mask.length);
  let count = 0;
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] === 0 || labels[start] !== 0) continue;
    labels[start] = ++count;
    const open = [start];
    while (open.length > 0) {
      for (const next of neighboursOf(open.pop()!, height, width, connectivity)) {
        if (mask[next] === 0 || labels[next] !== 0) continue;
        labels[next] = count;
        open.push(next);
      }
    }
  }
  return { height, width, labels, count };
}

/**
 * Pixels of each region.
 *
 * @param labels Labels from 1.
 * @param count Number of regions.
 * @returns Number of pixels of region `i + 1` at `i`.
 */
export function regionSizes(labels: Int32Array, count: number): Int32Array {
  const sizes = new Int32Array(count);
  for (const label of labels) if (label > 0) sizes[label - 1]! += 1;
  return sizes;
}

/**
 * Take small connected regions out of a mask.
 *
 * @param mask Pixels other than 0 are in.
 * @param least Regions (connected by sides) with fewer pixels go.
 * @returns A mask of 0 and 1.
 */
export function removeSmall(mask: LabelImage, least: number): LabelImage {
  const { labels, count, ...size } = labelComponents(mask, 4);
  const sizes = regionSizes(labels, count);
  return { ...size, labels: labels.map((label) => label > 0 && sizes[label - 1]! >= least ? 1 : 0) };
}

/**
 * Fill small holes of a mask.
 *
 * @param mask Pixels other than 0 are in.
 * @param least Holes (connected by sides) with fewer pixels are filled; background at the border is no exception.
 * @returns A mask of 0 and 1.
 */
export function fillSmall(mask: LabelImage, least: number): LabelImage {
  const inverse = { ...mask, labels: mask.labels.map((value) => value === 0 ? 1 : 0) };
  const kept = removeSmall(inverse, least);
  return { ...kept, labels: kept.labels.map((value) => value === 0 ? 1 : 0) };
}
