import type { HostArray, NumericArray } from "../host_array.ts";

/** Mean of (x·y / D + 1)³ over pairs; with `skip`, pairs of a vector with itself are left out. */
function meanKernel(a: HostArray<NumericArray>, b: HostArray<NumericArray>, skip: boolean): number {
  const [n, width] = a.shape as [number, number];
  const m = b.shape[0]!;
  let total = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      if (skip && i === j) continue;
      let dot = 0;
      for (let k = 0; k < width; k++) dot += a.data[i * width + k]! * b.data[j * width + k]!;
      total += (dot / width + 1) ** 3;
    }
  }
  return total / (skip ? n * (n - 1) : n * m);
}

/**
 * Squared maximum mean discrepancy with the cubic kernel (x·y / D + 1)³, unbiased (Bińkowski et al. 2018, "KID" where the
 * features are Inception's). Unlike the Fréchet distance its expectation does not depend on the size of the sets; single
 * values may be negative.
 *
 * @example Usage
 * ```ts
 * import { hostArray, kernelDistance } from "@morphogen/morphogen";
 *
 * const a = hostArray(Float32Array.of(0, 0), [2, 1]);
 * const b = hostArray(Float32Array.of(1, 1), [2, 1]);
 * if (kernelDistance(a, b) !== 7) throw new Error("1 and 8 within, 1 between");
 * ```
 *
 * @param a First features, `[N, D]`, at least 2.
 * @param b Second features, `[M, D]`, at least 2.
 * @returns The discrepancy; 0 in the mean for equal distributions.
 * @throws {TypeError} If the dimensions differ.
 * @throws {RangeError} If a set has fewer than 2 vectors.
 */
export function kernelDistance(a: HostArray<NumericArray>, b: HostArray<NumericArray>): number {
  if (a.shape[1] !== b.shape[1]) {
    throw new TypeError(`Cannot compare features [${a.shape}] with [${b.shape}]: expected the same dimension`);
  }
  const [n, m] = [a.shape[0]!, b.shape[0]!];
  if (n < 2 || m < 2) throw new RangeError(`Cannot compare ${n} with ${m} vectors: expected at least two of each`);
  return meanKernel(a, a, true) + meanKernel(b, b, true) - 2 * meanKernel(a, b, false);
}
