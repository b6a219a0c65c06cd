import { DataError } from "../../../core/errors.ts";
import { hostArray } from "../../../core/host_array.ts";
import type { Matrix } from "../../../core/io/anndata.ts";
import { rng } from "../../../core/rng/stream.ts";
import { fitPca } from "../../../core/spatial/pca.ts";
import { gatherScatter } from "../../../core/spatial/scatter_pca.ts";
import { momentsOf } from "../../../core/spatial/column_moments.ts";
import { assert, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose } from "../../vectors/arrays.ts";

/** Rows of a few factors with noise, of which about half of the values are 0. */
function lowRank(n: number, g: number): Float32Array {
  const [scores, loadings] = [rng(2).fold("scores").host.normal(n * 6), rng(2).fold("loadings").host.normal(g * 6)];
  const noise = rng(2).fold("noise").host.normal(n * g);
  return Float32Array.from(noise, (z, at) => {
    const [i, j] = [Math.floor(at / g), at % g];
    let value = 0.3 * z;
    for (let k = 0; k < 6; k++) value += scores[6 * i + k]! * loadings[6 * j + k]! * (6 - k);
    return Math.max(0, value);
  });
}

function sparse(data: Float32Array, rows: number, columns: number): Matrix {
  const [indptr, indices, values]: [number[], number[], number[]] = [[0], [], []];
  for (let at = 0; at < data.length; at++) {
    if (data[at] !== 0) {
      indices.push(at % columns);
      values.push(data[at]!);
    }
    if (at % columns === columns - 1) indptr.push(values.length);
  }
  const [starts, places] = [Int32Array.from(indptr), Int32Array.from(indices)];
  return { kind: "csr", shape: [rows, columns], indptr: starts, indices: places, data: Float32Array.from(values) };
}

for (const columns of [40, 700]) {
  Deno.test({
    name: `gatherScatter() finds the components of scikit-learn in dense and sparse blocks of ${columns} columns`,
    ignore: !hasPython("sklearn"),
    fn: () => {
      const rows = 300;
      const data = lowRank(rows, columns);
      const expected = askPython(
        `
from sklearn.decomposition import PCA
p = PCA(5, svd_solver="full").fit(d["x"])
c = p.components_ * np.sign(p.components_[np.arange(5), np.abs(p.components_).argmax(1)])[:, None]
out = {"c": c.ravel(), "v": p.explained_variance_, "r": p.explained_variance_ratio_}`,
        { x: hostArray(data, [rows, columns]) },
      ) as { c: number[]; v: number[]; r: number[] };
      const gathered = gatherScatter(momentsOf(hostArray(data, [rows, columns])).mean);
      for (let row = 0; row < rows; row += 100) {
        const part = data.slice(row * columns, (row + 100) * columns);
        gathered.add(row === 100 ? hostArray(part, [100, columns]) : sparse(part, 100, columns));
      }
      const { components, explainedVariance, totalVariance } = gathered.pca(5, rng(1).host);
      assertClose(components.data, expected.c, 1e-6);
      assertClose(explainedVariance, expected.v, 0, 1e-7);
      assertClose(explainedVariance.map((value) => value / totalVariance), expected.r, 0, 1e-7);
    },
  });
}

Deno.test("gatherScatter() agrees with fitPca() and refuses NaN, too many components and too many columns", () => {
  const x = hostArray(lowRank(50, 8), [50, 8]);
  const { mean, components } = fitPca(x, 3);
  const gathered = gatherScatter(mean);
  gathered.add(x);
  assertClose(gathered.pca(3, rng(1).host).components.data, components.data, 1e-10);
  assertThrows(() => gathered.pca(9, rng(1).host), RangeError, "9 components of 50 rows and 8 columns");
  assertThrows(() => gathered.add(hostArray(Float32Array.of(1, NaN), [1, 2])), DataError, "column 1 holds NaN");
  const error = assertThrows(() => gatherScatter(new Float64Array(20000)), DataError, "20000 genes");
  assert(error instanceof DataError);
});
