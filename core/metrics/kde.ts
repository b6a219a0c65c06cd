import type { HostArray, NumericArray } from "../host_array.ts";
import { kdTree, leafSearch } from "../spatial/kd_tree.ts";
import { readRow, requireFinite, requireSameColumns, toMatrix } from "../spatial/matrix.ts";

/** Kernels beyond so many bandwidths are below 1e-16 of their peak and left out. */
const REACH = 8.6;

/**
 * Mean of Gaussian kernels `exp(-|q - x|^2 / (2 sigma^2))` around samples, not normalized: 1 on top of all samples.
 *
 * @param samples Samples, shape `[N, D]`, N >= 1.
 * @param queries Where to evaluate, shape `[M, D]`.
 * @param sigma Bandwidth in the unit of the coordinates, > 0.
 * @returns Mean kernel at each query, `[M]`.
 * @throws {RangeError} If `sigma` is not positive or there are no samples.
 * @throws {TypeError} If the dimensions differ.
 * @throws {DataError} If a coordinate is not finite.
 */
export function meanKernel(
  samples: HostArray<NumericArray>,
  queries: HostArray<NumericArray>,
  sigma: number,
): Float64Array {
  const source = toMatrix(samples);
  const wanted = toMatrix(queries);
  if (!(sigma > 0)) throw new RangeError(`Cannot smooth samples: sigma is ${sigma}, expected a number > 0`);
  if (source.rows === 0) throw new RangeError("Cannot estimate a density from 0 samples");
  requireSameColumns(source, wanted, "evaluate kernels");
  requireFinite(source, "evaluate kernels");
  requireFinite(wanted, "evaluate kernels");
  const tree = kdTree(source);
  const reach = (REACH * sigma) ** 2;
  const scale = -0.5 / (sigma * sigma);
  let sum = 0;
  const search = leafSearch(tree, (_, count, squared) => {
    let part = 0;
    for (let i = 0; i < count; i++) part += Math.exp(scale * squared[i]!);
    sum += part;
    return reach;
  });
  const out = new Float64Array(wanted.rows);
  const point = new Float64Array(wanted.columns);
  for (let query = 0; query < wanted.rows; query++) {
    sum = 0;
    readRow(wanted, query, point);
    search(point, reach);
    out[query] = sum / source.rows;
  }
  return out;
}

/**
 * Gaussian kernel density estimate.
 *
 * @example Usage
 * ```ts
 * import { hostArray, kernelDensity } from "@morphogen/morphogen";
 *
 * const origin = hostArray(Float32Array.of(0, 0), [1, 2]);
 * const [density = 0] = kernelDensity(origin, origin, 0.5);
 * if (Math.abs(density - 2 / Math.PI) > 1e-12) throw new Error(String(density));
 * ```
 *
 * @param samples Samples, shape `[N, D]`, N >= 1.
 * @param queries Where to evaluate, shape `[M, D]`.
 * @param sigma Bandwidth in the unit of the coordinates, > 0.
 * @returns Density per unit volume at each query, `[M]`; it integrates to 1.
 * @throws {RangeError} If `sigma` is not positive or there are no samples.
 * @throws {TypeError} If the dimensions differ.
 * @throws {DataError} If a coordinate is not finite.
 */
export function kernelDensity(
  samples: HostArray<NumericArray>,
  queries: HostArray<NumericArray>,
  sigma: number,
): Float64Array {
  const scale = (2 * Math.PI * sigma * sigma) ** (-toMatrix(samples).columns / 2);
  return meanKernel(samples, queries, sigma).map((value) => value * scale);
}
