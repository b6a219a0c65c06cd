import { type Blas, PLAIN, ROW_MAJOR, TRANSPOSED } from "./blas.ts";
import type { SimdKernels } from "./simd/module.ts";
import { offsetOf, type WasmBackend } from "./wasm_heap.ts";

/** One factor or the result of a product: where it begins (byte offset) and how far apart its rows are (values). */
export type Matrix = readonly [offset: number, stride: number];

/** Size of the result and inner size. */
export interface ProductSizes {
  /** Rows of the result. */
  readonly m: number;
  /** Columns of the result. */
  readonly n: number;
  /** Inner size. */
  readonly k: number;
}

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
      base = Deno.UnsafePointer.value(Deno.UnsafePointer.of(heap));
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

/** Columns of a panel, fixed by the vector kernel. */
const PANEL = 8;

/** Inner size worked through at a time: a panel and the matching columns of `a` stay in the second cache. */
const INNER = 256;

/** Rows of the tile behind the panel. */
const TILE_ROWS = 4;

/**
 * Products by the vector kernels, for machines without a BLAS library.
 *
 * @param simd Vector kernels of the heap.
 * @param backend Owner of the heap.
 * @returns The product.
 */
export function simdGemm(simd: SimdKernels, backend: WasmBackend): Gemm {
  let panel = 0;
  return ({ m, n, k }, transposeA, transposeB, [a, strideA], [b, strideB], beta, [c, strideC]) => {
    if (panel === 0) panel = offsetOf(backend, backend.makeOutput([INNER + TILE_ROWS, PANEL], "float32"));
    const tile = panel + 4 * INNER * PANEL;
    const [rowA, columnA] = transposeA ? [4, 4 * strideA] : [4 * strideA, 4];
    const [rowB, columnB] = transposeB ? [4, 4 * strideB] : [4 * strideB, 4];
    if (beta === 0) {
      const heap = backend.wasm.HEAPF32;
      if (strideC === n) heap.fill(0, c / 4, c / 4 + m * n);
      else for (let i = 0; i < m; i++) heap.fill(0, c / 4 + i * strideC, c / 4 + i * strideC + n);
    }
    for (let done = 0; done < k; done += INNER) {
      const inner = Math.min(INNER, k - done);
      for (let j = 0; j < n; j += PANEL) {
        const columns = Math.min(PANEL, n - j);
        simd.packPanel(b + done * rowB + j * columnB, rowB, columnB, panel, inner, columns);
        const from = a + done * columnA;
        simd.multiplyPanel(from, rowA, columnA, panel, c + 4 * j, 4 * strideC, m, inner, columns, tile);
      }
    }
  };
}
