import { hostArray, kNearest, rng } from "../../core/mod.ts";
import type { Bench } from "./bench.ts";
import { hostBench } from "./host_work.ts";

function nearestEight(count: number): Bench {
  return hostBench({
    name: `knn8-${count}`,
    about:
      `8 nearest neighbours and the point itself, exact, of ${count} uniform points in the plane; tree and queries`,
    inputs: () => hostArray(Float64Array.from(rng(5).host.uniform(2 * count)), [count, 2]),
    run: (points) => kNearest(points, points, 9).index,
  });
}

/** Searches for neighbours. */
export const NEIGHBOURS: readonly Bench[] = [nearestEight(10_000), nearestEight(100_000)];
