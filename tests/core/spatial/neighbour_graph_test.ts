import { hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { kNearest } from "../../../core/spatial/knn.ts";
import { denseMatrix } from "../../../core/io/sparse_matrix.ts";
import { distanceGraph, fuzzyGraph } from "../../../core/spatial/neighbour_graph.ts";
import { assertEquals } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose, flat } from "../../vectors/arrays.ts";

/** The membership strengths of UMAP, written from the paper: bandwidths by bisection, then the fuzzy union. */
const REFERENCE = `
from sklearn.neighbors import NearestNeighbors
X, k = d["x"], d["k"]
dist, idx = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(X).kneighbors(X)
n = len(X); D = np.zeros((n, n)); W = np.zeros((n, n))
for i in range(n):
    own = [j for j in range(k) if idx[i, j] != i]
    for j in own: D[i, idx[i, j]] = dist[i, j]
    ds = dist[i, own]
    rho = ds[ds > 0].min() if (ds > 0).any() else 0.0
    lo, hi, mid = 0.0, np.inf, 1.0
    for _ in range(64):
        p = sum(np.exp(-(v - rho) / mid) if v > rho else 1.0 for v in ds)
        if abs(p - np.log2(k)) < 1e-5: break
        if p > np.log2(k): hi = mid; mid = (lo + hi) / 2
        else:
            lo = mid
            mid = mid * 2 if hi == np.inf else (lo + hi) / 2
    mid = max(mid, 1e-3 * (dist[i].mean() if rho > 0 else dist.mean()))
    for j in own: W[i, idx[i, j]] = 1.0 if dist[i, j] <= rho else np.exp(-(dist[i, j] - rho) / mid)
out = {"d": D, "w": W + W.T - W * W.T}
`;

Deno.test({
  name: "distanceGraph() and fuzzyGraph() equal the graph of UMAP written with NumPy",
  ignore: !hasPython("sklearn"),
  fn: () => {
    const x = hostArray(Float64Array.from(rng(4).fold("x").host.normal(120 * 5)), [120, 5]);
    const expected = askPython(REFERENCE, { x, k: 10 }) as { d: number[][]; w: number[][] };
    const distances = distanceGraph(kNearest(x, x, 10), 10);
    assertClose(denseMatrix(distances).data, flat(expected.d), 1e-12);
    const weights = fuzzyGraph(distances);
    assertClose(denseMatrix(weights).data, flat(expected.w), 1e-6);
    for (let row = 0; row < 120; row++) {
      const places = weights.indices.slice(weights.indptr[row], weights.indptr[row + 1]);
      assertEquals(places, places.slice().sort());
    }
  },
});

Deno.test("distanceGraph() keeps k - 1 neighbours where many points share a place", () => {
  const x = hostArray(Float64Array.of(0, 0, 0, 0, 5), [5, 1]);
  const graph = distanceGraph(kNearest(x, x, 3), 3);
  assertEquals(graph.indptr.join(), "0,2,4,6,8,10");
  for (let row = 0; row < 5; row++) assertEquals(graph.indices.slice(2 * row, 2 * row + 2).includes(row), false);
  assertEquals(fuzzyGraph(graph).data.every((weight) => weight > 0 && weight <= 1), true);
});
