import type { HostArray } from "../host_array.ts";
import type { HostRng } from "../rng/mod.ts";
import type { Coupling, Pairs } from "./mod.ts";

/**
 * Couple rows at random: every source row once, in order, with targets drawn without looking at the values.
 *
 * @returns The coupling; targets are distinct unless there are fewer of them than source rows.
 */
export function independentCoupling(): Coupling {
  return (source: HostArray, target: HostArray, rng: HostRng): Promise<Pairs> =>
    Promise.try(() => {
      const n = source.shape[0]!;
      const m = target.shape[0]!;
      return { source: Int32Array.from({ length: n }, (_, row) => row), target: rng.choice(m, n, { replace: n > m }) };
    });
}
