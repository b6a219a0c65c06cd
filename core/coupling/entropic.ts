import type { HostArray } from "../host_array.ts";
import type { HostRng } from "../rng/mod.ts";
import { squaredDistances } from "./cost.ts";
import type { Coupling, Pairs } from "./mod.ts";
import { samplePlan } from "./plan.ts";
import { sinkhorn, type SinkhornOptions } from "./sinkhorn.ts";

/**
 * Couple rows by drawing pairs from the entropic transport plan of their squared distances.
 *
 * @param options Entropy weight (in units of the squared distance) and stop rule.
 * @param count Pairs to draw; absent means as many as source rows.
 * @returns The coupling; it draws pairs without replacement.
 */
export function sinkhornCoupling(options: SinkhornOptions = {}, count?: number): Coupling {
  return (source: HostArray, target: HostArray, rng: HostRng): Promise<Pairs> =>
    Promise.try(() => {
      const n = source.shape[0]!;
      const m = target.shape[0]!;
      const { plan } = sinkhorn(squaredDistances(source, target), n, m, options);
      return samplePlan(plan, m, rng.uniform(count ?? n), { replace: false });
    });
}
