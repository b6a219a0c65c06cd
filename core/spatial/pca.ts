import { type HostArray, hostArray, type NumericArray, rowSize } from "../host_array.ts";
import type { SparseMatrix } from "../io/anndata.ts";
import { symmetricEigen } from "./eigen.ts";
import { type Matrix, requireFinite, toMatrix } from "./matrix.ts";
import { orient } from "./orient.ts";
import { dot, gram, scatter } from "./products.ts";
import { requireSparse } from "./sparse.ts";
import { columnStats } from "./standardize.ts";

/** Principal axes of a data set; enough to project and to decode. */
export interface Pca {
  /** Column means that are subtracted first, `[G]`. */
  readonly mean: Float64Array;
  /** Unit loadings as rows, `[C, G]`; the largest in magnitude of each is positive. */
  readonly components: HostArray<Float64Array>;
  /** Sample variance (ddof 1) of each score, `[C]`, largest first. */
  readonly explainedVariance: Float64Array;
  /** Singular values of the centred data, `[C]`. */
  readonly singularValues: Float64Array;
}

/**
 * Principal component analysis of centred, unscaled columns, from the exact eigenvectors of the covariance (or of the
 * Gram matrix where there are fewer rows than columns).
 *
 * @example Usage
 * ```ts
 * import { fitPca, hostArray, projectPca } from "@morphogen/morphogen";
 *
 * const x = hostArray(Float32Array.of(0, 0, 1, 1, 2, 2), [3, 2]);
 * const pca = fitPca(x, 1);
 * const scores = projectPca(pca, x);
 * if (Math.abs(scores.data[2]! - Math.SQRT2) > 1e-6) throw new Error(scores.data.join());
 * ```
 *
 * @param x Values, shape `[N, G]`.
 * @param components Number of components C, at most min(N, G).
 * @returns Means, loadings and spectrum.
 * @throws {RangeError} If `components` is not a whole number from 1 to min(N, G).
 * @throws {DataError} If a value is not finite.
 */
export function fitPca(x: HostArray<NumericArray>, components: number): Pca {
  const matrix = toMatrix(x);
  const { rows, columns } = matrix;
  requireFinite(matrix, "find principal components");
  const most = Math.min(rows, columns);
  if (!(Number.isInteger(components) && components >= 1 && components <= most)) {
    throw new RangeError(
      `Cannot find ${components} components of ${rows} rows and ${columns} columns: at most ${most}`,
    );
  }
  const { mean } = columnStats(x);
  const wide = rows < columns;
  const { values, vectors } = wide
    ? symmetricEigen(gram(matrix, mean), rows)
    : symmetricEigen(scatter(matrix, mean), columns);
  const axes = wide ? toAxes(vectors, matrix, mean, components) : vectors.slice(0, components * columns);
  for (let c = 0; c < components; c++) orient(axes.subarray(c * columns, (c + 1) * columns));
  const squares = values.slice(0, components).map((value) => Math.max(0, value));
  return Object.freeze({
    mean,
    components: hostArray(axes, [components, columns]),
    explainedVariance: squares.map((value) => value / Math.max(1, rows - 1)),
    singularValues: squares.map(Math.sqrt),
  });
}

/**
 * Scores of rows on principal components.
 *
 * @param pca Fitted components over G columns.
 * @param x Values, shape `[N, G]`; a sparse matrix is not made dense.
 * @returns Scores in the unit of the columns, `[N, C]`.
 * @throws {TypeError} If the number of columns differs.
 * @throws {DataError} If a sparse matrix does not fit its shape or holds a value that is not finite.
 */
