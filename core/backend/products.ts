import type { Gemm } from "./gemm.ts";
import { attentionGradKernel, attentionKernel } from "./kernels/attention.ts";
import { linearKernel, productKernel } from "./kernels/product.ts";
import type { SimdKernels } from "./simd/module.ts";
import { kernelOf, replaceKernel, type WasmKernel } from "./wasm_heap.ts";

/** The fused product of tfjs, where it is one product with a bias per column; the rest stays as it is. */
function fusedProduct(linear: WasmKernel, replaced: WasmKernel): WasmKernel {
  return (args) => {
    const { inputs: { a, b, bias, preluActivationWeights }, attrs, backend } = args;
    const isLinear = attrs.activation === "linear" && !preluActivationWeights && !attrs.transposeA && !attrs.transposeB;
    if (!isLinear || a!.shape.length > 2 || b!.shape.length > 2 || bias?.shape.length !== 1) return replaced(args);
    return linear({ inputs: { x: a!, kernel: b!, bias }, attrs, backend });
  };
}

/** Attentions by name, with their inputs as in `core/tensor/multi_head_attention.ts`. */
const ATTENTIONS: Readonly<Record<string, readonly string[]>> = {
  MorphogenMultiHeadAttention: ["q", "k", "v"],
  MorphogenCrossAttention: ["q", "kv"],
  MorphogenSelfAttention: ["qkv"],
};

/**
 * Register the kernels that rest on matrix products.
 *
 * @param backendName Backend that gets them.
 * @param gemm Multiplies two matrices.
 * @param simd Vector kernels of the heap.
 */
export function registerProducts(backendName: string, gemm: Gemm, simd: SimdKernels): void {
  const product = productKernel(gemm);
  const linear = linearKernel(gemm);
  const kernels: Readonly<Record<string, WasmKernel>> = {
    BatchMatMul: product,
    _FusedMatMul: fusedProduct(linear, kernelOf(backendName, "_FusedMatMul")),
    MorphogenMatMul: product,
    MorphogenLinear: linear,
    ...Object.fromEntries(
      Object.entries(ATTENTIONS).flatMap(([name, tensors]) => [
        [name, attentionKernel(tensors, gemm, simd)],
        [`${name}Grad`, attentionGradKernel(tensors, gemm, simd)],
      ]),
    ),
  };
  for (const [name, kernel] of Object.entries(kernels)) replaceKernel(backendName, name, kernel);
}
