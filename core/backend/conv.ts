import type { Gemm } from "./gemm.ts";
import { convFilterGradKernel, convInputGradKernel, convKernel } from "./kernels/conv.ts";
import type { columnsForward } from "./kernels/conv_columns.ts";
import type { ConvTools } from "./kernels/conv_tools.ts";
import { type ConvSimd, convSimd } from "./simd/conv_module.ts";
import type { SimdKernels } from "./simd/module.ts";
import { kernelOf, replaceKernel, type WasmBackend, type WasmKernel } from "./wasm_heap.ts";

/**
 * Register the convolutions.
 *
 * @param backendName Backend that gets them.
 * @param backend Owner of the heap.
 * @param gemm Multiplies two matrices.
 * @param simd Vector kernels of the heap.
 * @param direct How to convolve where minimal filtering does not pay; absent means by the kernel that is there.
 */
export function registerConvolutions(
  backendName: string,
  backend: WasmBackend,
  gemm: Gemm,
  simd: SimdKernels,
  direct?: typeof columnsForward,
): void {
  let compiled: ConvSimd | undefined;
  const tools: ConvTools = {
    backend,
    gemm,
    simd,
    // Most methods have no convolutions; compiling takes 15 ms.
    get conv(): ConvSimd {
      return compiled ??= convSimd(backend.wasm.asm.memory);
    },
  };
  const kernels: Readonly<Record<string, WasmKernel>> = {
    Conv2D: convKernel(tools, kernelOf(backendName, "Conv2D"), direct),
    FusedConv2D: convKernel(tools, kernelOf(backendName, "FusedConv2D"), direct),
    Conv2DBackpropInput: convInputGradKernel(tools),
    Conv2DBackpropFilter: convFilterGradKernel(tools),
  };
  for (const [name, kernel] of Object.entries(kernels)) replaceKernel(backendName, name, kernel);
}
