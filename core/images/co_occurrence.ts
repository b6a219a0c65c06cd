import type { GreyImage } from "./grey.ts";

/** Texture by pairs of neighbouring grey values (Haralick et al. 1973), means over directions. */
export interface Texture {
  /** Mean squared difference of neighbours. */
  readonly contrast: number;
  /** Mean absolute difference of neighbours. */
  readonly dissimilarity: number;
  /** Mean of 1 / (1 + squared difference). */
  readonly homogeneity: number;
  /** Root of the sum of squared frequencies of pairs. */
  readonly energy: number;
}

/** Step to a neighbour: rows down, columns to the right. */
export type Offset = readonly [down: number, right: number];

/** Four directions by 45 degrees at distance 1. */
export const TRUE_OFFSETS: readonly Offset[] = [[0, 1], [1, 1], [1, 0], [1, -1]];

/**
 * What GeneFlow's released program looks at instead, since it gives degrees for radians: the horizontal counts twice, one
 * diagonal is missing.
 */
export const RELEASED_OFFSETS: readonly Offset[] = [[0, 1], [1, 1], [1, 0], [0, -1]];

function textureAt({ height, width, values }: GreyImage, [down, right]: Offset): Texture {
  const pairs = new Map<number, number>();
  let total = 0;
  for (let row = Math.max(0, -down); row < Math.min(height, height - down); row++) {
    for (let column = Math.max(0, -right); column < Math.min(width, width - right); column++) {
      const [a, b] = [values[row * width + column]!, values[(row + down) * width + column + right]!];
      for (const key of [a * 256 + b, b * 256 + a]) pairs.set(key, (pairs.get(key) ?? 0) + 1);
      total += 2;
    }
  }
  let [contrast, dissimilarity, homogeneity, squares] = [0, 0, 0, 0];
  for (const [key, count] of pairs) {
    const [share, gap] = [count / total, Math.abs(Math.floor(key / 256) - key % 256)];
    contrast += share * gap * gap;
    dissimilarity += share * gap;
    homogeneity += share / (1 + gap * gap);
    squares += share * share;
  }
  return { contrast, dissimilarity, homogeneity, energy: Math.sqrt(squares) };
}

/**
 * Texture of a picture from its grey-level co-occurrences, symmetric and normalized.
 *
 * @param image Grey values.
 * @param offsets Steps to the neighbours.
 * @returns Means over the steps.
 * @throws {RangeError} If the picture has fewer than 2 rows or columns.
 */
export function coOccurrence(image: GreyImage, offsets: readonly Offset[] = TRUE_OFFSETS): Texture {
  if (Math.min(image.height, image.width) < 2) {
    throw new RangeError(`Cannot pair pixels of a picture of ${image.height} x ${image.width}: expected 2 x 2 or more`);
  }
  const made = offsets.map((offset) => textureAt(image, offset));
  const meanOf = (pick: (texture: Texture) => number): number =>
    made.reduce((sum, texture) => sum + pick(texture), 0) / made.length;
  return {
    contrast: meanOf(({ contrast }) => contrast),
    dissimilarity: meanOf(({ dissimilarity }) => dissimilarity),
    homogeneity: meanOf(({ homogeneity }) => homogeneity),
    energy: meanOf(({ energy }) => energy),
  };
}
