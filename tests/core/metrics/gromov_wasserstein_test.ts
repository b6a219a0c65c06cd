import { distances, squaredDistances } from "../../../core/coupling/cost.ts";
import { type HostArray, hostArray } from "../../../core/host_array.ts";
import {
  fusedGromovWasserstein,
  gromovObjective,
  gromovWasserstein,
} from "../../../core/metrics/gromov_wasserstein.ts";
import { wasserstein2 } from "../../../core/metrics/wasserstein.ts";
import { rng } from "../../../core/rng/stream.ts";
import { assert, assertAlmostEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { array, askPython, assertClose, flat } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

const TOLERANCE = vectors.meta.tolerance.float64;

Deno.test("gromovObjective() and gromovWasserstein() reproduce the vector gromov_wasserstein", () => {
  const item = vectors.gromov_wasserstein;
  const [a, b] = [array(item.a), array(item.b)];
  const [d1, d2] = [distances(a, a), distances(b, b)];
  const planOf = (columns: readonly number[]): Float64Array => {
    const plan = new Float64Array(16);
    columns.forEach((column, row) => plan[4 * row + column] = 1 / 4);
    return plan;
  };
  assertAlmostEquals(gromovObjective(d1, d2, planOf([0, 1, 2, 3])), item.objective_identity_plan, TOLERANCE);
  const best = planOf(item.best_permutation);
  assertAlmostEquals(gromovObjective(d1, d2, best), item.objective_best_permutation, TOLERANCE);
  const found = gromovWasserstein(d1, d2, { start: best });
  assertAlmostEquals(found.value, item.objective_best_permutation, TOLERANCE);
  assertClose(found.plan, best, 1e-12);
});

function points(name: string, n: number, d: number): HostArray {
  return hostArray(rng(1).fold(name).fold(n).host.normal(n * d), [n, d]);
}

Deno.test({
  name: "gromovWasserstein() and fusedGromovWasserstein() reach POT's values from the same start",
  ignore: !hasPython("ot"),
  fn: () => {
    for (const [n, m] of [[12, 12], [12, 9], [25, 25], [10, 15]] as const) {
      const [a, b, x, y] = [points("a", n, 2), points("b", m, 2), points("x", n, 4), points("y", m, 4)];
      const [d1, d2, cost] = [distances(a, a), distances(b, b), squaredDistances(x, y)];
      const expected = askPython(
        `
import ot, warnings
warnings.filterwarnings("ignore")
d1, d2, cost = d["d1"], d["d2"], d["cost"]
p, q = np.full(len(d1), 1 / len(d1)), np.full(len(d2), 1 / len(d2))
gw, log = ot.gromov.gromov_wasserstein(d1, d2, p, q, "square_loss", log=True)
fgw, flog = ot.gromov.fused_gromov_wasserstein(cost, d1, d2, p, q, "square_loss", alpha=0.7, log=True)
out = [log["gw_dist"], flog["fgw_dist"], gw, fgw]`,
        { d1: hostArray(d1, [n, n]), d2: hostArray(d2, [m, m]), cost: hostArray(cost, [n, m]) },
      ) as [number, number, number[][], number[][]];
      const plain = gromovWasserstein(d1, d2);
      assertAlmostEquals(plain.value, expected[0], 1e-7, `${n} ${m}`);
      assertAlmostEquals(gromovObjective(d1, d2, Float64Array.from(flat(expected[2]))), expected[0], 1e-9);
      assertAlmostEquals(gromovObjective(d1, d2, plain.plan), plain.value, 1e-12);
      const fused = fusedGromovWasserstein(cost, d1, d2, 0.7);
      assertAlmostEquals(fused.value, expected[1], 1e-7);
      assertClose(fused.plan, flat(expected[3]), 1e-5);
      assert(plain.converged && fused.converged);
    }
  },
});

Deno.test("gromovWasserstein() sees no difference between a shape and its rotation", () => {
  const a = points("shape", 14, 2);
  const turned = hostArray(a.data.map((_, at) => at % 2 === 0 ? -a.data[at + 1]! : a.data[at - 1]!), [14, 2]);
  const start = new Float64Array(14 * 14).fill(0.2 / 196);
  for (let i = 0; i < 14; i++) start[15 * i]! += 0.8 / 14;
  const { value } = gromovWasserstein(distances(a, a), distances(turned, turned), { start });
  assertAlmostEquals(value, 0, 1e-9);
});

Deno.test("fusedGromovWasserstein() is optimal transport of the features at alpha 0", () => {
  const [a, b, x, y] = [points("a", 8, 2), points("b", 8, 2), points("x", 8, 3), points("y", 8, 3)];
  const { value } = fusedGromovWasserstein(squaredDistances(x, y), distances(a, a), distances(b, b), 0);
  assertAlmostEquals(Math.sqrt(value), wasserstein2(x, y), 1e-12);
});

Deno.test("gromovWasserstein() refuses what does not fit", () => {
  const d = new Float64Array(4);
  assertThrows(() => gromovWasserstein(new Float64Array(5), d), RangeError, "5 distances as a square");
  assertThrows(() => gromovWasserstein(d, d, { start: new Float64Array(3) }), RangeError, "start holds 3 values");
  assertThrows(() => fusedGromovWasserstein(new Float64Array(3), d, d, 0.5), RangeError, "cost holds 3 values");
  assertThrows(() => fusedGromovWasserstein(d, d, d, 1.5), RangeError, "weight 1.5");
});
