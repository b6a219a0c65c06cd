import {
  coordinateWasserstein,
  energyDistance,
  hostArray,
  jensenShannon,
  proportions,
  rng,
  sinkhornDivergence,
  slicedWasserstein,
  totalVariation,
  transferLabels,
  unitDirections,
  wasserstein1,
  wasserstein2,
  wassersteinLine,
} from "../../../core/mod.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { array, askPython, assertClose } from "../../vectors/arrays.ts";
import vectors from "../../vectors/gmflow.json" with { type: "json" };

const { per_dimension, sliced, cases } = vectors.wasserstein_1d;

Deno.test("wassersteinLine() reproduces wasserstein_1d of gmflow", () => {
  for (const { a, b, w1, w2 } of cases) {
    assertAlmostEquals(wassersteinLine(a, b), w1, 1e-7);
    assertAlmostEquals(wassersteinLine(a, b, { order: 2 }), w2, 1e-7);
  }
});

Deno.test("coordinateWasserstein() reproduces wasserstein_1d.per_dimension", () => {
  const found = coordinateWasserstein(array(per_dimension.x), array(per_dimension.y));
  assertClose(found, per_dimension.w1, 1e-7);
  const mean = found.reduce((a, b) => a + b, 0) / found.length;
  assertAlmostEquals(mean, per_dimension.mean, 1e-7);
  assertAlmostEquals(Math.sqrt(found.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 2), per_dimension.std_ddof0, 1e-7);
});

Deno.test("slicedWasserstein() reproduces wasserstein_1d.sliced", () => {
  const [x, y, directions] = [array(per_dimension.x), array(per_dimension.y), array(sliced.directions)];
  assertAlmostEquals(slicedWasserstein(x, y, directions, 1), sliced.sliced_w1, 1e-7);
  assertAlmostEquals(slicedWasserstein(x, y, directions, 2), sliced.sliced_w2, 1e-7);
});

Deno.test("unitDirections() are unit vectors that favour no axis", () => {
  const { data } = unitDirections(3, 4000, rng(0).host);
  const squares = [0, 0, 0];
  for (let i = 0; i < data.length; i += 3) {
    assertAlmostEquals(Math.hypot(data[i]!, data[i + 1]!, data[i + 2]!), 1, 1e-12);
    squares.forEach((_, c) => squares[c]! += data[i + c]! ** 2 / 4000);
  }
  for (const square of squares) assertAlmostEquals(square, 1 / 3, 0.02);
});

Deno.test("transport reproduces exact_ot of gmflow", () => {
  const { x, y, w1, w2 } = vectors.exact_ot.points;
  assertAlmostEquals(wasserstein1(array(x), array(y)), w1, 1e-7);
  assertAlmostEquals(wasserstein2(array(x), array(y)), w2, 1e-7);
});

Deno.test("sinkhornDivergence() reproduces sinkhorn_divergence", () => {
  const { x, y, reg, value, tol } = vectors.sinkhorn_divergence;
  const found = sinkhornDivergence(array(x), array(y), { epsilon: reg, tolerance: 1e-10 });
  assertAlmostEquals(found, value, tol);
});

Deno.test({
  name: "energyDistance() is SciPy's on a line, of pairs of different points",
  ignore: !hasPython("scipy"),
  fn(): void {
    const [a, b] = [rng(1).host.normal(40), rng(2).host.normal(30).map((v) => 1.5 * v + 0.3)];
    const squared = askPython(
      `
from scipy.stats import energy_distance
out = float(energy_distance(d["a"], d["b"])) ** 2
`,
      { a: Array.from(a), b: Array.from(b) },
    ) as number;
    // SciPy counts pairs of a point with itself, as distances of 0.
    const within = (x: Float32Array): number => {
      let sum = 0;
      for (const p of x) for (const q of x) sum += Math.abs(p - q);
      return sum / x.length ** 2;
    };
    const own = within(a) / (a.length - 1) + within(b) / (b.length - 1);
    const found = energyDistance(hostArray(a, [40, 1]), hostArray(b, [30, 1]));
    assertAlmostEquals(found + own, squared, 1e-6);
  },
});

Deno.test("energyDistance() does not reward narrow sets, as the exact distance of samples does", () => {
  const at = (seed: number, scale: number) => hostArray(rng(seed).host.normal(3000).map((v) => scale * v), [300, 10]);
  const [real, equal, narrow] = [at(1, 1), at(2, 1), at(3, 0.8)];
  assert(wasserstein2(narrow, real) < wasserstein2(equal, real));
  assert(energyDistance(narrow, real) > energyDistance(equal, real) + 0.02);
  assertThrows(() => energyDistance(hostArray(new Float32Array(1), [1, 1]), real), RangeError, "at least two");
});

Deno.test("labels and proportions reproduce label_transfer", () => {
  const v = vectors.label_transfer;
  const labels = Int32Array.from(v.labels, (label) => v.classes.indexOf(label));
  const names = (codes: Int32Array): string[] => Array.from(codes, (code) => v.classes[code]!);
  const nearest = transferLabels(array(v.reference), labels, array(v.queries));
  assertEquals(names(nearest), v.nearest_1);
  assertEquals(names(transferLabels(array(v.reference), labels, array(v.queries), 3)), v.majority_3_tie_to_nearest);
  const [made, real] = [proportions(nearest, 3), proportions(labels, 3)];
  assertClose(made, v.generated_proportions, 1e-12);
  assertClose(real, v.true_proportions, 1e-12);
  assertAlmostEquals(totalVariation(made, real), v.total_variation, 1e-8);
  assertAlmostEquals(jensenShannon(made, real), v.jensen_shannon_divergence_nats, 1e-8);
});

Deno.test("transferLabels() leaves out points without label", () => {
  const points = hostArray(Float32Array.of(0, 1, 2), [3, 1]);
  assertEquals([...transferLabels(points, Int32Array.of(-1, 1, 0), hostArray(Float32Array.of(0), [1, 1]), 2)], [1]);
  assertEquals([...transferLabels(points, Int32Array.of(-1, 1, 0), hostArray(Float32Array.of(0), [1, 1]))], [-1]);
  assertEquals([...proportions(Int32Array.of(-1, -1), 2)], [0, 0]);
});
