import type { Matrix } from "./matrix.ts";

/** Rows (or columns) taken at a time, few enough for the block of a few thousand others to stay in cache. */
const BLOCK = 64;

/**
 * Inner product of two stretches.
 *
 * @param a First values.
 * @param at Where the stretch starts in `a`.
 * @param b Second values.
 * @param from Where the stretch starts in `b`.
 * @param length Length of both.
 * @returns The sum of products.
 */
export function dot(a: Float64Array, at: number, b: Float64Array, from: number, length: number): number {
  let even = 0;
  let odd = 0;
  let k = 0;
  for (; k + 1 < length; k += 2) {
    even += a[at + k]! * b[from + k]!;
    odd += a[at + k + 1]! * b[from + k + 1]!;
  }
  return k < length ? even + odd + a[at + k]! * b[from + k]! : even + odd;
}

/**
 * X'X of a centred matrix.
 *
 * @param matrix The matrix X, `[N, G]`.
 * @param mean Column means to subtract, `[G]`.
 * @returns Lower triangle of the products, row-major `[G, G]`.
 */
export function scatter(matrix: Matrix, mean: Float64Array): Float64Array {
  const { data, rows, columns } = matrix;
  const out = new Float64Array(columns * columns);
  const block = new Float64Array(columns * BLOCK);
  for (let start = 0; start < rows; start += BLOCK) {
    const count = Math.min(BLOCK, rows - start);
    block.fill(0);
    for (let i = 0; i < count; i++) {
      const from = (start + i) * columns;
      for (let j = 0; j < columns; j++) block[j * BLOCK + i] = data[from + j]! - mean[j]!;
    }
    addProducts(out, block, columns, BLOCK);
  }
  return out;
}

/**
 * XX' of a centred matrix.
 *
 * @param matrix The matrix X, `[N, G]`.
 * @param mean Column means to subtract, `[G]`.
 * @returns Lower triangle of the products, row-major `[N, N]`.
 */
export function gram(matrix: Matrix, mean: Float64Array): Float64Array {
  const { data, rows, columns } = matrix;
  const out = new Float64Array(rows * rows);
  const block = new Float64Array(rows * BLOCK);
  for (let start = 0; start < columns; start += BLOCK) {
    const count = Math.min(BLOCK, columns - start);
    block.fill(0);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < count; j++) block[i * BLOCK + j] = data[i * columns + start + j]! - mean[start + j]!;
    }
    addProducts(out, block, rows, BLOCK);
  }
  return out;
}

/** Add the inner products of the rows of `block` (`[n, width]`) to the lower triangle of `out`, 2 x 2 at a time. */
function addProducts(out: Float64Array, block: Float64Array, n: number, width: number): void {
  for (let i = 0; i < n; i += 2) {
    const a = i * width;
    const b = i + 1 < n ? a + width : a;
    for (let j = 0; j <= i; j += 2) {
      const c = j * width;
      const d = j + 1 < n ? c + width : c;
      let ac = 0;
      let ad = 0;
      let bc = 0;
      let bd = 0;
      for (let k = 0; k < width; k++) {
        const x = block[a + k]!;
        const y = block[b + k]!;
        const p = block[c + k]!;
        const q = block[d + k]!;
        ac += x * p;
        ad += x * q;
        bc += y * p;
        bd += y * q;
      }
      out[i * n + j]! += ac;
      if (d !== c) out[i * n + j + 1]! += ad;
      if (b !== a) out[(i + 1) * n + j]! += bc;
      if (b !== a && d !== c) out[(i + 1) * n + j + 1]! += bd;
    }
  }
}
