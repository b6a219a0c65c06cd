import {
  blockedProduct,
  PRODUCT_FUNCTIONS,
  PRODUCT_SCRATCH,
  type ProductSimd,
} from "../backend/simd/blocked_product.ts";
import { compileKernels } from "../backend/simd/compile.ts";

/**
 * A single-precision matrix product on host arrays, all row-major.
 *
 * @param sizes `c` is `[m, n]`, the inner size is `k`.
 * @param transposeA Whether `a` is stored `[k, m]`, else `[m, k]`.
 * @param a Left factor.
 * @param b Right factor, `[k, n]`.
 * @param c Receives the product.
 */
export type HostProduct = (
  sizes: { readonly m: number; readonly n: number; readonly k: number },
  transposeA: boolean,
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
) => void;

const PAGE = 65536;
const BYTES = 4;

let running: { readonly memory: WebAssembly.Memory; readonly simd: ProductSimd } | undefined;

function start(): { readonly memory: WebAssembly.Memory; readonly simd: ProductSimd } {
  const memory = new WebAssembly.Memory({ initial: 1 });
  return Object.freeze({ memory, simd: compileKernels<ProductSimd>(PRODUCT_FUNCTIONS, memory) });
}

/**
 * Multiply by vector instructions of WebAssembly, for machines without a BLAS library at hand.
 *
 * @param sizes Sizes of the factors and the product.
 * @param transposeA Whether `a` is stored transposed.
 * @param a Left factor.
 * @param b Right factor.
 * @param c Receives the product.
 */
export const vectorProduct: HostProduct = ({ m, n, k }, transposeA, a, b, c) => {
  running ??= start();
  const { memory, simd } = running;
  const atA = PRODUCT_SCRATCH;
  const [atB, atC] = [atA + m * k, atA + m * k + k * n];
  const missing = Math.ceil((BYTES * (atC + m * n) - memory.buffer.byteLength) / PAGE);
  if (missing > 0) memory.grow(missing);
  const heap = new Float32Array(memory.buffer);
  heap.set(a.subarray(0, m * k), atA);
  heap.set(b.subarray(0, k * n), atB);
  const [factorA, factorB] = [[BYTES * atA, transposeA ? m : k], [BYTES * atB, n]] as const;
  blockedProduct(simd, 0, { m, n, k }, transposeA, false, factorA, factorB, 0, [BYTES * atC, n]);
  c.set(heap.subarray(atC, atC + m * n));
};
