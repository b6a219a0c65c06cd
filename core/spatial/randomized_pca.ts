import { type HostArray, hostArray, type NumericArray, rowSize } from "../host_array.ts";
import type { SparseMatrix } from "../io/anndata.ts";
import type { HostRng } from "../rng/mod.ts";
import { denseGram, type GramOperator } from "./gram_operator.ts";
import { leadingSingular } from "./krylov.ts";
import type { Pca } from "./pca.ts";
import { sparseGram } from "./sparse_gram.ts";
import { type HostProduct, vectorProduct } from "./vector_product.ts";

/** How {@linkcode randomizedPca} and {@linkcode randomizedSvd} work. */
export interface RandomizedOptions {
  /** Passes over the data; more of them tell apart singular values that lie closer together. @default {8} */
  readonly passes?: number;
  /** Random vectors beyond the number of components. @default {10} */
  readonly oversampling?: number;
  /** Single-precision product for dense data, for example of a BLAS library; absent means WebAssembly's vectors. */
  readonly multiply?: HostProduct;
}

/** A truncated singular value decomposition without its left vectors, which are the scores over the singular values. */
export interface TruncatedSvd {
  /** Right singular vectors as rows, `[C, G]`; the largest in magnitude of each is positive. */
  readonly components: HostArray<Float64Array>;
  /** Singular values, `[C]`, largest first. */
  readonly singularValues: Float64Array;
}

/**
 * Leading principal components of large data, dense or sparse, from a few passes over the rows; {@linkcode projectPca}
 * gives the scores.
 *
 * Randomized block Krylov iteration (Musco and Musco 2015) in single precision with sums in double precision; sparse data
 * are neither made dense nor centred. For few rows or columns {@linkcode fitPca} is exact.
 *
 * @example Usage
 * ```ts
 * import { hostArray, randomizedPca, rng } from "@morphogen/morphogen";
 *
 * const x = hostArray(Float32Array.from({ length: 300 }, (_, at) => (at % 3 + 1) * Math.floor(at / 3)), [100, 3]);
 * const { components } = randomizedPca(x, 1, rng(1).host);
 * if (Math.abs(components.data[2]! - 3 / Math.sqrt(14)) > 1e-6) throw new Error(components.data.join());
 * ```
 *
 * @param x Values, shape `[N, G]`.
 * @param components Number of components C, at most min(N, G).
 * @param rng Stream for the random start; equal streams give equal components.
 * @param options Passes, oversampling and the product.
 * @returns Means, loadings and spectrum.
 * @throws {RangeError} If `components` is not a whole number from 1 to min(N, G), or an option is out of range.
 * @throws {DataError} If a value is not finite, or a sparse matrix does not fit its shape.
 */
export function randomizedPca(
  x: HostArray<NumericArray> | SparseMatrix,
  components: number,
  rng: HostRng,
  options: RandomizedOptions = {},
): Pca {
  const gram = gramOf(x, components, true, options);
  const { values, vectors } = find(gram, components, rng, options);
  return Object.freeze({
    mean: gram.mean,
    components: hostArray(vectors, [components, gram.columns]),
    explainedVariance: values.map((value) => value * value / Math.max(1, gram.rows - 1)),
    singularValues: values,
  });
}

/**
 * Leading singular values and right singular vectors of large data as they are, dense or sparse; see
 * {@linkcode randomizedPca}.
 *
 * @param x Values, shape `[N, G]`.
 * @param components Number of components C, at most min(N, G).
 * @param rng Stream for the random start; equal streams give equal components.
 * @param options Passes, oversampling and the product.
 * @returns Vectors and values.
 * @throws {RangeError} If `components` is not a whole number from 1 to min(N, G), or an option is out of range.
 * @throws {DataError} If a value is not finite, or a sparse matrix does not fit its shape.
 */
export function randomizedSvd(
  x: HostArray<NumericArray> | SparseMatrix,
  components: number,
  rng: HostRng,
  options: RandomizedOptions = {},
): TruncatedSvd {
  const gram = gramOf(x, components, false, options);
  const { values, vectors } = find(gram, components, rng, options);
  return Object.freeze({ components: hostArray(vectors, [components, gram.columns]), singularValues: values });
}

function gramOf(
  x: HostArray<NumericArray> | SparseMatrix,
  components: number,
  centred: boolean,
  { multiply = vectorProduct }: RandomizedOptions,
): GramOperator {
  const [rows, columns] = [x.shape[0] ?? 0, rowSize(x.shape)];
  const most = Math.min(rows, columns);
  if (!(Number.isInteger(components) && components >= 1 && components <= most)) {
    throw new RangeError(
      `Cannot find ${components} components of ${rows} rows and ${columns} columns: expected 1 to ${most}`,
    );
  }
  return "kind" in x ? sparseGram(x, centred) : denseGram(x, centred, multiply);
}

function find(
  gram: GramOperator,
  components: number,
  rng: HostRng,
  { passes = 8, oversampling = 10 }: RandomizedOptions,
): ReturnType<typeof leadingSingular> {
  if (!(Number.isInteger(passes) && passes >= 1)) {
    throw new RangeError(`Cannot find components in ${passes} passes: expected a whole number of at least 1`);
  }
  if (!(Number.isInteger(oversampling) && oversampling >= 0)) {
    throw new RangeError(`Cannot oversample by ${oversampling} vectors: expected a whole number of at least 0`);
  }
  return leadingSingular(gram, components, oversampling, passes, rng);
}
