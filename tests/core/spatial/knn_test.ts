import { DataError } from "../../../core/errors.ts";
import { type HostArray, hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { kNearest, nearest } from "../../../core/spatial/knn.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose, flat } from "../../vectors/arrays.ts";

/** All distances, sorted by distance and then row: slow and obviously right. */
function sorted(points: HostArray, queries: HostArray, k: number): { index: number[]; distance: number[] } {
  const [n = 0, d = 0] = points.shape;
  const index: number[] = [];
  const distance: number[] = [];
  for (let q = 0; q < queries.shape[0]!; q++) {
    const found = Array.from({ length: n }, (_, i): [number, number] => {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += (points.data[i * d + j]! - queries.data[q * d + j]!) ** 2;
      return [sum, i];
    }).sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, k);
    for (const [sum, i] of found) {
      index.push(i);
      distance.push(Math.sqrt(sum));
    }
  }
  return { index, distance };
}

Deno.test("kNearest() equals sorting all distances, in any dimension and with ties", () => {
  for (const [n, d, k] of [[1, 2, 1], [40, 1, 40], [300, 2, 9], [300, 3, 25], [80, 12, 7], [200, 2, 200]] as const) {
    for (const lattice of [false, true]) {
      const draw = (name: string): HostArray =>
        hostArray(rng(1).fold(name).fold(n).host.normal(n * d).map((x) => lattice ? Math.round(x) : x), [n, d]);
      const points = draw("points");
      const queries = draw("queries");
      const expected = sorted(points, queries, k);
      const { index, distance } = kNearest(points, queries, k);
      assertEquals(Array.from(index), expected.index, `n ${n} d ${d} k ${k} lattice ${lattice}`);
      assertEquals(Array.from(distance), expected.distance);
      assertEquals(Array.from(nearest(points, queries).index), sorted(points, queries, 1).index);
    }
  }
});

Deno.test({
  name: "kNearest() finds the neighbours that SciPy's cKDTree finds",
  ignore: !hasPython("scipy.spatial"),
  fn: () => {
    const points = hostArray(rng(2).host.normal(4000), [2000, 2]);
    const { index, distance } = kNearest(points, points, 20);
    const expected = askPython(
      `
from scipy.spatial import cKDTree
out = cKDTree(d["points"]).query(d["points"], 20)`,
      { points },
    ) as [number[][], number[][]];
    assertClose(distance, flat(expected[0]), 1e-12);
    assertEquals(Array.from(index), flat(expected[1]));
  },
});

Deno.test({
  name: "kNearest() finds SciPy's neighbours in three dimensions, for clustered points and other queries",
  ignore: !hasPython("scipy.spatial"),
  fn: () => {
    const centres = rng(3).fold("centre").host.uniform(30);
    const points = hostArray(rng(3).host.normal(9000).map((x, at) => 0.01 * x + centres[at % 30]!), [3000, 3]);
    const queries = hostArray(rng(4).host.uniform(1500), [500, 3]);
    const { index, distance } = kNearest(points, queries, 130);
    const expected = askPython(
      `
from scipy.spatial import cKDTree
out = cKDTree(d["points"]).query(d["queries"], 130)`,
      { points, queries },
    ) as [number[][], number[][]];
    assertClose(distance, flat(expected[0]), 1e-12);
    assertEquals(Array.from(index), flat(expected[1]));
  },
});

Deno.test("kNearest() of points among themselves equals that of a copy of them", () => {
  for (const [n, d, k] of [[500, 2, 9], [500, 3, 120], [60, 9, 4]] as const) {
    const points = hostArray(rng(5).fold(n).host.normal(n * d).map((x) => Math.round(4 * x) / 4), [n, d]);
    assertEquals(kNearest(points, points, k), kNearest(points, hostArray(Float64Array.from(points.data), [n, d]), k));
  }
});

Deno.test("kNearest() is in order of the row where all points coincide or have no coordinates", () => {
  for (const shape of [[40, 2], [40, 0]] as const) {
    const points = hostArray(new Float32Array(40 * shape[1]).fill(3), shape);
    for (const k of [1, 40]) {
      const { index, distance } = kNearest(points, points, k);
      assertEquals(Array.from(index), Array.from({ length: 40 * k }, (_, at) => at % k));
      assertEquals(new Set(distance), new Set([0]));
    }
  }
});

Deno.test("kNearest() tells apart float32 points whose squares agree in float32", () => {
  const points = hostArray(Float32Array.of(4096, 4096.0005, 4096.001), [3, 1]);
  assertEquals(Array.from(kNearest(points, hostArray(Float32Array.of(4096.001), [1, 1]), 3).index), [2, 1, 0]);
});

Deno.test("kNearest() refuses too many neighbours, other dimensions and NaN", () => {
  const points = hostArray(Float32Array.of(0, 0, 1, 1), [2, 2]);
  assertThrows(() => kNearest(points, points, 3), RangeError, "Cannot find 3 nearest of 2 points");
  assertThrows(() => kNearest(points, points, 0), RangeError, "expected 1 to 2");
  assertThrows(() => nearest(points, hostArray(new Float32Array(3), [1, 3])), TypeError, "2 values on one side but 3");
  const broken = hostArray(Float32Array.of(0, 0, 1, NaN), [2, 2]);
  assertThrows(() => nearest(broken, points), DataError, "row 1 has NaN in column 1");
});
