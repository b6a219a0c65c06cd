import { scatterKernel, type SegmentSum, segmentSumKernel } from "./kernels/segment.ts";
import { compileKernels } from "./simd/compile.ts";
import { segmentSum } from "./simd/segment.ts";
import { kernelOf, replaceKernel, type WasmBackend } from "./wasm_heap.ts";

/**
 * Register the sums of rows by number: the derivatives of gathering, one of which tfjs' WebAssembly backend lacks.
 *
 * @param backendName Backend that gets them.
 * @param backend Owner of the heap.
 */
export function registerSegmentSums(backendName: string, backend: WasmBackend): void {
  let compiled: { readonly segmentSum: SegmentSum } | undefined;
  const vectorKernel = (): SegmentSum => {
    compiled ??= compileKernels<{ readonly segmentSum: SegmentSum }>([segmentSum], backend.wasm.asm.memory);
    return compiled.segmentSum;
  };
  replaceKernel(backendName, "UnsortedSegmentSum", segmentSumKernel(vectorKernel));
  replaceKernel(backendName, "ScatterNd", scatterKernel(vectorKernel, kernelOf(backendName, "ScatterNd")));
}
