import { hostArray } from "../../../core/host_array.ts";
import { errorsByColumn, pearsonByColumn, spearmanByColumn } from "../../../core/metrics/correlation.ts";
import { energyScore } from "../../../core/metrics/energy_score.ts";
import { rng } from "../../../core/rng/stream.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose } from "../../vectors/arrays.ts";

const [N, G] = [60, 4];
/** Rounded, so that there are ties. */
const A = hostArray(rng(1).host.normal(N * G).map((value) => Math.round(3 * value)), [N, G]);
const B = hostArray(A.data.map((value, i) => Math.round(value + 2 * rng(2).host.normal(N * G)[i]!)), [N, G]);

Deno.test({
  name: "correlations and errors are those of scipy and sklearn",
  ignore: !hasPython("scipy", "sklearn"),
  fn: () => {
    const expected = askPython(
      `
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import r2_score, mean_squared_error
a, b = d["a"], d["b"]
g = range(a.shape[1])
out = [[pearsonr(a[:, j], b[:, j])[0] for j in g], [spearmanr(a[:, j], b[:, j])[0] for j in g],
       [mean_squared_error(b[:, j], a[:, j]) for j in g], [r2_score(b[:, j], a[:, j]) for j in g]]`,
      { a: A, b: B },
    ) as number[][];
    const { squared, explained } = errorsByColumn(A, B);
    [pearsonByColumn(A, B), spearmanByColumn(A, B), squared, explained].forEach((found, i) =>
      assertClose(found, expected[i]!, 1e-9)
    );
  },
});

Deno.test("columns without variation have no correlation, and shapes must agree", () => {
  const flat = hostArray(new Float32Array(3).fill(2), [3, 1]);
  const some = hostArray(Float32Array.of(1, 2, 3), [3, 1]);
  assertEquals([pearsonByColumn(flat, some)[0], spearmanByColumn(some, flat)[0]], [NaN, NaN]);
  assertEquals(errorsByColumn(some, flat).explained[0], NaN);
  assertThrows(() => pearsonByColumn(some, hostArray(new Float32Array(4), [4, 1])), TypeError, "expected one shape");
});

Deno.test({
  name: "energyScore() is the formula of Gneiting and Raftery",
  ignore: !hasPython("numpy"),
  fn: () => {
    const draws = [3, 4, 5].map((seed) => hostArray(rng(seed).host.normal(N * G), [N, G]));
    const expected = askPython(
      `
x, y = np.stack([d["x0"], d["x1"], d["x2"]]), d["y"]
m = len(x)
near = np.linalg.norm(x - y, axis=2).mean(0)
apart = sum(np.linalg.norm(x[i] - x[j], axis=1) for i in range(m) for j in range(m)) / (m * (m - 1))
out = (near - apart / 2).mean()`,
      { x0: draws[0], x1: draws[1], x2: draws[2], y: B },
    ) as number;
    assertAlmostEquals(energyScore(draws, B), expected, 1e-9);
  },
});

Deno.test("energyScore() prefers the true law to one that is too narrow or too wide", () => {
  const rows = 4000;
  const of = (seed: number, spread: number) =>
    hostArray(rng(seed).host.normal(rows).map((value) => spread * value), [rows, 1]);
  const truth = of(100, 1);
  const score = (spread: number): number => energyScore(Array.from({ length: 8 }, (_, i) => of(i, spread)), truth);
  assert(score(1) < score(0.3) && score(1) < score(3));
  assertAlmostEquals(energyScore([of(1, 0)], truth), truth.data.reduce((sum, v) => sum + Math.abs(v), 0) / rows, 1e-6);
  assertThrows(() => energyScore([], truth), TypeError, "0 draws");
});
