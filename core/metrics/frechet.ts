import type { HostArray, NumericArray } from "../host_array.ts";
import { symmetricEigen } from "../spatial/eigen.ts";

/** Mean and covariance of a set of vectors. */
export interface Gaussian {
  /** Mean, `[D]`. */
  readonly mean: Float64Array;
  /** Covariance, row-major `[D, D]`. */
  readonly covariance: Float64Array;
}

/**
 * Fit mean and unbiased covariance.
 *
 * @param features Vectors, `[N, D]`, at least 2.
 * @returns The Gaussian, in float64.
 * @throws {RangeError} If there are fewer than 2 vectors.
 */
export function gaussianOf({ data, shape }: HostArray<NumericArray>): Gaussian {
  const [rows, width] = shape as [number, number];
  if (rows < 2) throw new RangeError(`Cannot estimate a covariance from ${rows} vectors: expected at least 2`);
  const mean = new Float64Array(width);
  for (let i = 0; i < data.length; i++) mean[i % width]! += data[i]! / rows;
  const covariance = new Float64Array(width * width);
  const centred = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < width; j++) centred[j] = data[row * width + j]! - mean[j]!;
    for (let j = 0; j < width; j++) {
      for (let k = 0; k < width; k++) covariance[j * width + k]! += centred[j]! * centred[k]! / (rows - 1);
    }
  }
  return { mean, covariance };
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k]!;
      for (let j = 0; j < n; j++) out[i * n + j]! += factor * b[k * n + j]!;
    }
  }
  return out;
}

/** Square root of a symmetric matrix; negative eigenvalues, which rounding makes, count as 0. */
function squareRoot(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n);
  const out = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const root = Math.sqrt(Math.max(0, values[k]!));
    for (let i = 0; i < n; i++) {
      const factor = root * vectors[k * n + i]!;
      for (let j = 0; j < n; j++) out[i * n + j]! += factor * vectors[k * n + j]!;
    }
  }
  return out;
}

/**
 * Squared Fréchet distance of two Gaussians, |μ1 - μ2|² + tr(Σ1 + Σ2 - 2 (Σ1 Σ2)^½); the trace of the root is the sum of
 * the roots of the eigenvalues of Σ1^½ Σ2 Σ1^½.
 *
 * @param a First Gaussian.
 * @param b Second Gaussian.
 * @returns The distance, in squared units of the features.
 * @throws {TypeError} If the dimensions differ.
 */
export function gaussianFrechet(a: Gaussian, b: Gaussian): number {
  const n = a.mean.length;
  if (b.mean.length !== n) {
    throw new TypeError(`Cannot compare Gaussians of ${n} and ${b.mean.length} dimensions: expected the same`);
  }
  const root = squareRoot(a.covariance, n);
  const inner = product(product(root, b.covariance, n), root, n);
  const { values } = symmetricEigen(inner, n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    total += (a.mean[i]! - b.mean[i]!) ** 2 + a.covariance[i * n + i]! + b.covariance[i * n + i]!;
    total -= 2 * Math.sqrt(Math.max(0, values[i]!));
  }
  return total;
}

/** Vectors without their mean, over the root of one less than their number: of unit covariance if that is one. */
function centred(
  { data, shape }: HostArray<NumericArray>,
): { readonly mean: Float64Array; readonly rows: Float64Array } {
  const [count, width] = shape as [number, number];
  if (count < 2) throw new RangeError(`Cannot estimate a covariance from ${count} vectors: expected at least 2`);
  const mean = new Float64Array(width);
  for (let i = 0; i < data.length; i++) mean[i % width]! += data[i]! / count;
  const scale = 1 / Math.sqrt(count - 1);
  return { mean, rows: Float64Array.from(data, (value, i) => scale * (value - mean[i % width]!)) };
}

/** Inner products of all rows of two matrices of one width. */
function innerProducts(a: Float64Array, b: Float64Array, width: number): Float64Array {
  const [n, m] = [a.length / width, b.length / width];
  const out = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += a[i * width + k]! * b[j * width + k]!;
      out[i * m + j] = sum;
    }
  }
  return out;
}

/**
 * The distance of fewer vectors than dimensions: with Σ1 = AᵀA and Σ2 = BᵀB the trace of (Σ1 Σ2)^½ is the sum of the
 * singular values of ABᵀ, which is as small as the sets are.
 */
function fewVectors(a: HostArray<NumericArray>, b: HostArray<NumericArray>): number {
  const [first, second] = a.shape[0]! <= b.shape[0]! ? [centred(a), centred(b)] : [centred(b), centred(a)];
  const [n, width] = [Math.min(a.shape[0]!, b.shape[0]!), a.shape[1]!];
  const cross = innerProducts(first.rows, second.rows, width);
  const { values } = symmetricEigen(innerProducts(cross, cross, cross.length / n), n);
  const squares = (of: Float64Array): number => of.reduce((sum, value) => sum + value * value, 0);
  const apart = squares(first.mean.map((value, k) => value - second.mean[k]!));
  const roots = values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  return apart + squares(first.rows) + squares(second.rows) - 2 * roots;
}

/**
 * Squared Fréchet distance of the Gaussians fitted to two sets of features (Heusel et al. 2017 with features of one's
 * choice). Its expectation grows as sets shrink: compare sets of one size alone.
 *
 * @example Usage
 * ```ts
 * import { frechetDistance, hostArray } from "@morphogen/morphogen";
 *
 * const a = hostArray(Float32Array.of(0, 2), [2, 1]);
 * const b = hostArray(Float32Array.of(3, 5), [2, 1]);
 * if (Math.abs(frechetDistance(a, b) - 9) > 1e-9) throw new Error("equal spread, means 3 apart");
 * ```
 *
 * @param a First features, `[N, D]`.
 * @param b Second features, `[M, D]`.
 * @returns The distance.
 * @throws {RangeError} If a set has fewer than 2 vectors.
 * @throws {TypeError} If the dimensions differ.
 */
export function frechetDistance(a: HostArray<NumericArray>, b: HostArray<NumericArray>): number {
  const [width, other] = [a.shape[1]!, b.shape[1]!];
  if (width === other && Math.min(a.shape[0]!, b.shape[0]!) < width) return fewVectors(a, b);
  return gaussianFrechet(gaussianOf(a), gaussianOf(b));
}
