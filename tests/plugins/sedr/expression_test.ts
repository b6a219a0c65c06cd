import { hostArray, inMemory, rng } from "../../../core/mod.ts";
import { DataError } from "../../../core/errors.ts";
import { gatherMoments, sampleVariance } from "../../../core/spatial/column_moments.ts";
import { standardizedVariance } from "../../../core/spatial/variance_trend.ts";
import { SEDR_DEFAULTS } from "../../../plugins/sedr/config.ts";
import { componentsOf, type ExpressionRows, fitExpression } from "../../../plugins/sedr/expression.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose, flat } from "../../vectors/arrays.ts";
import { GENES, layeredTissue, vectors } from "./setup.ts";

const EXPRESSION = { ...SEDR_DEFAULTS.expression, minCells: 0, minCounts: 0, variableGenes: 0 };

function rowsOf(values: readonly (readonly number[])[]): ExpressionRows {
  return { name: "a", x: inMemory(hostArray(Float32Array.from(values.flat()), [values.length, values[0]!.length])) };
}

Deno.test("cells are scaled to a million and genes to z-scores as in the specification", async () => {
  const known = vectors.normalise_and_scale;
  const section = rowsOf(known.counts);
  const fitted = (await fitExpression([section], EXPRESSION, rng(1)))!;
  assertClose(fitted.mean.data, known.mean, 1, 1e-6);
  assertClose(fitted.std.data, known.std_ddof1, 1, 1e-6);
  // Two components hold all of three centred cells: their products are those of the z-scores.
  const components = await componentsOf(fitted, section);
  assertEquals(components.shape, [3, 2]);
  const product = (rows: readonly (readonly number[])[]) =>
    rows.flatMap((a) => rows.map((b) => a.reduce((sum, value, j) => sum + value * b[j]!, 0)));
  const made = [0, 1, 2].map((i) => [components.data[2 * i]!, components.data[2 * i + 1]!]);
  assertClose(product(made), product(known.scaled), 1e-5);
});

Deno.test("counts are cut and standardized as in the specification", () => {
  const known = vectors.seurat_v3_normalised_variance;
  const counts = hostArray(Float64Array.from(known.counts), [known.counts.length, 1]);
  const gathered = gatherMoments(1);
  gathered.add(counts);
  const moments = gathered.moments();
  assertAlmostEquals(moments.mean[0]!, known.mean, 1e-8);
  const std = Float64Array.of(known.regularised_std);
  const ceiling = Float64Array.of(known.mean + known.regularised_std * Math.sqrt(known.counts.length));
  assertAlmostEquals(ceiling[0]!, known.clip, 1e-7);
  const spread = standardizedVariance({ moments, std, ceiling });
  spread.add(counts);
  assertAlmostEquals(spread.variance()[0]!, known.value, 1e-7);
  assert(sampleVariance(moments)[0]! > 0);
});

for (const normalize of ["counts", "log1p"] as const) {
  Deno.test({
    name: `components equal those of scikit-learn on filtered, scaled counts, ${normalize}`,
    ignore: !hasPython("sklearn"),
    fn: async () => {
      const { counts } = layeredTissue(10, 4);
      // A gene in few cells and one that is never seen: both are left out before totals are taken.
      for (let i = 0; i < 100; i++) {
        counts.data[i * GENES + 5] = i < 4 ? 30 : 0;
        counts.data[i * GENES + 9] = 0;
      }
      const section = { name: "a", x: inMemory(counts) };
      const expression = { ...EXPRESSION, normalize, minCells: 5, minCounts: 10, components: 6 };
      const fitted = (await fitExpression([section], expression, rng(1)))!;
      assertEquals(fitted.kept.data.length, GENES - 2);
      const program = `
from sklearn.decomposition import PCA
X = d["x"]; X = X[:, ((X > 0).sum(0) >= 5) & (X.sum(0) >= 10)]
X = X / X.sum(1, keepdims=True) * 1e6
if d["normalize"] == "log1p": X = np.log1p(X)
X = (X - X.mean(0)) / X.std(0, ddof=1)
out = np.abs(PCA(6, svd_solver="full").fit_transform(X))
`;
      const expected = askPython(program, { x: counts, normalize });
      assertClose((await componentsOf(fitted, section)).data.map(Math.abs), flat(expected), 2e-3);
      const some = await componentsOf(fitted, section, Int32Array.of(7, 3));
      const all = await componentsOf(fitted, section);
      assertEquals([...some.data], [...all.data.slice(42, 48), ...all.data.slice(18, 24)]);
    },
  });
}

Deno.test("features as they are need nothing fitted", async () => {
  const section = rowsOf([[1, -2], [3, 4]]);
  assertEquals(await fitExpression([section], { ...EXPRESSION, components: 0 }, rng(1)), undefined);
  assertEquals([...(await componentsOf(undefined, section)).data], [1, -2, 3, 4]);
});

Deno.test("what is no expression is refused in one sentence", async () => {
  const cases = [
    [[[1, 2], [NaN, 1]], EXPRESSION, 'section "a": cell 1 has NaN in feature 0, expected counts; leave such cells out'],
    [
      [[1, 2], [3, -1]],
      EXPRESSION,
      "cell 1 has -1 in feature 1, expected counts; if the features are not counts, set " +
      'plugin.config.expression.normalize="none"',
    ],
    [
      [[1, 2], [3, Infinity]],
      { ...EXPRESSION, normalize: "none" as const },
      "has Infinity in feature 1, expected finite",
    ],
    [[[1, 2], [3, 4]], { ...EXPRESSION, minCells: 3 }, "0 of 2 genes are in at least 3 cells"],
    [[[1], [2]], { ...EXPRESSION, normalize: "none" as const }, "2 cells and 1 genes: expected at least 2 of both"],
  ] as const;
  for (const [values, expression, message] of cases) {
    await assertRejects(() => fitExpression([rowsOf(values)], expression, rng(1)), DataError, message);
  }
});
