import { type HostArray, hostArray } from "../../../core/mod.ts";

/** How predictions are averaged over neighbours. */
export interface Smoothing {
  /** Neighbours. */
  readonly neighbours: number;
  /** Share that the spot itself keeps. */
  readonly own: number;
}

/**
 * Average predictions with those of the nearest spots.
 *
 * @param values Predictions, `[N, G]`.
 * @param nearest Rows of the nearest others of each spot, nearest first, `[N, k]`.
 * @param smoothing How many of them, at most k, and how much of its own each spot keeps.
 * @returns Averages, `[N, G]`.
 */
export function smoothOver(
  { data, shape }: HostArray,
  nearest: HostArray<Int32Array>,
  { neighbours, own }: Smoothing,
): HostArray {
  const [rows, genes] = shape as [number, number];
  const k = nearest.shape[1]!;
  const used = Math.min(neighbours, k);
  const out = data.map((value) => own * value);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < used; j++) {
      const other = nearest.data[i * k + j]! * genes;
      for (let g = 0; g < genes; g++) out[i * genes + g]! += ((1 - own) / used) * data[other + g]!;
    }
  }
  return hostArray(out, shape);
}
