import type { Rng } from "./rng/mod.ts";
import { gatherRows, type Tensor } from "./tensor/mod.ts";

/**
 * Draw path times of which the rows of one group share one.
 *
 * Uniform times become any others by a function of each (`t => 1 - sqrt(1 - t)`), which keeps them shared.
 *
 * @example Usage
 * ```ts
 * import { dataOf, dispose, intTensor, rng, tidy, timesByGroup } from "@morphogen/morphogen";
 *
 * const group = intTensor([0, 0, 1]);
 * const t = tidy(() => timesByGroup(rng(1), group, 3));
 * const [a, b, c] = await dataOf(t);
 * if (a !== b || a === c) throw new Error("rows of a group share their time, groups do not");
 * dispose([group, t]);
 * ```
 *
 * @param rng Stream of this step.
 * @param group Group of each row, int32 `[B]`, numbers from 0 to B - 1; absent gives each row a time of its own.
 * @param rows Number of rows (B).
 * @returns Uniform times in [0, 1), shape `[B]`.
 * @throws {TypeError} If `group` is not int32 or does not have one number per row.
 */
export function timesByGroup(rng: Rng, group: Tensor | undefined, rows: number): Tensor {
  // There are at most as many groups as rows; the times of numbers that do not occur are not used.
  const times = rng.uniform([rows]);
  if (group === undefined) return times;
  if (group.shape.join() !== `${rows}`) {
    throw new TypeError(`Cannot draw times by group: the groups have shape [${group.shape}] for ${rows} rows`);
  }
  return gatherRows(times, group);
}
