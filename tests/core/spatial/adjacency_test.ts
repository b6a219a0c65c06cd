import { DataError } from "../../../core/errors.ts";
import { hostArray } from "../../../core/host_array.ts";
import { denseMatrix } from "../../../core/io/sparse_matrix.ts";
import { rng } from "../../../core/rng/stream.ts";
import { blockDiagonal, convolutionMatrix, unionGraph } from "../../../core/spatial/adjacency.ts";
import { smoothLabels } from "../../../core/spatial/smooth_labels.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose, flat } from "../../vectors/arrays.ts";
import vectors from "../../vectors/gmflow.json" with { type: "json" };

Deno.test("unionGraph() gives the edges of the specification", () => {
  const { points, k, undirected_edges: edges, degree_with_self_loop: degrees } = vectors.knn_graph;
  const { indptr, indices } = unionGraph(hostArray(Float64Array.from(points.flat()), [points.length, 2]), k);
  const found = points.flatMap((_, row) =>
    [...indices.subarray(indptr[row]!, indptr[row + 1]!)].filter((column) => column > row).map((
      column,
    ) => [row, column])
  );
  assertEquals(found, edges);
  assertEquals(degrees, points.map((_, row) => indptr[row + 1]! - indptr[row]! + 1));
});

Deno.test("convolutionMatrix() is the normalised adjacency of the specification", () => {
  const { edges, n, a_hat: expected } = vectors.gcn_normalised_adjacency;
  const both = [...edges, ...edges.map(([a, b]) => [b!, a!])].sort(([a, b], [c, d]) => a! - c! || b! - d!);
  const indptr = Int32Array.from({ length: n + 1 }, (_, row) => both.filter(([a]) => a! < row).length);
  const indices = Int32Array.from(both, ([, column]) => column!);
  const data = new Float32Array(both.length).fill(1);
  const made = convolutionMatrix({ kind: "csr", shape: [n, n], indptr, indices, data });
  assertClose(denseMatrix(made).data, expected.flat(), 1e-7);
});

Deno.test({
  name: "unionGraph() and convolutionMatrix() equal scikit-learn and SciPy on random points",
  ignore: !hasPython("sklearn", "scipy"),
  fn: () => {
    const points = hostArray(Float64Array.from(rng(2).fold("points").host.normal(300 * 2)), [300, 2]);
    const program = `
from sklearn.neighbors import kneighbors_graph
A = kneighbors_graph(d["x"], d["k"]).toarray()
A = np.maximum(A, A.T)
S = A + np.eye(len(A)); s = 1 / np.sqrt(S.sum(1))
out = {"graph": A, "hat": S * s[:, None] * s[None], "top": np.linalg.eigvalsh(S * s[:, None] * s[None]).max()}
`;
    const { graph, hat, top } = askPython(program, { x: points, k: 6 }) as {
      graph: number[][];
      hat: number[][];
      top: number;
    };
    const own = unionGraph(points, 6);
    assertEquals([...denseMatrix(own).data], flat(graph));
    assertClose(denseMatrix(convolutionMatrix(own)).data, flat(hat), 1e-7);
    assert(Math.abs(top - 1) < 1e-9, "its spectral radius is 1");
  },
});

Deno.test("blockDiagonal() keeps graphs apart", () => {
  const line = (n: number) =>
    convolutionMatrix(unionGraph(hostArray(Float64Array.from({ length: n }, (_, i) => i), [n, 1]), 1));
  const [a, b] = [line(3), line(4)];
  const joined = denseMatrix(blockDiagonal([a, b])).data;
  const [left, right] = [denseMatrix(a).data, denseMatrix(b).data];
  for (let i = 0; i < 7; i++) {
    for (let j = 0; j < 7; j++) {
      const expected = i < 3 && j < 3 ? left[i * 3 + j] : i >= 3 && j >= 3 ? right[(i - 3) * 4 + j - 3] : 0;
      assertEquals(joined[i * 7 + j], expected);
    }
  }
  assertThrows(() => blockDiagonal([]), TypeError, "zero graphs");
});

Deno.test("unionGraph() refuses too few cells, cells that are not anywhere, and isolated ones", () => {
  const at = (...x: number[]) => hostArray(Float64Array.from(x), [x.length, 1]);
  assertThrows(() => unionGraph(at(0, 1, 2), 3), DataError, "there are 3 cells, expected at least 4");
  assertThrows(() => unionGraph(at(0, NaN, 2), 1), DataError, "row 1 has NaN");
  assertThrows(() => unionGraph(at(0, 1, 50), 1, { maxDistance: 10 }), DataError, "cell 2 with its neighbours");
  assertThrows(() => unionGraph(at(0, 1, 2), 0), RangeError, "0 neighbours");
  assertEquals([...unionGraph(at(0, 1, 50, 51), 2, { maxDistance: 10 }).indices], [1, 0, 3, 2]);
});

Deno.test("smoothLabels() takes the majority, keeps ties and leaves missing labels", () => {
  const line = unionGraph(hostArray(Float64Array.of(0, 1, 2.1, 3.3, 4.6), [5, 1]), 1);
  // Neighbours along the line: 0-1, 1-2, 2-3, 3-4.
  assertEquals([...smoothLabels([0, 1, 0, 2, 2], line)], [0, 0, 0, 2, 2]);
  assertEquals([...smoothLabels([0, -1, 0, 2, -1], line)], [0, -1, 0, 2, -1]);
  assertEquals([...smoothLabels([3, 1, 2, 1, 1], line)], [3, 1, 1, 1, 1]);
  assertThrows(() => smoothLabels([0, 1], line), DataError, "2 labels");
});
