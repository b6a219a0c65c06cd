import { frechetDistance, gaussianFrechet, gaussianOf, type HostArray, hostArray, rng } from "../../../core/mod.ts";
import { assertAlmostEquals } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";

/** Correlated vectors: normal draws through a random matrix. */
function vectorsOf(seed: number, count: number, width: number, shift: number): HostArray<Float64Array> {
  const [draws, mix] = [rng(seed).host.normal(count * width), rng(seed + 10).host.normal(width * width)];
  const data = Float64Array.from({ length: count * width }, (_, at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    let sum = shift;
    for (let k = 0; k < width; k++) sum += draws[row * width + k]! * mix[k * width + column]! / width;
    return sum;
  });
  return hostArray(data, [count, width]);
}

Deno.test("frechetDistance() of fewer vectors than dimensions equals the distance of their Gaussians", () => {
  for (const [n, m, width] of [[5, 9, 12], [9, 5, 12], [20, 8, 12], [8, 8, 9]] as const) {
    const [a, b] = [vectorsOf(1, n, width, 0), vectorsOf(2, m, width, 0.3)];
    const expected = gaussianFrechet(gaussianOf(a), gaussianOf(b));
    assertAlmostEquals(frechetDistance(a, b), expected, 1e-6 * expected);
    assertAlmostEquals(frechetDistance(a, a), 0, 1e-6);
  }
});

const SQUARE_ROOT = `
import json, sys, numpy as np
from scipy.linalg import sqrtm
a, b = (np.array(v) for v in json.loads(sys.argv[1]))
s, t = np.cov(a.T), np.cov(b.T)
print(float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s + t - 2 * np.real(sqrtm(s @ t)))))
`;

Deno.test({
  name: "frechetDistance() equals the formula with scipy.linalg.sqrtm, with few vectors and with many",
  ignore: !hasPython("scipy"),
  fn: () => {
    for (const [n, m, width] of [[10, 12, 16], [60, 50, 6]] as const) {
      const [a, b] = [vectorsOf(3, n, width, 0), vectorsOf(4, m, width, 0.2)];
      const rows = ({ data, shape }: HostArray<Float64Array>): number[][] =>
        Array.from({ length: shape[0]! }, (_, i) => [...data.subarray(i * width, (i + 1) * width)]);
      const expected = runPython(SQUARE_ROOT, [JSON.stringify([rows(a), rows(b)])]) as number;
      assertAlmostEquals(frechetDistance(a, b), expected, 1e-5 * Math.abs(expected));
    }
  },
});
