import { hostArray } from "../../../core/host_array.ts";
import type { SparseMatrix } from "../../../core/io/anndata.ts";
import { rng } from "../../../core/rng/stream.ts";
import { gatherMoments, momentsOf, sampleVariance } from "../../../core/spatial/column_moments.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose } from "../../vectors/arrays.ts";

function shifted(n: number, g: number): Float64Array {
  return Float64Array.from(rng(3).fold("values").host.normal(n * g), (z, at) => z + 1e7 * (at % g));
}

function compress(data: Float64Array, rows: number, columns: number): SparseMatrix {
  const [indptr, indices, values]: [number[], number[], number[]] = [[0], [], []];
  for (let at = 0; at < rows * columns; at++) {
    if (data[at] !== 0) {
      indices.push(at % columns);
      values.push(data[at]!);
    }
    if (at % columns === columns - 1) indptr.push(values.length);
  }
  return {
    kind: "csr",
    shape: [rows, columns],
    indptr: Int32Array.from(indptr),
    indices: Int32Array.from(indices),
    data: Float64Array.from(values),
  };
}

Deno.test({
  name: "gatherMoments() keeps its digits over many blocks of large values",
  ignore: !hasPython("numpy"),
  fn: () => {
    const data = shifted(1003, 4);
    const gathered = gatherMoments(4);
    for (let row = 0; row < 1003; row += 17) {
      const end = Math.min(1003, row + 17);
      gathered.add(hostArray(data.slice(4 * row, 4 * end), [end - row, 4]));
    }
    const expected = askPython('out = {"mean": d["x"].mean(0), "var": d["x"].var(0, ddof=1)}', {
      x: hostArray(data, [1003, 4]),
    }) as { mean: number[]; var: number[] };
    assertClose(gathered.moments().mean, expected.mean, 0, 1e-14);
    assertClose(sampleVariance(gathered.moments()), expected.var, 0, 1e-7);
  },
});

Deno.test("gatherMoments() counts the zeros of sparse blocks, and takes chosen rows only", () => {
  const data = Float64Array.from({ length: 30 * 5 }, (_, at) => at % 3 === 0 ? 0 : (at * 7) % 11);
  const dense = momentsOf(hostArray(data, [30, 5]));
  const sparse = momentsOf(compress(data, 30, 5));
  assertClose(sparse.mean, dense.mean, 1e-14);
  assertClose(sparse.squares, dense.squares, 1e-11);
  const gathered = gatherMoments(5);
  gathered.add(compress(data, 30, 5), [4, 20]);
  gathered.add(hostArray(data, [30, 5]), []);
  const two = momentsOf(hostArray(Float64Array.from([...data.slice(20, 25), ...data.slice(100, 105)]), [2, 5]));
  assertClose(gathered.moments().mean, two.mean, 1e-14);
  assertClose(gathered.moments().squares, two.squares, 1e-12);
  assertEquals(gathered.moments().rows, 2);
});

Deno.test("sampleVariance() is 0 for a constant column, and refuses a single row", () => {
  const third = hostArray(new Float64Array(7).fill(1 / 3), [7, 1]);
  assertEquals(sampleVariance(momentsOf(third))[0], 0);
  assertThrows(() => sampleVariance(momentsOf(hostArray(new Float64Array(2), [1, 2]))), RangeError, "over 1 cells");
  assertThrows(() => gatherMoments(3).add(third), TypeError, "1 columns");
});
