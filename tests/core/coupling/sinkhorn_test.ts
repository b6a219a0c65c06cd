import { sinkhorn } from "../../../core/coupling/sinkhorn.ts";
import { hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { hasShared } from "../../shared.ts";
import { array, askPython, assertClose, flat } from "../../vectors/arrays.ts";
import { openFixture } from "../../vectors/fixture.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

const TOLERANCE = vectors.meta.tolerance.float64;

Deno.test("sinkhorn() reproduces the vector sinkhorn_rectangular", () => {
  const { cost, epsilon, plan } = vectors.sinkhorn_rectangular;
  const result = sinkhorn(array(cost).data, 2, 3, { epsilon });
  assertClose(result.plan, flat(plan), TOLERANCE);
  assert(result.converged && !result.uniform);
});

Deno.test("sinkhorn() reproduces the plans and costs of the vector ot_niche", () => {
  for (const item of vectors.ot_niche.cases) {
    // The printed cost is rounded, which the plan at epsilon 0.05 amplifies twentyfold.
    const cost = array(item.cost).data;
    for (const epsilon of [0.05, 0.5] as const) {
      const { plan, converged } = sinkhorn(cost, 5, 5, { epsilon, maxIterations: 20_000 });
      assert(converged);
      assertClose(plan, flat(item[`sinkhorn_eps_${epsilon}`]), TOLERANCE);
      const spent = plan.reduce((sum, mass, at) => sum + mass * cost[at]!, 0);
      assertAlmostEquals(spent, item[`sinkhorn_eps_${epsilon}_transport_cost`], TOLERANCE);
    }
  }
});

Deno.test({
  name: "sinkhorn() reproduces the fixture ot_coupling, which stops at the iteration limit",
  ignore: !hasShared,
  fn: () => {
    const fixture = openFixture("nicheflow/ot_coupling");
    const { reg, max_iter, stop_threshold } = fixture.config["sinkhorn"] as Record<string, number>;
    const cost = Float64Array.from(fixture.get("out/cost").data);
    const result = sinkhorn(cost, 9, 9, {
      epsilon: reg!,
      maxIterations: max_iter!,
      tolerance: stop_threshold!,
    });
    fixture.check("out/sinkhorn_plan", result.plan);
    assertEquals(result.iterations, max_iter!);
    assert(!result.converged);
  },
});

Deno.test({
  name: "sinkhorn() follows plain log-domain iterations for any epsilon",
  ignore: !hasPython("scipy.special"),
  fn: () => {
    for (const epsilon of [1, 0.05, 0.002, 1e-4]) {
      const cost = hostArray(Float64Array.from(rng(11).host.uniform(15 * 22), (u) => 8 * u * u), [15, 22]);
      const plan = sinkhorn(cost.data, 15, 22, { epsilon, maxIterations: 75, tolerance: 1e-300 }).plan;
      const expected = askPython(
        `
from scipy.special import logsumexp
c, e = d["cost"], d["epsilon"]
f = np.zeros(15)
for _ in range(75):
    g = -e * (np.log(22) + logsumexp((f[:, None] - c) / e, axis=0))
    f = -e * (np.log(15) + logsumexp((g - c) / e, axis=1))
out = np.exp((f[:, None] + g - c) / e)`,
        { cost, epsilon },
      );
      assertClose(plan, flat(expected), 1e-12);
    }
  },
});

Deno.test({
  name: "sinkhorn() reaches the fixed point of POT's sinkhorn_log, also where plain scaling underflows",
  ignore: !hasPython("ot"),
  fn: () => {
    for (const [rows, columns, epsilon] of [[30, 30, 0.05], [17, 33, 0.01], [33, 18, 1e-3], [5, 1, 1e-3]] as const) {
      const cost = hostArray(Float64Array.from(rng(12).fold(rows).host.uniform(rows * columns)), [rows, columns]);
      const { plan, converged } = sinkhorn(cost.data, rows, columns, {
        epsilon,
        maxIterations: 100_000,
        tolerance: 1e-11,
      });
      assert(converged);
      const expected = askPython(
        `
import ot, warnings
warnings.filterwarnings("ignore")
c = d["cost"]
n, m = c.shape
out = ot.sinkhorn(np.full(n, 1 / n), np.full(m, 1 / m), c, d["epsilon"], method="sinkhorn_log",
  numItermax=100000, stopThr=1e-11)`,
        { cost, epsilon },
      );
      assertClose(plan, flat(expected), 1e-8);
      for (let i = 0; i < rows; i++) {
        const mass = plan.subarray(i * columns, (i + 1) * columns).reduce((sum, value) => sum + value, 0);
        assertAlmostEquals(mass, 1 / rows, 1e-12);
      }
    }
  },
});

Deno.test("sinkhorn() of the transposed cost is the transposed plan", () => {
  const [rows, columns] = [13, 22];
  const cost = Float64Array.from(rng(13).host.uniform(rows * columns));
  const turned = cost.map((_, at) => cost[(at % rows) * columns + Math.floor(at / rows)]!);
  const options = { epsilon: 0.02, maxIterations: 20_000, tolerance: 1e-13 };
  const plan = sinkhorn(cost, rows, columns, options).plan;
  const other = sinkhorn(turned, columns, rows, options).plan;
  assertClose(other, plan.map((_, at) => plan[(at % rows) * columns + Math.floor(at / rows)]!), 1e-11);
});

Deno.test("sinkhorn() keeps a plan when the next problem is solved", () => {
  const cost = Float64Array.from(rng(14).host.uniform(8 * 8));
  const { plan } = sinkhorn(cost, 8, 8);
  const copy = plan.slice();
  sinkhorn(cost.map((value) => 1 - value), 8, 8);
  assertEquals(plan, copy);
});

Deno.test("sinkhorn() reports the uniform plan when it can compute none", () => {
  const result = sinkhorn(Float64Array.of(1.7e308, -1.7e308, -1.7e308, 1.7e308), 2, 2, { epsilon: 1e-3 });
  assertEquals(Array.from(result.plan), [0.25, 0.25, 0.25, 0.25]);
  assert(result.uniform && !result.converged);
});

Deno.test("sinkhorn() refuses wrong sizes, costs and options", () => {
  assertThrows(() => sinkhorn(new Float64Array(5), 2, 3), RangeError, "cost holds 5 values");
  assertThrows(() => sinkhorn(Float64Array.of(NaN), 1, 1), RangeError, "cost 0 is NaN");
  assertThrows(() => sinkhorn(new Float64Array(1), 1, 1, { epsilon: 0 }), RangeError, "epsilon is 0");
  assertThrows(() => sinkhorn(new Float64Array(1), 1, 1, { maxIterations: 0 }), RangeError, "maxIterations is 0");
});
