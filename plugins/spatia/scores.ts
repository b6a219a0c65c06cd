import {
  coordinateWasserstein,
  type HostArray,
  hostArray,
  kolmogorovSmirnov,
  type NumericArray,
  pearsonByColumn,
  squaredDistances,
} from "../../core/mod.ts";

/** How a set of profiles lies to controls and targets (section 6.2). */
export interface ProfileScores {
  /** Two-sample Kolmogorov-Smirnov statistic of each measure. */
  readonly ks: Float64Array;
  /** 1 less the mean of `ks`. */
  readonly ksScore: number;
  /** 1-Wasserstein distance of each measure to the controls. */
  readonly fromControl: Float64Array;
  /** 1-Wasserstein distance of the targets to the controls. */
  readonly targetFromControl: Float64Array;
  /** 1-Wasserstein distance of each measure to the targets. */
  readonly toTarget: Float64Array;
  /** Correlation over measures of `fromControl` and `targetFromControl`; NaN if one of them is constant. */
  readonly wassersteinCorrelation: number;
}

function column({ data, shape }: HostArray<NumericArray>, at: number): Float64Array {
  return Float64Array.from({ length: shape[0]! }, (_, row) => data[row * shape[1]! + at]!);
}

/** Correlation of two vectors. */
function correlation(a: Float64Array, b: Float64Array): number {
  return pearsonByColumn(hostArray(a, [a.length, 1]), hostArray(b, [b.length, 1]))[0]!;
}

/**
 * Compare profiles with those of controls and targets.
 *
 * @param generated Profiles, `[n, M]`.
 * @param control Profiles of the cells that they started from, `[n', M]`.
 * @param target Profiles of real target cells, `[m, M]`.
 * @returns The scores.
 */
export function profileScores(
  generated: HostArray<NumericArray>,
  control: HostArray<NumericArray>,
  target: HostArray<NumericArray>,
): ProfileScores {
  const width = target.shape[1]!;
  const ks = Float64Array.from(
    { length: width },
    (_, at) => kolmogorovSmirnov(column(generated, at), column(target, at)),
  );
  const fromControl = coordinateWasserstein(generated, control);
  const targetFromControl = coordinateWasserstein(target, control);
  return {
    ks,
    ksScore: 1 - ks.reduce((sum, value) => sum + value / width, 0),
    fromControl,
    targetFromControl,
    toTarget: coordinateWasserstein(generated, target),
    wassersteinCorrelation: correlation(fromControl, targetFromControl),
  };
}

/**
 * Mean of each column.
 *
 * @param profiles Profiles, `[n, M]`.
 * @returns `[M]`.
 */
export function columnMeans({ data, shape }: HostArray<NumericArray>): Float64Array {
  const [rows, width] = shape as [number, number];
  const mean = new Float64Array(width);
  for (let at = 0; at < data.length; at++) mean[at % width]! += data[at]! / rows;
  return mean;
}

/**
 * Cosine between the mean change that was generated and the real one.
 *
 * @param generated Profiles, `[n, M]`, in standard deviations.
 * @param control Profiles of the controls.
 * @param target Profiles of real targets.
 * @returns From -1 to 1; NaN if nothing changed.
 */
export function directionCosine(
  generated: HostArray<NumericArray>,
  control: HostArray<NumericArray>,
  target: HostArray<NumericArray>,
): number {
  const [from, made, real] = [columnMeans(control), columnMeans(generated), columnMeans(target)];
  let [dot, a, b] = [0, 0, 0];
  from.forEach((start, i) => {
    const [x, y] = [made[i]! - start, real[i]! - start];
    dot += x * y;
    a += x * x;
    b += y * y;
  });
  return a > 0 && b > 0 ? dot / Math.sqrt(a * b) : NaN;
}

/** Squared maximum mean discrepancy, with and without the pairs of a vector with itself. */
export interface Discrepancy {
  /** With them; never negative. */
  readonly biased: number;
  /** Without them; 0 in the mean for equal distributions. */
  readonly unbiased: number;
}

/** Sum over all pairs of rows of exp(-|x - y|² / (2 σ²)). */
function kernelSum(a: HostArray<NumericArray>, b: HostArray<NumericArray>, sigma: number): number {
  return squaredDistances(a, b).reduce((sum, square) => sum + Math.exp(-square / (2 * sigma * sigma)), 0);
}

/**
 * Squared maximum mean discrepancy with a Gaussian kernel (Gretton et al. 2012).
 *
 * @param a First vectors, `[N, D]`, at least 2.
 * @param b Second vectors, `[M, D]`, at least 2.
 * @param sigma Width of the kernel, in the unit of the vectors.
 * @returns Both estimates.
 * @throws {TypeError} If the dimensions differ.
 */
export function gaussianDiscrepancy(
  a: HostArray<NumericArray>,
  b: HostArray<NumericArray>,
  sigma: number,
): Discrepancy {
  const [n, m] = [a.shape[0]!, b.shape[0]!];
  const [aa, bb, ab] = [kernelSum(a, a, sigma), kernelSum(b, b, sigma), kernelSum(a, b, sigma)];
  const between = 2 * ab / (n * m);
  return {
    biased: aa / (n * n) + bb / (m * m) - between,
    unbiased: (aa - n) / (n * (n - 1)) + (bb - m) / (m * (m - 1)) - between,
  };
}
