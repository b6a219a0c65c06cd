import { type HostArray, hostArray } from "../../../core/host_array.ts";
import { wasserstein1, wasserstein2 } from "../../../core/metrics/wasserstein.ts";
import { rng } from "../../../core/rng/stream.ts";
import { assertAlmostEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { array, askPython, assertClose } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

Deno.test("wasserstein1() and wasserstein2() reproduce the vector wasserstein", () => {
  const { a, b, W1, W2 } = vectors.wasserstein;
  assertAlmostEquals(wasserstein1(array(a), array(b)), W1, vectors.meta.tolerance.float64);
  assertAlmostEquals(wasserstein2(array(a), array(b)), W2, vectors.meta.tolerance.float64);
});

Deno.test({
  name: "wasserstein1() and wasserstein2() agree with POT for equal and unequal sizes",
  ignore: !hasPython("ot"),
  fn: () => {
    for (const [n, m] of [[40, 40], [40, 25], [7, 30]] as const) {
      const draw = (name: string, rows: number): HostArray =>
        hostArray(rng(1).fold(name).host.normal(3 * rows), [rows, 3]);
      const [a, b] = [draw("a", n), draw("b", m)];
      const expected = askPython(
        `
import ot
a, b = d["a"], d["b"]
w = lambda metric: ot.emd2(np.full(len(a), 1 / len(a)), np.full(len(b), 1 / len(b)), ot.dist(a, b, metric))
out = [w("euclidean"), w("sqeuclidean") ** 0.5]`,
        { a, b },
      ) as number[];
      assertClose([wasserstein1(a, b), wasserstein2(a, b)], expected, 1e-9);
    }
  },
});

Deno.test("wasserstein2() is the length of a shift", () => {
  const a = rng(4).host.normal(60);
  const shifted = a.map((x, at) => x + (at % 2 === 0 ? 3 : -4));
  assertAlmostEquals(wasserstein2(hostArray(a, [30, 2]), hostArray(shifted, [30, 2])), 5, 1e-6);
});

Deno.test("wasserstein1() refuses empty sets and other dimensions", () => {
  const some = hostArray(new Float32Array(4), [2, 2]);
  assertThrows(() => wasserstein1(some, hostArray(new Float32Array(0), [0, 2])), RangeError, "2 with 0 points");
  assertThrows(() => wasserstein1(some, hostArray(new Float32Array(3), [1, 3])), TypeError, "2 values on one side");
});
