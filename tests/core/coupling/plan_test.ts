import { samplePermutation, samplePlan } from "../../../core/coupling/plan.ts";
import { rng } from "../../../core/rng/stream.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { array, assertClose } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

Deno.test("samplePlan() reproduces the vector plan_sampling", () => {
  const item = vectors.plan_sampling;
  for (const replace of [true, false]) {
    const expected = replace ? item.with_replacement_pairs : item.without_replacement_pairs;
    const { source, target } = samplePlan(array(item.plan).data, 3, item.uniforms, { replace });
    assertEquals(Array.from(source, (row, i) => [row, target[i]!]), expected);
  }
});

Deno.test("samplePlan() leaves the plan as it was and needs no normalized mass", () => {
  const plan = Float64Array.of(3, 0, 0, 5);
  const pairs = samplePlan(plan, 2, [0.9, 0.9], { replace: false });
  assertEquals(Array.from(pairs.source), [1, 0]);
  assertEquals(Array.from(plan), [3, 0, 0, 5]);
});

Deno.test("samplePlan() never draws an empty entry, however close to 1 the number is", () => {
  const plan = Float64Array.from({ length: 60 }, (_, at) => at % 10 === 9 || at > 45 ? 0 : 0.1);
  const { source, target } = samplePlan(plan, 10, [1 - 2 ** -24, 1 - 2 ** -53, 0], { replace: true });
  assertEquals(Array.from(source, (row, i) => 10 * row + target[i]!), [45, 45, 0]);
});

Deno.test("samplePlan() draws each pair as often as its mass says", () => {
  const plan = array(vectors.plan_sampling.plan).data;
  const count = 40_000;
  const { source, target } = samplePlan(plan, 3, rng(5).host.uniform(count), { replace: true });
  const share = new Float64Array(9);
  source.forEach((row, i) => share[3 * row + target[i]!]! += 1 / count);
  assertClose(share, plan, 4 * Math.sqrt(0.25 / count));
});

Deno.test("samplePlan() says when the plan is used up or does not fit", () => {
  assertThrows(() => samplePlan(Float64Array.of(1, 0), 2, [0, 0], { replace: false }), RangeError, "used up after 1");
  assertThrows(() => samplePlan(new Float64Array(5), 2, [0], { replace: true }), RangeError, "no rows of 2 columns");
});

Deno.test("samplePermutation() draws matched pairs once each and evenly", () => {
  const columnOf = Int32Array.of(3, -1, 0, 4, 1);
  const hits = new Float64Array(5);
  for (let trial = 0; trial < 4000; trial++) {
    const { source, target } = samplePermutation(columnOf, 2, rng(9).fold(trial).host);
    assertEquals(new Set(source).size, 2);
    source.forEach((row, i) => {
      assertEquals(target[i], columnOf[row]);
      hits[row]! += 1 / 8000;
    });
  }
  assertEquals(hits[1], 0);
  assertClose(hits, [0.25, 0, 0.25, 0.25, 0.25], 0.02);
  assert(samplePermutation(columnOf, 4, rng(1).host).source.length === 4);
  assertThrows(() => samplePermutation(columnOf, 5, rng(1).host), RangeError, "there are 4");
});
