import type { HostArray, NumericArray } from "../host_array.ts";

/** Euclidean distance of row i of a and row i of b. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>, row: number, width: number): number {
  let sum = 0;
  for (let j = row * width; j < (row + 1) * width; j++) sum += (a[j]! - b[j]!) ** 2;
  return Math.sqrt(sum);
}

/**
 * Energy score of an ensemble of predictions (Gneiting and Raftery 2007), averaged over rows: the mean distance to the
 * truth minus half the mean distance between draws. It is smallest in expectation for draws from the true law, and of
 * one draw (or equal ones) it is the mean distance.
 *
 * @example Usage
 * ```ts
 * import { energyScore, hostArray } from "@morphogen/morphogen";
 *
 * const draw = (value: number) => hostArray(Float32Array.of(value), [1, 1]);
 * if (energyScore([draw(0), draw(2)], draw(1)) !== 0) throw new Error("1 to the truth, half of 2 between");
 * ```
 *
 * @param draws M >= 1 draws, each `[N, G]`; pairs of different draws count.
 * @param truth What was measured, `[N, G]`.
 * @returns The score in the unit of the values; lower is better.
 * @throws {TypeError} If there are no draws or shapes differ.
 */
export function energyScore(draws: readonly HostArray<NumericArray>[], truth: HostArray<NumericArray>): number {
  const wrong = draws.find(({ shape }) => shape.join() !== truth.shape.join());
  if (draws.length === 0 || wrong !== undefined) {
    throw new TypeError(
      `Cannot score ${draws.length} draws of shape [${
        wrong?.shape ?? "none"
      }] against a truth of shape [${truth.shape}]`,
    );
  }
  const [rows, width] = truth.shape as [number, number];
  const pairs = Math.max(1, draws.length * (draws.length - 1));
  let total = 0;
  for (let row = 0; row < rows; row++) {
    for (const [i, draw] of draws.entries()) {
      total += distance(draw.data, truth.data, row, width) / draws.length;
      for (let j = 0; j < i; j++) total -= distance(draw.data, draws[j]!.data, row, width) / pairs;
    }
  }
  return total / rows;
}
