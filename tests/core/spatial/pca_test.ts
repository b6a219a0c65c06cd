import { DataError } from "../../../core/errors.ts";
import { type HostArray, hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { symmetricEigen } from "../../../core/spatial/eigen.ts";
import { decodePca, fitPca, projectPca } from "../../../core/spatial/pca.ts";
import { columnStats, standardize } from "../../../core/spatial/standardize.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { array, askPython, assertClose, flat } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

const TOLERANCE = vectors.meta.tolerance.float64;

Deno.test("fitPca() and projectPca() reproduce the vector pca", () => {
  const item = vectors.pca;
  const x = array(vectors.normalize_total_log1p.log1p);
  const pca = fitPca(x, item.n_comps);
  assertClose(pca.singularValues, item.singular_values, TOLERANCE);
  assertClose(pca.explainedVariance, item.explained_variance_n_minus_1, TOLERANCE);
  const scores = projectPca(pca, x);
  assertClose(scores.data.map(Math.abs), flat(item.abs_scores), TOLERANCE);
  const z = standardize(scores, columnStats(scores));
  assertClose(z.data.map(Math.abs), flat(item.abs_zscored_scores_ddof0), TOLERANCE);
});

function data(n: number, g: number): HostArray {
  const wave = rng(12).fold(n).host.normal(2 * n);
  const noise = rng(12).fold(g).host.normal(n * g);
  return hostArray(
    noise.map((e, at) =>
      0.2 * e + wave[2 * Math.floor(at / g)]! * Math.sin(at % g) + 3 + wave[2 * Math.floor(at / g) + 1]!
    ),
    [n, g],
  );
}

Deno.test({
  name: "fitPca() agrees with scikit-learn for tall and wide data",
  ignore: !hasPython("sklearn.decomposition"),
  fn: () => {
    for (const [n, g, c] of [[120, 15, 15], [121, 31, 6], [12, 40, 9], [9, 9, 3]] as const) {
      const x = data(n, g);
      const pca = fitPca(x, c);
      const expected = askPython(
        `
from sklearn.decomposition import PCA
p = PCA(d["c"], svd_solver="full").fit(d["x"])
v = p.components_ * np.sign(p.components_[np.arange(d["c"]), abs(p.components_).argmax(1)])[:, None]
out = {"v": v, "s": p.singular_values_, "e": p.explained_variance_, "t": (d["x"] - p.mean_) @ v.T}`,
        { x, c },
      ) as Record<"v" | "s" | "e" | "t", number[]>;
      assertClose(pca.singularValues, expected.s, 1e-9, 1e-9);
      assertClose(pca.explainedVariance, expected.e, 1e-9, 1e-9);
      assertClose(pca.components.data, flat(expected.v), 1e-8);
      assertClose(projectPca(pca, x).data, flat(expected.t), 1e-5);
    }
  },
});

Deno.test("fitPca() makes the largest loading of each component positive", () => {
  const { components } = fitPca(data(60, 11), 8);
  for (let c = 0; c < 8; c++) {
    const axis = components.data.subarray(11 * c, 11 * c + 11);
    assert(Math.max(...axis) > -Math.min(...axis));
  }
});

Deno.test("decodePca() undoes projectPca() when no component is left out", () => {
  const x = data(50, 7);
  const pca = fitPca(x, 7);
  assertClose(decodePca(pca, projectPca(pca, x)).data, x.data, 1e-5);
  assertThrows(
    () => decodePca(pca, x.shape.length ? hostArray(new Float32Array(6), [1, 6]) : x),
    TypeError,
    "6 scores",
  );
  assertThrows(() => projectPca(pca, hostArray(new Float32Array(6), [1, 6])), TypeError, "rows of 6 columns");
});

Deno.test("fitPca() gives zero variance, and no NaN, to components that the data do not have", () => {
  for (const shape of [[30, 5], [5, 30]] as const) {
    const x = hostArray(
      Float32Array.from({ length: 150 }, (_, at) => Math.floor(at / shape[1]) * (1 + at % shape[1])),
      shape,
    );
    const pca = fitPca(x, 4);
    assertAlmostEquals(pca.explainedVariance[1]! / pca.explainedVariance[0]!, 0, 1e-12);
    assert(pca.components.data.every(Number.isFinite));
  }
});

Deno.test("fitPca() refuses too many components and NaN", () => {
  assertThrows(() => fitPca(data(5, 30), 6), RangeError, "6 components of 5 rows and 30 columns: at most 5");
  assertThrows(
    () => fitPca(hostArray(Float32Array.of(0, 1, NaN, 2), [2, 2]), 1),
    DataError,
    "row 1 has NaN in column 0",
  );
});

Deno.test({
  name: "symmetricEigen() agrees with LAPACK, also for repeated eigenvalues and split matrices",
  ignore: !hasPython("numpy"),
  fn: () => {
    const n = 30;
    const noise = rng(9).host.normal(n * n);
    const matrices = {
      random: Float64Array.from({ length: n * n }, (_, at) => noise[at]! + noise[(at % n) * n + Math.floor(at / n)]!),
      identity: Float64Array.from({ length: n * n }, (_, at) => at % (n + 1) === 0 ? 2 : 0),
      ones: new Float64Array(n * n).fill(1),
      blocks: Float64Array.from(
        { length: n * n },
        (_, at) => Math.floor(at / n / 10) === Math.floor(at % n / 10) ? 1 : 0,
      ),
      zero: new Float64Array(n * n),
    };
    for (const [name, matrix] of Object.entries(matrices)) {
      const { values, vectors: rows } = symmetricEigen(matrix, n);
      const expected = askPython(`out = np.linalg.eigvalsh(d["a"])[::-1]`, { a: hostArray(matrix, [n, n]) });
      assertClose(values, expected as number[], 1e-11);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let product = 0;
          let residual = -values[i]! * rows[i * n + j]!;
          for (let k = 0; k < n; k++) {
            product += rows[i * n + k]! * rows[j * n + k]!;
            residual += matrix[j * n + k]! * rows[i * n + k]!;
          }
          assertAlmostEquals(product, i === j ? 1 : 0, 1e-11, `${name}: vectors ${i} and ${j}`);
          assertAlmostEquals(residual, 0, 1e-11, `${name}: vector ${i}`);
        }
      }
    }
    assertEquals(Array.from(symmetricEigen(Float64Array.of(5), 1).vectors), [1]);
  },
});
