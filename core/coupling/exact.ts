import type { HostArray } from "../host_array.ts";
import type { HostRng } from "../rng/mod.ts";
import { assignment } from "./assignment.ts";
import { squaredDistances } from "./cost.ts";
import type { Coupling, Pairs } from "./mod.ts";
import { samplePermutation } from "./plan.ts";

/**
 * Couple rows one to one so that the summed squared distance is smallest (exact optimal transport).
 *
 * Sets of different size are matched as far as the smaller one goes: each of its rows gets its own partner.
 *
 * @param count Pairs to draw without replacement; absent means all pairs, in order of the source row.
 * @returns The coupling; its pairs are rejected with a `RangeError` if fewer than `count` exist.
 */
export function exactCoupling(count?: number): Coupling {
  return (source: HostArray, target: HostArray, rng: HostRng): Promise<Pairs> =>
    Promise.try(() => {
      const columnOf = matchRows(source, target);
      if (count !== undefined) return samplePermutation(columnOf, count, rng);
      const rows = Int32Array.from(columnOf.keys()).filter((row) => columnOf[row]! >= 0);
      return { source: rows, target: rows.map((row) => columnOf[row]!) };
    });
}

/** Target row of each source row, -1 where the target set is smaller and leaves it out. */
function matchRows(source: HostArray, target: HostArray): Int32Array {
  const n = source.shape[0]!;
  const m = target.shape[0]!;
  if (n <= m) return assignment(squaredDistances(source, target), n, m);
  const columnOf = new Int32Array(n).fill(-1);
  assignment(squaredDistances(target, source), m, n).forEach((row, column) => columnOf[row] = column);
  return columnOf;
}
