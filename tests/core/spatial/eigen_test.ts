import { hostArray, rng } from "../../../core/mod.ts";
import { symmetricEigen } from "../../../core/spatial/eigen.ts";
import { assertLess } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose } from "../../vectors/arrays.ts";

/** Gram matrix of `rank` random vectors of length n. */
function gram(n: number, rank: number, seed: number): Float64Array {
  const rows = Float64Array.from(rng(seed).host.normal(rank * n));
  return Float64Array.from({ length: n * n }, (_, at) => {
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += rows[r * n + Math.floor(at / n)]! * rows[r * n + at % n]!;
    return sum;
  });
}

for (const [n, rank] of [[1, 1], [2, 1], [17, 17], [65, 3], [69, 1], [200, 48], [120, 0]] as const) {
  Deno.test(`symmetricEigen() decomposes a ${n} x ${n} matrix of rank ${rank}`, () => {
    const matrix = gram(n, rank, n + rank);
    const { values, vectors } = symmetricEigen(matrix, n);
    const scale = Math.max(values[0]!, 1);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let [dot, entry] = [0, 0];
        for (let k = 0; k < n; k++) {
          dot += vectors[i * n + k]! * vectors[j * n + k]!;
          entry += values[k]! * vectors[k * n + i]! * vectors[k * n + j]!;
        }
        assertLess(Math.abs(dot - (i === j ? 1 : 0)), 1e-12);
        assertLess(Math.abs(entry - matrix[i * n + j]!), 1e-12 * scale);
      }
    }
  });
}

Deno.test({
  name: "symmetricEigen() gives numpy's eigenvalues",
  ignore: !hasPython("numpy"),
  fn: () => {
    const matrix = gram(60, 20, 5);
    const program = "out = np.linalg.eigvalsh(d['a'])[::-1]";
    const expected = askPython(program, { a: hostArray(matrix, [60, 60]) }) as number[];
    assertClose(symmetricEigen(matrix, 60).values, expected, 1e-11);
  },
});

Deno.test("symmetricEigen() of equal and empty columns stays finite, however small what rounding leaves", () => {
  const [n, kinds, gap] = [69, 2, 3];
  for (let seed = 0; seed < 20; seed++) {
    const vectors = Float64Array.from(rng(seed).host.normal(2 * kinds));
    const matrix = Float64Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      if (i % gap > 0 || j % gap > 0) return 0;
      return [0, 1].reduce((sum, r) => sum + vectors[r * kinds + i % kinds]! * vectors[r * kinds + j % kinds]!, 0);
    });
    const { values, vectors: found } = symmetricEigen(matrix, n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let entry = 0;
        for (let k = 0; k < n; k++) entry += values[k]! * found[k * n + i]! * found[k * n + j]!;
        assertLess(Math.abs(entry - matrix[i * n + j]!), 1e-12 * Math.max(values[0]!, 1));
      }
    }
  }
});
