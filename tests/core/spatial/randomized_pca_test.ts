import { DataError } from "../../../core/errors.ts";
import { type HostArray, hostArray } from "../../../core/host_array.ts";
import type { SparseMatrix } from "../../../core/io/anndata.ts";
import { rng } from "../../../core/rng/stream.ts";
import { fitPca, projectPca } from "../../../core/spatial/pca.ts";
import { randomizedPca, randomizedSvd } from "../../../core/spatial/randomized_pca.ts";
import { byRows } from "../../../core/spatial/sparse.ts";
import { vectorProduct } from "../../../core/spatial/vector_product.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose, flat } from "../../vectors/arrays.ts";

/** Non-negative values with a few strong directions, most of them 0. */
function counts(n: number, g: number): HostArray {
  const [of, at] = [rng(30).fold(n).host.gamma(4 * n, 0.3, 1), rng(30).fold(g).host.gamma(4 * g, 0.3, 1)];
  const rate = Float32Array.from({ length: n * g }, (_, k) => {
    const [i, j] = [Math.floor(k / g), k % g];
    return 0.8 * [0, 1, 2, 3].reduce((sum, c) => sum + (4 - c) * of[4 * i + c]! * at[4 * j + c]!, 0);
  });
  return hostArray(rng(30).host.poisson(n * g, rate).map(Math.log1p), [n, g]);
}

function compressed(x: HostArray, kind: "csr" | "csc"): SparseMatrix {
  const [n, g] = [x.shape[0]!, x.shape[1]!];
  const [outer, inner] = kind === "csr" ? [n, g] : [g, n];
  const [indptr, indices, data]: [number[], number[], number[]] = [[0], [], []];
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) {
      const value = x.data[kind === "csr" ? i * g + j : j * g + i]!;
      if (value === 0) continue;
      indices.push(j);
      data.push(value);
    }
    indptr.push(data.length);
  }
  const shape = [n, g] as const;
  return {
    kind,
    shape,
    indptr: Int32Array.from(indptr),
    indices: Int32Array.from(indices),
    data: Float32Array.from(data),
  };
}

/** Largest sine of an angle between the spaces of some rows. */
function sineBetween(a: Float64Array, b: ArrayLike<number>, count: number, g: number): number {
  let worst = 0;
  for (let i = 0; i < count; i++) {
    const rest = Float64Array.from({ length: g }, (_, j) => b[i * g + j]!);
    for (let k = 0; k < count; k++) {
      let along = 0;
      for (let j = 0; j < g; j++) along += a[k * g + j]! * b[i * g + j]!;
      for (let j = 0; j < g; j++) rest[j]! -= along * a[k * g + j]!;
    }
    worst = Math.max(worst, Math.hypot(...rest));
  }
  return worst;
}

Deno.test("randomizedPca() finds what fitPca() finds, dense and sparse, and keeps its signs", () => {
  for (const [n, g, c] of [[900, 70, 4], [300, 130, 3], [40, 90, 4]] as const) {
    const x = counts(n, g);
    const exact = fitPca(x, c);
    for (const matrix of [x, compressed(x, "csr"), compressed(x, "csc")]) {
      const found = randomizedPca(matrix, c, rng(1).host);
      assertClose(found.mean, exact.mean, 1e-6);
      assertClose(found.singularValues, exact.singularValues, 0, 1e-5);
      assertClose(found.explainedVariance, exact.explainedVariance, 0, 2e-5);
      assert(sineBetween(found.components.data, exact.components.data, c, g) < 1e-3);
      assertClose(found.components.data, exact.components.data, 1e-3);
    }
  }
});

Deno.test({
  name: "randomizedPca() and randomizedSvd() come nearer to LAPACK than scikit-learn's randomized solvers",
  ignore: !hasPython("sklearn.decomposition"),
  fn: () => {
    const [n, g, c] = [800, 160, 20];
    // Five directions, then noise in which singular values lie close together.
    const x = counts(n, g);
    const noise = rng(31).host.normal(n * g);
    const y = hostArray(x.data.map((value, at) => value + 0.3 * noise[at]!), [n, g]);
    const reference = askPython(
      `
from sklearn.decomposition import PCA, TruncatedSVD
from scipy.sparse import csr_matrix
x, y, c = d["x"], d["y"], d["c"]
s = np.linalg.svd(x, compute_uv=False)[:c]
_, t, v = np.linalg.svd(y - y.mean(0), full_matrices=False)
out = {"svd": s, "pca": t[:c], "v": v[:5],
  "theirs": [np.max(np.abs(TruncatedSVD(c, random_state=0).fit(csr_matrix(x)).singular_values_ / s - 1)),
    np.max(np.abs(PCA(c, svd_solver="randomized", random_state=0).fit(y).singular_values_ / t[:c] - 1))]}`,
      { x, y, c },
    ) as { svd: number[]; pca: number[]; v: number[][]; theirs: [number, number] };
    const svd = randomizedSvd(compressed(x, "csr"), c, rng(2).host);
    const pca = randomizedPca(y, c, rng(2).host);
    const error = (found: Float64Array, expected: readonly number[]): number =>
      found.reduce((worst, value, i) => Math.max(worst, Math.abs(value / expected[i]! - 1)), 0);
    const ours = [error(svd.singularValues, reference.svd), error(pca.singularValues, reference.pca)];
    ours.forEach((value, i) => assert(value < 1e-3 && value < reference.theirs[i]! + 1e-6, `${value} for solver ${i}`));
    assert(sineBetween(pca.components.data.subarray(0, 5 * g), flat(reference.v), 5, g) < 1e-3);
  },
});

