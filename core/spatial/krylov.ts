import type { HostRng } from "../rng/mod.ts";
import { symmetricEigen } from "./eigen.ts";
import type { GramOperator } from "./gram_operator.ts";
import { orient } from "./orient.ts";
import { dot } from "./products.ts";
import { WIDTH } from "./vector_sparse.ts";

/** Leading singular values of a matrix and its right singular vectors. */
export interface RightSingular {
  /** Singular values, largest first. */
  readonly values: Float64Array;
  /** Unit vectors as rows, `[components, columns]`; zero where the singular value vanishes. */
  readonly vectors: Float64Array;
}

/** What remains of a vector after orthogonalization is rounding if it is shorter than this share of it. */
const NOTHING = 1e-6;

/**
 * Leading singular values and vectors from a randomized block Krylov space (Musco and Musco 2015): random vectors Q and
 * what powers of A = X'X make of them, orthogonalized, then the best approximations within that space (Rayleigh-Ritz).
 *
 * @param gram The operator A.
 * @param components How many to find, at most the number of rows and of columns.
 * @param oversampling Random vectors beyond that; their number is rounded up to a multiple of 16.
 * @param passes Applications of A, each one pass over the matrix.
 * @param rng Stream for the random vectors.
 * @returns Values and vectors; the largest loading of each vector in magnitude is positive.
 * @throws {RangeError} If the values are too large for single precision.
 */
export function leadingSingular(
  gram: GramOperator,
  components: number,
  oversampling: number,
  passes: number,
  rng: HostRng,
): RightSingular {
  const { columns } = gram;
  const n = Math.ceil((components + oversampling) / WIDTH) * WIDTH;
  const size = n * passes;
  /** Orthonormal vectors of the space as rows, and what A makes of each. */
  const basis = new Float64Array(size * columns);
  const images = new Float64Array(size * columns);
  basis.set(rng.normal(n * columns));
  for (let pass = 0; pass < passes; pass++) {
    const first = pass * n;
    orthonormalize(basis, columns, first, first + n);
    const q = new Float32Array(columns * n);
    for (let c = 0; c < n; c++) {
      for (let j = 0; j < columns; j++) q[j * n + c] = basis[(first + c) * columns + j]!;
    }
    const z = gram.apply(q, n);
    if (!z.every(Number.isFinite)) {
      throw new RangeError("Cannot find components: squares of the values leave single precision, expected below 1e18");
    }
    for (let c = 0; c < n; c++) {
      for (let j = 0; j < columns; j++) images[(first + c) * columns + j] = z[j * n + c]!;
    }
    if (pass + 1 < passes) basis.set(images.subarray(first * columns, (first + n) * columns), (first + n) * columns);
  }
  return rayleighRitz(basis, images, columns, n, components);
}

/**
 * Make rows `first` to `end` orthonormal to each other and to all before; dependent ones become 0.
 *
 * What A makes of the last block overlaps with the last two only (Lanczos), so that for the others one round of
 * Gram-Schmidt is enough: it removes rounding.
 */
function orthonormalize(basis: Float64Array, columns: number, first: number, end: number): void {
  const lengths = Float64Array.from({ length: end - first }, (_, k) => norm(basis, (first + k) * columns, columns));
  for (const from of [Math.max(0, first - 2 * (end - first)), 0]) {
    for (let other = from; other < first; other++) {
      for (let k = first; k < end; k++) remove(basis, columns, other, k);
    }
  }
  for (let k = first; k < end; k++) {
    for (let round = 0; round < 2; round++) {
      for (let other = first; other < k; other++) remove(basis, columns, other, k);
    }
    const length = norm(basis, k * columns, columns);
    const scale = length > NOTHING * lengths[k - first]! ? 1 / length : 0;
    for (let at = k * columns; at < (k + 1) * columns; at++) basis[at]! *= scale;
  }
}

/** Take from row `k` its part along the unit row `other`. */
function remove(basis: Float64Array, columns: number, other: number, k: number): void {
  const along = dot(basis, k * columns, basis, other * columns, columns);
  for (let j = 0, at = k * columns, from = other * columns; j < columns; j++, at++, from++) {
    basis[at]! -= along * basis[from]!;
  }
}

function norm(values: Float64Array, at: number, length: number): number {
  return Math.sqrt(dot(values, at, values, at, length));
}

/** Eigenvectors of A within the space; what A makes of a block lies in it and its two neighbours. */
function rayleighRitz(
  basis: Float64Array,
  images: Float64Array,
  columns: number,
  block: number,
  components: number,
): RightSingular {
  const size = basis.length / columns;
  const projected = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = Math.max(0, (Math.floor(i / block) - 1) * block); j <= i; j++) {
      const [forth, back] = [
        dot(basis, i * columns, images, j * columns, columns),
        dot(basis, j * columns, images, i * columns, columns),
      ];
      projected[i * size + j] = (forth + back) / 2;
    }
  }
  const { values, vectors: weights } = symmetricEigen(projected, size);
  const vectors = new Float64Array(components * columns);
  for (let c = 0; c < components; c++) {
    const vector = vectors.subarray(c * columns, (c + 1) * columns);
    for (let k = 0; k < size; k++) {
      const weight = weights[c * size + k]!;
      for (let j = 0, at = k * columns; j < columns; j++, at++) vector[j]! += weight * basis[at]!;
    }
    orient(vector);
  }
  return { values: values.slice(0, components).map((value) => Math.sqrt(Math.max(0, value))), vectors };
}
