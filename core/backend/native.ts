import { tf } from "../tensor/tf.ts";
import { type Blas, openBlas } from "./blas.ts";
import { registerConvolutions } from "./conv.ts";
import { blasGemm } from "./gemm.ts";
import { columnsForward } from "./kernels/conv_columns.ts";
import { registerProducts } from "./products.ts";
import { startWasm } from "./wasm.ts";

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
  const { backend, simd } = await startWasm();
  if (started === undefined) {
    tf.copyRegisteredKernels("wasm", "native");
    const gemm = blasGemm(blas, backend);
    registerProducts("native", gemm, simd);
    registerConvolutions("native", backend, gemm, simd, columnsForward);
    tf.registerBackend("native", () => backend as unknown as tf.KernelBackend);
    started = blas;
  }
  await tf.setBackend("native");
  return started;
}