Deno.test("randomizedPca() is a function of its stream, and unit vectors are orthogonal", () => {
  const x = counts(200, 60);
  const found = randomizedPca(x, 6, rng(3).host);
  assertEquals(randomizedPca(x, 6, rng(3).host), found);
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j <= i; j++) {
      let product = 0;
      for (let k = 0; k < 60; k++) product += found.components.data[60 * i + k]! * found.components.data[60 * j + k]!;
      assertClose([product], [i === j ? 1 : 0], 1e-6);
    }
  }
});

Deno.test("randomizedPca() does not lose small spreads beside large means", () => {
  const x = hostArray(rng(4).host.normal(300 * 20).map((value, at) => 1e4 + value * (1 + at % 20)), [300, 20]);
  assertClose(randomizedPca(x, 5, rng(1).host).singularValues, fitPca(x, 5).singularValues, 0, 1e-5);
});

Deno.test("randomizedPca() gives zero variance, and no NaN, to components that the data do not have", () => {
  const rank1 = hostArray(Float32Array.from({ length: 150 }, (_, at) => Math.floor(at / 5) * (1 + at % 5)), [30, 5]);
  for (const x of [rank1, compressed(rank1, "csr"), hostArray(new Float32Array(60), [12, 5])]) {
    const { singularValues, components } = randomizedPca(x, 4, rng(1).host);
    assertClose(singularValues.subarray(1), [0, 0, 0], 1e-3 * singularValues[0]!);
    assert(components.data.every(Number.isFinite));
  }
});

Deno.test("randomizedPca() takes products of another library", () => {
  const x = counts(700, 50);
  let calls = 0;
  const multiply: typeof vectorProduct = (...args) => {
    calls++;
    vectorProduct(...args);
  };
  assertEquals(randomizedPca(x, 3, rng(1).host, { multiply }), randomizedPca(x, 3, rng(1).host));
  // Two products per block of 512 rows and pass.
  assertEquals(calls, 2 * 2 * 8);
});

Deno.test("projectPca() gives sparse rows the scores of dense ones", () => {
  const x = counts(90, 40);
  const pca = fitPca(x, 5);
  for (const kind of ["csr", "csc"] as const) {
    assertClose(projectPca(pca, compressed(x, kind)).data, projectPca(pca, x).data, 1e-5);
  }
  assertThrows(() => projectPca(pca, compressed(counts(9, 8), "csr")), TypeError, "rows of 8 columns");
});

Deno.test("byRows() turns compressed columns into compressed rows", () => {
  const x = counts(17, 23);
  const rows = compressed(x, "csr");
  const { indptr, indices, data } = byRows(compressed(x, "csc"));
  assertEquals([Array.from(indptr), indices, data], [Array.from(rows.indptr), rows.indices, rows.data]);
  assertEquals(byRows(rows), rows);
});

Deno.test("vectorProduct() multiplies all sizes, transposed or not", () => {
  for (const [m, n, k] of [[1, 1, 1], [3, 17, 5], [65, 8, 300], [4, 63, 257], [2, 5, 0]] as const) {
    const [a, b] = [rng(5).fold(m).host.normal(m * k), rng(5).fold(n).host.normal(k * n)];
    const expected = Float64Array.from({ length: m * n }, (_, at) => {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a[Math.floor(at / n) * k + l]! * b[l * n + at % n]!;
      return sum;
    });
    const turned = a.map((_, at) => a[(at % m) * k + Math.floor(at / m)]!);
    for (const [transpose, left] of [[false, a], [true, turned]] as const) {
      const c = new Float32Array(m * n).fill(9);
      vectorProduct({ m, n, k }, transpose, left, b, c);
      assertClose(c, expected, 1e-4);
    }
  }
});

Deno.test("randomizedPca() refuses too many components, broken data and options out of range", () => {
  const x = counts(20, 9);
  const sparse = compressed(x, "csr");
  const host = rng(1).host;
  assertThrows(() => randomizedPca(x, 10, host), RangeError, "expected 1 to 9");
  assertThrows(() => randomizedPca(x, 2, host, { passes: 0 }), RangeError, "0 passes");
  assertThrows(() => randomizedPca(x, 2, host, { oversampling: -1 }), RangeError, "-1 vectors");
  const broken = hostArray(x.data.map((value, at) => at === 25 ? NaN : value), [20, 9]);
  assertThrows(() => randomizedPca(broken, 2, host), DataError, "row 2 has NaN in column 7");
  const outside = { ...sparse, indices: sparse.indices.map((column, at) => at === 3 ? 9 : column) };
  assertThrows(() => randomizedPca(outside, 2, host), DataError, "position 9 is outside 0 to 8");
  assertThrows(() => randomizedPca({ ...sparse, shape: [21, 9] }, 2, host), DataError, "expected 22 rising starts");
  const infinite = { ...sparse, data: sparse.data.map((value, at) => at === 2 ? Infinity : value) };
  assertThrows(() => randomizedSvd(infinite, 2, host), DataError, "value 2 is Infinity");
  const huge = hostArray(Float64Array.from({ length: 12 }, (_, at) => 1e30 * Math.sin(at)), [4, 3]);
  assertThrows(() => randomizedPca(huge, 1, host), RangeError, "expected below 1e18");
});
