import { squaredDistances } from "../../../core/coupling/cost.ts";
import { sinkhornCoupling } from "../../../core/coupling/entropic.ts";
import { exactCoupling } from "../../../core/coupling/exact.ts";
import { independentCoupling } from "../../../core/coupling/independent.ts";
import type { Pairs } from "../../../core/coupling/mod.ts";
import { concatRows, type HostArray, hostArray, type NumericArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { hasShared } from "../../shared.ts";
import { array, assertClose, flat } from "../../vectors/arrays.ts";
import { type Fixture, openFixture } from "../../vectors/fixture.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

function pooled(name: "source" | "target", item: (typeof vectors.ot_niche.cases)[number]): HostArray {
  const values = flat(item[`pooled_${name}_feature_then_pos`]);
  return hostArray(Float32Array.from(values), [5, 5]);
}

const host = rng(2025).host;

Deno.test("squaredDistances() reproduces the costs of the vector ot_niche", () => {
  for (const item of vectors.ot_niche.cases) {
    const source = array(item.pooled_source_feature_then_pos);
    const cost = squaredDistances(source, array(item.pooled_target_feature_then_pos));
    assertClose(cost, flat(item.cost), vectors.meta.tolerance.float64);
  }
});

Deno.test("squaredDistances() flattens trailing axes and refuses rows of different length", () => {
  const a = hostArray(Float32Array.of(1, 2, 3, 4, 5, 6), [1, 3, 2]);
  assertEquals(Array.from(squaredDistances(a, hostArray(new Float32Array(12), [2, 6]))), [91, 91]);
  assertThrows(() => squaredDistances(a, hostArray(new Float32Array(4), [2, 2])), TypeError, "6 values on one side");
});

Deno.test("exactCoupling() reproduces the assignments of the vector ot_niche", async () => {
  for (const item of vectors.ot_niche.cases) {
    const pairs = await exactCoupling()(pooled("source", item), pooled("target", item), host);
    assertEquals(Array.from(pairs.source), [0, 1, 2, 3, 4]);
    assertEquals(Array.from(pairs.target), item.exact_assignment_target_of_source);
    const cost = flat(item.cost);
    const mean = pairs.target.reduce((sum, column, row) => sum + cost[5 * row + column]! / 5, 0);
    assertAlmostEquals(mean, item.exact_cost_mean, vectors.meta.tolerance.float64);
  }
});

/** The pooled vectors of a fixture: scaled means over the cells of each niche, or scaled cells. */
function weigh(x: HostArray<NumericArray>, pos: HostArray<NumericArray>, lambda: number): HostArray {
  const [rows = 0, cells = 1] = x.shape.length === 3 ? x.shape : [x.shape[0], 1];
  const mean = (part: HostArray<NumericArray>, row: number, column: number, columns: number): number => {
    let sum = 0;
    for (let cell = 0; cell < cells; cell++) sum += part.data[(row * cells + cell) * columns + column]!;
    return sum / cells;
  };
  const values: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < 5; k++) values.push(lambda * mean(x, row, k, 5));
    for (let k = 0; k < 2; k++) values.push((1 - lambda) * mean(pos, row, k, 2));
  }
  return hostArray(Float32Array.from(values), [rows, 7]);
}

function side(fixture: Fixture, unit: "niche" | "cell", time: 1 | 2): HostArray {
  const lambda = fixture.config["ot_lambda"] as number;
  return weigh(fixture.get(`in/${unit}_x_t${time}`), fixture.get(`in/${unit}_pos_t${time}`), lambda);
}

Deno.test({
  name: "exactCoupling() reproduces the fixture ot_coupling for niches and for cells",
  ignore: !hasShared,
  fn: async () => {
    const fixture = openFixture("nicheflow/ot_coupling");
    const [source, target] = [side(fixture, "niche", 1), side(fixture, "niche", 2)];
    fixture.check("out/pooled_t1", source.data);
    const cost = squaredDistances(source, target);
    fixture.check("out/cost", cost);
    const niches = await exactCoupling()(source, target, host);
    fixture.check("out/assignment", niches.target);
    const plan = new Float64Array(81);
    niches.target.forEach((column, row) => plan[9 * row + column] = 1 / 9);
    fixture.check("out/plan", plan);
    fixture.check("out/total_cost", [plan.reduce((sum, mass, at) => sum + mass * cost[at]!, 0)]);
    const cells = await exactCoupling()(side(fixture, "cell", 1), side(fixture, "cell", 2), host);
    fixture.check("out/cell_assignment", cells.target);
    // The reference's draw: each pair matched, none twice.
    const [left, right] = [fixture.get("out/chosen_t1").data, fixture.get("out/chosen_t2").data];
    assertEquals(new Set(left).size, left.length);
    left.forEach((row, i) => assertEquals(niches.target[row], right[i]));
    const drawn = await exactCoupling(5)(source, target, host);
    assertEquals(new Set(drawn.source).size, 5);
    drawn.source.forEach((row, i) => assertEquals(niches.target[row], drawn.target[i]));
  },
});

Deno.test("exactCoupling() matches the smaller set completely when sizes differ", async () => {
  const few = hostArray(Float32Array.of(0, 10), [2, 1]);
  const many = hostArray(Float32Array.of(9, 5, 1), [3, 1]);
  const show = ({ source, target }: Pairs): number[][] => Array.from(source, (row, i) => [row, target[i]!]);
  assertEquals(show(await exactCoupling()(few, many, host)), [[0, 2], [1, 0]]);
  assertEquals(show(await exactCoupling()(many, few, host)), [[0, 1], [2, 0]]);
  await assertRejects(() => exactCoupling(3)(many, few, host), RangeError, "there are 2");
});

Deno.test("sinkhornCoupling() draws distinct pairs and becomes exact as epsilon falls", async () => {
  const item = vectors.ot_niche.cases[1]!;
  const [source, target] = [pooled("source", item), pooled("target", item)];
  const sharp = await sinkhornCoupling({ epsilon: 1e-3, maxIterations: 5000 })(source, target, host);
  const matched = item.exact_assignment_target_of_source;
  sharp.source.forEach((row, i) => assertEquals(sharp.target[i], matched[row]));
  const blurred = await sinkhornCoupling({ epsilon: 0.5 }, 20)(source, target, host);
  assertEquals(new Set(Array.from(blurred.source, (row, i) => 5 * row + blurred.target[i]!)).size, 20);
});

Deno.test("independentCoupling() ignores the values", async () => {
  const source = hostArray(Float32Array.from({ length: 6 }, (_, i) => i), [6, 1]);
  const one = await independentCoupling()(source, source, host);
  const other = await independentCoupling()(source, hostArray(new Float32Array(6), [6, 1]), host);
  assertEquals(one, other);
  assertEquals(Array.from(one.source), [0, 1, 2, 3, 4, 5]);
  assertEquals(new Set(one.target).size, 6);
  const wide = await independentCoupling()(concatRows([source, source]), source, host);
  assertEquals(wide.target.length, 12);
  assert(wide.target.every((row) => row >= 0 && row < 6));
});
