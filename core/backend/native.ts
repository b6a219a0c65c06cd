import { tf } from "../tensor/tf.ts";
import { type Blas, openBlas } from "./blas.ts";
import { heapAddresses, nativeLinear, nativeProduct } from "./native_product.ts";
import { startWasm } from "./wasm.ts";
import { replaceKernel, type WasmKernel } from "./wasm_heap.ts";

function registerKernels(blas: Blas): void {
  const addressOf = heapAddresses();
  const product = nativeProduct(blas, addressOf);
  const linear = nativeLinear(blas, addressOf);
  const fusedOnWasm = tf.getKernel("_FusedMatMul", "wasm").kernelFunc as unknown as WasmKernel;
  const fused: WasmKernel = (args) => {
    const { inputs: { a, b, bias, preluActivationWeights }, attrs, backend } = args;
    const isLinear = attrs.activation === "linear" && !preluActivationWeights && !attrs.transposeA && !attrs.transposeB;
    if (!isLinear || a!.shape.length > 2 || b!.shape.length > 2 || bias?.shape.length !== 1) return fusedOnWasm(args);
    return linear({ inputs: { x: a!, kernel: b!, bias }, attrs, backend });
  };
  replaceKernel("native", "BatchMatMul", product);
  replaceKernel("native", "MorphogenMatMul", product);
  replaceKernel("native", "MorphogenLinear", linear);
  replaceKernel("native", "_FusedMatMul", fused);
}

let started: Blas | undefined;

/**
 * Start the native backend and make it current: the memory and kernels of the WebAssembly backend, with matrix products
 * by a BLAS library that works in place on its heap.
 *
 * @param candidates Library files to try; absent means the places usual on this system.
 * @returns The library.
 * @throws {BackendError} If no library can be loaded.
 */
export async function startNative(candidates?: readonly string[]): Promise<Blas> {
  const blas = candidates === undefined ? started ?? openBlas() : openBlas(candidates);
  const backend = await startWasm();
  if (started === undefined) {
    tf.copyRegisteredKernels("wasm", "native");
    registerKernels(blas);
    tf.registerBackend("native", () => backend as unknown as tf.KernelBackend);
    started = blas;
  }
  await tf.setBackend("native");
  return started;
}