export function projectPca(pca: Pca, x: HostArray<NumericArray> | SparseMatrix): HostArray {
  const [count = 0, wanted = 0] = pca.components.shape;
  const width = rowSize(x.shape);
  if (width !== wanted) throw new TypeError(`Cannot project rows of ${width} columns: the components have ${wanted}`);
  if ("kind" in x) return projectSparse(pca, x);
  const { data, rows, columns } = toMatrix(x);
  const axes = pca.components.data;
  const out = new Float32Array(rows * count);
  const centred = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) centred[j] = data[i * columns + j]! - pca.mean[j]!;
    for (let c = 0; c < count; c++) out[i * count + c] = dot(centred, 0, axes, c * columns, columns);
  }
  return hostArray(out, [rows, count]);
}

/**
 * Values that scores stand for: the mean plus the scores times the loadings.
 *
 * @param pca Fitted components over G columns.
 * @param scores Scores, shape `[N, C]`.
 * @returns Values, `[N, G]`; the part of the data outside the components is lost.
 * @throws {TypeError} If the number of components differs.
 */
export function decodePca(pca: Pca, scores: HostArray<NumericArray>): HostArray {
  const { data, rows, columns: count } = toMatrix(scores);
  const [wanted = 0, columns = 0] = pca.components.shape;
  if (count !== wanted) throw new TypeError(`Cannot decode ${count} scores per row: there are ${wanted} components`);
  const axes = pca.components.data;
  const out = new Float32Array(rows * columns);
  const row = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    row.set(pca.mean);
    for (let c = 0; c < count; c++) {
      const score = data[i * count + c]!;
      for (let j = 0; j < columns; j++) row[j]! += score * axes[c * columns + j]!;
    }
    out.set(row, i * columns);
  }
  return hostArray(out, [rows, columns]);
}

/** Scores of sparse rows: those of the values as they are, less those of the means. */
function projectSparse(pca: Pca, x: SparseMatrix): HostArray {
  requireSparse(x, "project");
  const { kind, shape: [rows, columns], indptr, indices, data } = x;
  const count = pca.components.shape[0]!;
  const loadings = new Float64Array(columns * count);
  const ofMeans = new Float64Array(count);
  for (let c = 0, at = 0; c < count; c++) {
    for (let j = 0; j < columns; j++, at++) {
      const loading = pca.components.data[at]!;
      loadings[j * count + c] = loading;
      ofMeans[c]! += pca.mean[j]! * loading;
    }
  }
  const scores = new Float64Array(rows * count);
  for (let at = 0; at < scores.length; at++) scores[at] = -ofMeans[at % count]!;
  for (let outer = 0; outer + 1 < indptr.length; outer++) {
    for (let at = indptr[outer]!; at < indptr[outer + 1]!; at++) {
      const [row, column] = kind === "csr" ? [outer, indices[at]!] : [indices[at]!, outer];
      const value = data[at]!;
      for (let c = 0, to = row * count, from = column * count; c < count; c++, to++, from++) {
        scores[to]! += value * loadings[from]!;
      }
    }
  }
  return hostArray(Float32Array.from(scores), [rows, count]);
}

/** Loadings X'u from eigenvectors u of the Gram matrix; zero where the variance vanishes. */
function toAxes(
  vectors: Float64Array,
  { data, rows, columns }: Matrix,
  mean: Float64Array,
  count: number,
): Float64Array {
  const axes = new Float64Array(count * columns);
  let first = 0;
  for (let c = 0; c < count; c++) {
    const axis = axes.subarray(c * columns, (c + 1) * columns);
    for (let i = 0; i < rows; i++) {
      const weight = vectors[c * rows + i]!;
      for (let j = 0; j < columns; j++) axis[j]! += weight * (data[i * columns + j]! - mean[j]!);
    }
    // Rounding leaves weak axes a little off the strong ones.
    for (let other = 0; other < c; other++) {
      const along = dot(axis, 0, axes, other * columns, columns);
      for (let j = 0; j < columns; j++) axis[j]! -= along * axes[other * columns + j]!;
    }
    const size = Math.sqrt(dot(axis, 0, axis, 0, columns));
    if (c === 0) first = size;
    const scale = size > 1e-7 * first ? 1 / size : 0;
    for (let j = 0; j < columns; j++) axis[j]! *= scale;
  }
  return axes;
}
