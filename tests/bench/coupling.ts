import { assignment, hostArray, rng, sinkhorn, squaredDistances } from "../../core/mod.ts";
import type { Bench } from "./bench.ts";
import { hostBench } from "./host_work.ts";

const SIZE = 512;
const ITERATIONS = 200;

/** Squared distances between uniform points of the unit square, divided by the largest. */
function costs(): Float64Array {
  const points = (side: string) => hostArray(rng(4).fold(side).host.uniform(2 * SIZE), [SIZE, 2]);
  const cost = squaredDistances(points("source"), points("target"));
  const largest = cost.reduce((most, value) => Math.max(most, value), 0);
  return cost.map((value) => value / largest);
}

/** Pairing of rows. */
export const COUPLINGS: readonly Bench[] = [
  hostBench({
    name: "sinkhorn-512",
    about:
      `${ITERATIONS} log-domain Sinkhorn iterations with epsilon 0.05 and the plan, ${SIZE} x ${SIZE} costs, float64`,
    inputs: costs,
    // A tolerance of 0 is never met, so that every step makes all iterations.
    run: (cost) => sinkhorn(cost, SIZE, SIZE, { epsilon: 0.05, maxIterations: ITERATIONS, tolerance: 0 }).plan,
  }),
  hostBench({
    name: "assignment-512",
    about: `exact assignment, ${SIZE} x ${SIZE} costs, float64`,
    inputs: costs,
    run: (cost) => assignment(cost, SIZE, SIZE),
  }),
];
