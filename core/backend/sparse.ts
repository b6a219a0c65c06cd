import { sparseDotsKernel, type SparseKernels, sparseProductKernel } from "./kernels/sparse.ts";
import { compileKernels } from "./simd/compile.ts";
import { sparseDots, sparseProduct } from "./simd/sparse.ts";
import { replaceKernel, type WasmBackend } from "./wasm_heap.ts";

/**
 * Register products with sparse matrices: compositions would hold a row for each entry of the matrix.
 *
 * @param backendName Backend that gets them.
 * @param backend Owner of the heap.
 */
export function registerSparseProducts(backendName: string, backend: WasmBackend): void {
  let compiled: SparseKernels | undefined;
  const vectorKernels = (): SparseKernels => {
    compiled ??= compileKernels<SparseKernels>([sparseProduct, sparseDots], backend.wasm.asm.memory);
    return compiled;
  };
  replaceKernel(backendName, "MorphogenSparseProduct", sparseProductKernel(vectorKernels));
  replaceKernel(backendName, "MorphogenSparseDots", sparseDotsKernel(vectorKernels));
}
