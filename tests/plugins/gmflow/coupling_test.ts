import { assignment, sinkhorn } from "../../../core/mod.ts";
import { assertAlmostEquals, assertEquals } from "../../assert.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { flat, vectors } from "./setup.ts";

Deno.test("sinkhorn() reproduces sinkhorn_3x3 for uniform masses", () => {
  const v = vectors.sinkhorn_3x3;
  const cost = Float64Array.from(flat(v.cost));
  for (const [reg, { plan, transport_cost }] of Object.entries(v.by_reg)) {
    const found = sinkhorn(cost, 3, 3, { epsilon: Number(reg), tolerance: 1e-12, maxIterations: 100_000 });
    assertClose(found.plan, flat(plan), v.tol);
    assertAlmostEquals(found.plan.reduce((sum, mass, at) => sum + mass * cost[at]!, 0), transport_cost, v.tol);
  }
});

Deno.test("assignment() reproduces exact_ot", () => {
  const v = vectors.exact_ot;
  const cost = Float64Array.from(flat(v.cost));
  const found = assignment(cost, 3, 3);
  assertEquals([...found], v.assignment);
  assertAlmostEquals(found.reduce((sum, column, row) => sum + cost[3 * row + column]! / 3, 0), v.cost_mean, 1e-8);
  const squared = Float64Array.from(flat(v.points.squared_cost));
  assertEquals([...assignment(squared, 3, 3)], v.points.assignment_w2);
  assertEquals([...assignment(squared.map(Math.sqrt), 3, 3)], v.points.assignment_w1);
});
