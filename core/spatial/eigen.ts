/** Eigenvalues and vectors of a symmetric matrix. */
export interface Eigen {
  /** Eigenvalues, largest first. */
  readonly values: Float64Array;
  /** Unit eigenvectors as rows, `[n, n]`, in the order of the values. */
  readonly vectors: Float64Array;
}

/** Householder vectors `v` (rows, `[n, n]`) with their factors, and the tridiagonal matrix they lead to. */
interface Tridiagonal {
  readonly v: Float64Array;
  readonly beta: Float64Array;
  readonly diagonal: Float64Array;
  /** Entry k couples k and k + 1. */
  readonly off: Float64Array;
}

/**
 * Eigen-decomposition of a symmetric matrix: Householder tridiagonalization, then implicit QL with Wilkinson shifts
 * (Golub and Van Loan, Matrix Computations, chapter 8); O(n^3).
 *
 * @param matrix Finite symmetric matrix, row-major `[n, n]`; only the lower triangle is read.
 * @param n Size.
 * @returns Eigenvalues in falling order and their vectors.
 * @throws {RangeError} If sizes disagree or the iteration does not converge.
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  if (matrix.length !== n * n) {
    throw new RangeError(`Cannot decompose ${matrix.length} values as a matrix of size ${n}`);
  }
  const reduced = tridiagonalize(matrix.slice(), n);
  const z = accumulate(reduced, n);
  diagonalize(reduced.diagonal, reduced.off, z, n);
  const { diagonal } = reduced;
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[b]! - diagonal[a]!);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => vectors.set(z.subarray(from * n, (from + 1) * n), to * n));
  return { values: Float64Array.from(order, (k) => diagonal[k]!), vectors };
}

function tridiagonalize(a: Float64Array, n: number): Tridiagonal {
  const v = new Float64Array(n * n);
  const beta = new Float64Array(n);
  const off = new Float64Array(n);
  const p = new Float64Array(n);
  const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const negligible = (Number.EPSILON * largest) ** 2;
  for (let k = 0; k < n - 1; k++) {
    const row = v.subarray(k * n, (k + 1) * n);
    let norm = 0;
    for (let i = k + 1; i < n; i++) norm += (row[i] = a[i * n + k]!) ** 2;
    // Columns of a matrix of low rank shrink from step to step until they underflow; they are zero but for rounding.
    if (!(norm > negligible)) {
      row.fill(0);
      continue;
    }
    const alpha = row[k + 1]! > 0 ? -Math.sqrt(norm) : Math.sqrt(norm);
    off[k] = alpha;
    row[k + 1]! -= alpha;
    const length = norm - alpha * (row[k + 1]! + alpha);
    // |v|^2 = 2 (norm - alpha x1), which is what `length` holds up to the factor 2.
    if (!(length > 0)) continue;
    beta[k] = 1 / length;
    // p = beta A v from the lower triangle, then A -= v w' + w v' with w = p - (beta / 2)(p.v) v.
    p.fill(0);
    for (let i = k + 1; i < n; i++) {
      const at = i * n;
      const vi = row[i]!;
      let sum = a[at + i]! * vi;
      for (let j = k + 1; j < i; j++) {
        sum += a[at + j]! * row[j]!;
        p[j]! += a[at + j]! * vi;
      }
      p[i]! += sum;
    }
    let along = 0;
    for (let i = k + 1; i < n; i++) along += (p[i]! *= beta[k]!) * row[i]!;
    for (let i = k + 1; i < n; i++) p[i]! -= 0.5 * beta[k]! * along * row[i]!;
    for (let i = k + 1; i < n; i++) {
      const at = i * n;
      const vi = row[i]!;
      const wi = p[i]!;
      for (let j = k + 1; j <= i; j++) a[at + j]! -= vi * p[j]! + wi * row[j]!;
    }
  }
  return { v, beta, off, diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!) };
}

/** Transpose of the product of the reflections, row by row: row r is touched only by the reflections below r. */
function accumulate({ v, beta }: Tridiagonal, n: number): Float64Array {
  const z = new Float64Array(n * n);
  for (let r = 0; r < n; r++) {
    const base = r * n;
    z[base + r] = 1;
    for (let k = r - 1; k >= 0; k--) {
      if (beta[k] === 0) continue;
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += v[k * n + j]! * z[base + j]!;
      sum *= beta[k]!;
      for (let j = k + 1; j < n; j++) z[base + j]! -= sum * v[k * n + j]!;
    }
  }
  return z;
}

/** Implicit QL on a tridiagonal matrix; the rotations act on pairs of rows of `z`, which become the eigenvectors. */
function diagonalize(d: Float64Array, e: Float64Array, z: Float64Array, n: number): void {
  // Rounding in the reduction is of this size already; neighbours that are smaller still would never let go.
  const negligible = Number.EPSILON *
    d.reduce((most, value, i) => Math.max(most, Math.abs(value) + Math.abs(e[i]!)), 0);
  for (let low = 0; low < n; low++) {
    for (let sweep = 0;; sweep++) {
      let high = low;
      while (high < n - 1 && Math.abs(e[high]!) > negligible) high++;
      if (high === low) break;
      if (sweep === 60) throw new RangeError(`Cannot find eigenvalue ${low} of ${n}: no convergence in 60 sweeps`);
      const half = (d[low + 1]! - d[low]!) / (2 * e[low]!);
      const root = Math.sqrt(half * half + 1);
      let g = d[high]! - d[low]! + e[low]! / (half + (half >= 0 ? root : -root));
      let s = 1;
      let c = 1;
      let shift = 0;
      let i = high - 1;
      for (; i >= low; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        const r = Math.sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1]! -= shift;
          e[high] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1]! - shift;
        const t = (d[i]! - g) * s + 2 * c * b;
        shift = s * t;
        d[i + 1] = g + shift;
        g = c * t - b;
        rotate(z, i * n, (i + 1) * n, n, c, s);
      }
      if (i >= low) continue;
      d[low]! -= shift;
      e[low] = g;
      e[high] = 0;
    }
  }
}

function rotate(z: Float64Array, a: number, b: number, n: number, c: number, s: number): void {
  for (let k = 0; k < n; k++) {
    const x = z[a + k]!;
    const y = z[b + k]!;
    z[b + k] = s * x + c * y;
    z[a + k] = c * x - s * y;
  }
}
