import type { Gemm } from "../gemm.ts";
import type { ConvSimd } from "../simd/conv_module.ts";
import type { SimdKernels } from "../simd/module.ts";
import type { WasmBackend } from "../wasm_heap.ts";

/** What convolutions run on. */
export interface ConvTools {
  /** Owner of the heap. */
  readonly backend: WasmBackend;
  /** Multiplies two matrices. */
  readonly gemm: Gemm;
  /** Vector kernels of the heap. */
  readonly simd: SimdKernels;
  /** Vector kernels of convolutions. */
  readonly conv: ConvSimd;
}
