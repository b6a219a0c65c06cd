import { hostArray } from "../../../core/host_array.ts";
import { wasserstein1, wasserstein2 } from "../../../core/metrics/wasserstein.ts";
import { wassersteinLine } from "../../../core/metrics/wasserstein_line.ts";
import { rng } from "../../../core/rng/stream.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython } from "../../vectors/arrays.ts";

Deno.test({
  name: "wassersteinLine() equals SciPy's wasserstein_distance, with unequal sizes, weights and repeated values",
  ignore: !hasPython("scipy.stats"),
  fn: () => {
    for (const [n, m] of [[1, 1], [1, 7], [50, 50], [40, 73]] as const) {
      const host = rng(20).fold(n).fold(m).host;
      const draw = host.normal(n + m).map((x) => Math.round(3 * x) / 3);
      const [a, b] = [draw.subarray(0, n), draw.subarray(n).map((x) => 2 * x + 0.3)];
      // Some weights are 0.
      const weight = host.uniform(n + m).map((u) => Math.max(0, u - 0.1));
      const [weightA, weightB] = [weight.subarray(0, n), weight.subarray(n)];
      const [plain, weighted] = askPython(
        `
from scipy.stats import wasserstein_distance as w
out = [w(d["a"], d["b"]), w(d["a"], d["b"], d["wa"], d["wb"])]`,
        { a: hostArray(a, [n]), b: hostArray(b, [m]), wa: hostArray(weightA, [n]), wb: hostArray(weightB, [m]) },
      ) as [number, number];
      assertAlmostEquals(wassersteinLine(a, b), plain, 1e-12);
      assertAlmostEquals(wassersteinLine(a, b, { weightA, weightB }), weighted, 1e-12);
    }
  },
});

Deno.test({
  name: "wassersteinLine() of order 2 and 3 equals POT's optimum over all plans",
  ignore: !hasPython("ot"),
  fn: () => {
    for (const order of [2, 3]) {
      const host = rng(21).host;
      const [a, b] = [host.normal(23), rng(22).host.gamma(31, 2, 1)];
      const [weightA, weightB] = [host.uniform(23), rng(22).host.uniform(31)];
      const expected = askPython(
        `
import ot
c = abs(d["a"][:, None] - d["b"][None]) ** d["p"]
out = [ot.emd2(x / x.sum(), y / y.sum(), c) ** (1 / d["p"]) for x, y in ((d["wa"], d["wb"]), (np.ones(23), np.ones(31)))]`,
        {
          a: hostArray(a, [23]),
          b: hostArray(b, [31]),
          wa: hostArray(weightA, [23]),
          wb: hostArray(weightB, [31]),
          p: order,
        },
      ) as [number, number];
      assertAlmostEquals(wassersteinLine(a, b, { order, weightA, weightB }), expected[0], 1e-9);
      assertAlmostEquals(wassersteinLine(a, b, { order }), expected[1], 1e-9);
    }
  },
});

Deno.test("wassersteinLine() is what wasserstein1() and wasserstein2() are in one dimension", () => {
  const [a, b] = [rng(23).host.normal(30), rng(24).host.uniform(45)];
  const [x, y] = [hostArray(a, [30, 1]), hostArray(b, [45, 1])];
  assertAlmostEquals(wassersteinLine(a, b), wasserstein1(x, y), 1e-12);
  assertAlmostEquals(wassersteinLine(a, b, { order: 2 }), wasserstein2(x, y), 1e-12);
  assertEquals(wassersteinLine(a, a.toReversed(), { order: 2 }), 0);
});

Deno.test("wassersteinLine() refuses empty samples, numbers it cannot use and orders below 1", () => {
  assertThrows(() => wassersteinLine([], [1]), RangeError, "empty");
  assertThrows(() => wassersteinLine([1, NaN], [1]), RangeError, "value 1 is NaN");
  assertThrows(() => wassersteinLine([1], [1], { order: 0.5 }), RangeError, "order is 0.5");
  assertThrows(() => wassersteinLine([1], [1], { weightB: [1, 2] }), RangeError, "2 weights for 1 values");
  assertThrows(() => wassersteinLine([1], [1], { weightA: [-1] }), RangeError, "weight 0 is -1");
  assertThrows(() => wassersteinLine([1], [1], { weightA: [0] }), RangeError, "weights sum to 0");
});
