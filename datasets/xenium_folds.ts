import type { HostRng } from "../core/mod.ts";

/** Parts of a cross-validation. */
export const FOLDS = 3;

/** How images are split into folds. */
export interface FoldOptions {
  /** `blocks` of the section side by side, or at `random`, which puts images that share pixels on both sides. */
  readonly kind: "blocks" | "random";
  /** Which fold is tested on, from 0. */
  readonly fold: number;
  /** Of `blocks`: width beside the tested block that is used on neither side, in the unit of the places. */
  readonly guard: number;
}

/** Images on both sides of a split. */
export interface FoldSplit {
  /** Images to train on. */
  readonly train: Int32Array;
  /** Images to test on. */
  readonly test: Int32Array;
}

/**
 * Split images into three folds and take one of them out.
 *
 * @param centres Centre of each image, x and y in turn.
 * @param options How, and which fold.
 * @param rng Draws of the random folds; the same for all folds.
 * @returns Images on both sides; those in the guard of a block are on neither.
 */
export function foldSplit(centres: Float64Array, { kind, fold, guard }: FoldOptions, rng: HostRng): FoldSplit {
  const count = centres.length / 2;
  const bounds = [Math.floor(fold * count / FOLDS), Math.floor((fold + 1) * count / FOLDS)] as const;
  if (kind === "random") {
    const order = rng.permutation(count);
    const held = new Set(order.subarray(...bounds));
    const sides = (wanted: boolean): Int32Array =>
      Int32Array.from({ length: count }, (_, i) => i).filter((i) => held.has(i) === wanted);
    return { train: sides(false), test: sides(true) };
  }
  const extent = (axis: 0 | 1): number => {
    let [low, high] = [Infinity, -Infinity];
    for (let at = axis; at < centres.length; at += 2) {
      [low, high] = [Math.min(low, centres[at]!), Math.max(high, centres[at]!)];
    }
    return high - low;
  };
  const axis = extent(0) >= extent(1) ? 0 : 1;
  const place = (i: number): number => centres[2 * i + axis]!;
  const order = Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => place(a) - place(b) || a - b);
  const test = order.subarray(...bounds);
  const [first, last] = [place(test[0] ?? 0), place(test.at(-1) ?? 0)];
  const held = new Set(test);
  const train = order.filter((i) => !held.has(i) && (place(i) < first - guard || place(i) > last + guard));
  return { train: train.sort(), test: test.slice().sort() };
}
