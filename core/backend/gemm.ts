import { type Blas, PLAIN, ROW_MAJOR, TRANSPOSED } from "./blas.ts";
import { addressOf } from "./c_memory.ts";
import { preferLargePages } from "./large_pages.ts";
import {
  blockedProduct,
  type Matrix,
  PRODUCT_SCRATCH,
  type ProductSimd,
  type ProductSizes,
} from "./simd/blocked_product.ts";
import { offsetOf, type WasmBackend } from "./wasm_heap.ts";

/**
 * Multiply two matrices on the heap: `c = a b + beta c`, row-major.
 *
 * @param sizes Sizes.
 * @param transposeA Whether `a` is stored `[k, m]`.
 * @param transposeB Whether `b` is stored `[n, k]`.
 * @param a Left factor.
 * @param b Right factor.
 * @param beta Whether the result is added to what is there.
 * @param c Result.
 */
export type Gemm = (
  sizes: ProductSizes,
  transposeA: boolean,
  transposeB: boolean,
  a: Matrix,
  b: Matrix,
  beta: 0 | 1,
  c: Matrix,
) => void;

/**
 * Products by a BLAS library, in place on the heap.
 *
 * @param blas The library.
 * @param backend Owner of the heap.
 * @returns The product.
 */
export function blasGemm(blas: Blas, backend: WasmBackend): Gemm {
  const { sgemm } = blas;
  let buffer: ArrayBuffer | undefined;
  let base = 0n;
  return ({ m, n, k }, transposeA, transposeB, [a, strideA], [b, strideB], beta, [c, strideC]) => {
    const heap = backend.wasm.HEAPU8;
    // A heap that has grown has a new buffer, perhaps elsewhere.
    if (heap.buffer !== buffer) {
      buffer = heap.buffer;
      base = addressOf(heap);
      preferLargePages(base, heap.length);
    }
    sgemm(
      ROW_MAJOR,
      transposeA ? TRANSPOSED : PLAIN,
      transposeB ? TRANSPOSED : PLAIN,
      m,
      n,
      k,
      1,
      base + BigInt(a),
      // Strides of at least 1 are required even of empty matrices.
      Math.max(1, strideA),
      base + BigInt(b),
      Math.max(1, strideB),
      beta,
      base + BigInt(c),
      strideC,
    );
  };
}

/**
 * Products by the vector kernels, for machines without a BLAS library.
 *
 * @param simd Vector kernels of the heap.
 * @param backend Owner of the heap.
 * @returns The product.
 */
export function simdGemm(simd: ProductSimd, backend: WasmBackend): Gemm {
  let scratch = 0;
  return (...product) => {
    if (scratch === 0) scratch = offsetOf(backend, backend.makeOutput([PRODUCT_SCRATCH], "float32"));
    blockedProduct(simd, scratch, ...product);
  };
}
