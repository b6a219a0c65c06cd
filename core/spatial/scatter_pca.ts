import { DataError } from "../errors.ts";
import { hostArray } from "../host_array.ts";
import type { Matrix, SparseMatrix } from "../io/anndata.ts";
import type { HostRng } from "../rng/mod.ts";
import { symmetricEigen } from "./eigen.ts";
import type { GramOperator } from "./gram_operator.ts";
import { leadingSingular } from "./krylov.ts";
import { toMatrix } from "./matrix.ts";
import { orient } from "./orient.ts";
import type { Pca } from "./pca.ts";
import { scatter } from "./products.ts";
import { byRows } from "./sparse.ts";

/** Most columns: their products with each other take 288 MB. */
const MOST = 6000;
/** Up to so many columns all components are found, exactly; of more only the leading ones, from a Krylov space. */
const EXACT = 512;
/** Random vectors beyond the components, and how often the products are applied to them. */
const KRYLOV = { oversampling: 14, passes: 8 } as const;

/** Products of centred columns that grow block by block; memory depends on the number of columns only. */
export interface ScatterAccumulator {
  /**
   * Take in a block of rows.
   *
   * @param block Rows `[n, G]`, dense or sparse.
   * @throws {DataError} If a value is not finite.
   */
  add(block: Matrix): void;
  /**
   * Find principal components of all rows so far.
   *
   * @param components Number of components C, at most the number of rows and of columns.
   * @param rng Stream for the random start where there are many columns.
   * @returns Means, loadings and spectrum, and the summed variance of all columns.
   * @throws {RangeError} If `components` is not a whole number in that range.
   */
  pca(components: number, rng: HostRng): Pca & { readonly totalVariance: number };
}

/**
 * Gather what principal components need in one pass over rows that need not be in memory together; float64 throughout.
 *
 * @example Usage
 * ```ts
 * import { gatherScatter, hostArray, rng } from "@morphogen/morphogen";
 *
 * const gathered = gatherScatter(Float64Array.of(1, 1));
 * gathered.add(hostArray(Float32Array.of(0, 0, 1, 1), [2, 2]));
 * gathered.add(hostArray(Float32Array.of(2, 2), [1, 2]));
 * const { explainedVariance } = gathered.pca(1, rng(1).host);
 * if (Math.abs(explainedVariance[0]! - 2) > 1e-12) throw new Error(`${explainedVariance}`);
 * ```
 *
 * @param mean Mean of each column, `[G]`, from a pass before; see {@linkcode gatherMoments}.
 * @returns An accumulator without rows.
 * @throws {DataError} If there are so many columns that their products do not fit in memory.
 */
export function gatherScatter(mean: Float64Array): ScatterAccumulator {
  const columns = mean.length;
  if (columns > MOST) {
    throw new DataError(
      `Cannot find principal components of ${columns} genes: at most ${MOST}, keep the highly variable ones first`,
    );
  }
  // Centred products of dense rows, plain products of sparse ones; lower triangles.
  const out = new Float64Array(columns * columns);
  let rows = 0;
  let sparseRows = 0;
  const sparseSum = new Float64Array(columns);
  const addSparse = (block: SparseMatrix): void => {
    const { shape, indptr, indices, data } = byRows(block);
    for (let row = 0; row < shape[0]; row++) {
      const end = indptr[row + 1]!;
      for (let at = indptr[row]!; at < end; at++) {
        const value = data[at]!;
        if (!Number.isFinite(value)) throw notFinite(value, indices[at]!);
        const i = indices[at]!;
        sparseSum[i]! += value;
        for (let other = indptr[row]!; other < end; other++) {
          const j = indices[other]!;
          if (j <= i) out[i * columns + j]! += value * data[other]!;
        }
      }
    }
    sparseRows += shape[0];
  };
  return Object.freeze({
    add: (block: Matrix): void => {
      rows += block.shape[0]!;
      if ("kind" in block) return addSparse(block);
      const bad = block.data.findIndex((value: number) => !Number.isFinite(value));
      if (bad >= 0) throw notFinite(block.data[bad]!, bad % columns);
      const part = scatter(toMatrix(block), mean);
      for (let at = 0; at < out.length; at++) out[at]! += part[at]!;
    },
    pca: (components: number, rng: HostRng) => {
      const most = Math.min(rows, columns);
      if (!(Number.isInteger(components) && components >= 1 && components <= most)) {
        throw new RangeError(
          `Cannot find ${components} components of ${rows} rows and ${columns} columns: expected 1 to ${most}`,
        );
      }
      // Both triangles of the products of centred columns.
      const centred = new Float64Array(columns * columns);
      let total = 0;
      for (let i = 0; i < columns; i++) {
        for (let j = 0; j <= i; j++) {
          const value = out[i * columns + j]! + sparseRows * mean[i]! * mean[j]! - sparseSum[i]! * mean[j]! -
            mean[i]! * sparseSum[j]!;
          centred[i * columns + j] = value;
          centred[j * columns + i] = value;
        }
        total += centred[i * columns + i]!;
      }
      const { squares, axes } = columns <= EXACT
        ? allComponents(centred, columns, components)
        : leadingComponents(centred, columns, components, rng);
      return Object.freeze({
        mean: mean.slice(),
        components: hostArray(axes, [components, columns]),
        explainedVariance: squares.map((value) => value / Math.max(1, rows - 1)),
        singularValues: squares.map(Math.sqrt),
        totalVariance: total / Math.max(1, rows - 1),
      });
    },
  });
}

/** Squared singular values and unit vectors as rows. */
interface Components {
  readonly squares: Float64Array;
  readonly axes: Float64Array;
}

function allComponents(products: Float64Array, columns: number, count: number): Components {
  const { values, vectors } = symmetricEigen(products, columns);
  const axes = vectors.slice(0, count * columns);
  for (let c = 0; c < count; c++) orient(axes.subarray(c * columns, (c + 1) * columns));
  return { squares: values.slice(0, count).map((value) => Math.max(0, value)), axes };
}

function leadingComponents(products: Float64Array, columns: number, count: number, rng: HostRng): Components {
  const apply = (q: Float32Array, n: number): Float64Array => {
    const out = new Float64Array(columns * n);
    for (let i = 0; i < columns; i++) {
      for (let j = 0; j < columns; j++) {
        const product = products[i * columns + j]!;
        for (let c = 0, to = i * n, from = j * n; c < n; c++, to++, from++) out[to]! += product * q[from]!;
      }
    }
    return out;
  };
  const gram: GramOperator = { rows: columns, columns, mean: new Float64Array(columns), apply };
  const { oversampling, passes } = KRYLOV;
  const { values, vectors } = leadingSingular(gram, count, oversampling, passes, rng);
  return { squares: values.map((value) => value * value), axes: vectors };
}

function notFinite(value: number, column: number): DataError {
  return new DataError(
    `Cannot find principal components: column ${column} holds ${value}, expected finite numbers`,
  );
}
