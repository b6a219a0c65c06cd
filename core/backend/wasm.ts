import { BackendError } from "../errors.ts";
import { tf } from "../tensor/tf.ts";
import { registerConvolutions } from "./conv.ts";
import { simdGemm } from "./gemm.ts";
import { countHeap, HEAP_LIMIT } from "./heap_use.ts";
import { fusedKernels } from "./kernels/fused.ts";
import { broadcastKernel, concatKernel, gatherKernel, sliceKernel, splitKernel } from "./kernels/rows.ts";
import { sineKernel } from "./kernels/sine.ts";
import { sumKernel } from "./kernels/sum.ts";
import { registerProducts } from "./products.ts";
import { registerSegmentSums } from "./segment.ts";
import { type SimdKernels, simdKernels } from "./simd/module.ts";
import { registerSparseProducts } from "./sparse.ts";
import { kernelOf, replaceKernel, shareValues, sizeOf, type WasmBackend, type WasmKernel } from "./wasm_heap.ts";

// Without this a failed allocation yields address 0, a size above 4 GiB wraps around, and the next kernel writes over
// other tensors.
function guardAllocation(backend: WasmBackend): void {
  const move = backend.move.bind(backend);
  backend.move = (id, values, shape, dtype, refCount) => {
    const bytes = dtype === "string" ? 0 : sizeOf(shape) * tf.util.bytesPerElement(dtype);
    if (bytes < HEAP_LIMIT) move(id, values, shape, dtype, refCount);
    if (bytes >= HEAP_LIMIT || (bytes > 0 && backend.dataIdMap.get(id).memoryOffset === 0)) {
      if (bytes < HEAP_LIMIT) backend.disposeData(id);
      throw new RangeError(
        `Cannot allocate a tensor of shape [${shape}]: the WebAssembly heap ends at 4 GiB, use smaller batches ` +
          "(train.accumulate sums their gradients)",
      );
    }
  };
}

function replaceSlowKernels(simd: SimdKernels): void {
  const replaced = (name: string): WasmKernel => kernelOf("wasm", name);
  const cast = replaced("Cast");
  const kernels: Readonly<Record<string, WasmKernel>> = {
    Identity: (args) => shareValues(args.backend, args.inputs.x!),
    Cast: (args) => args.attrs.dtype === args.inputs.x!.dtype ? shareValues(args.backend, args.inputs.x!) : cast(args),
    Sum: sumKernel(simd, replaced("Sum")),
    Slice: sliceKernel(simd, replaced("Slice")),
    SplitV: splitKernel(simd, replaced("SplitV")),
    Concat: concatKernel(simd, replaced("Concat")),
    GatherV2: gatherKernel(replaced("GatherV2")),
    Sin: sineKernel(0, replaced("Sin")),
    Cos: sineKernel(1, replaced("Cos")),
    MorphogenBroadcastTo: broadcastKernel(simd),
    ...fusedKernels(simd),
  };
  for (const [name, kernel] of Object.entries(kernels)) replaceKernel("wasm", name, kernel);
}

/** The running backend and the vector kernels on its heap. */
export interface StartedWasm {
  /** The backend. */
  readonly backend: WasmBackend;
  /** Vector kernels of its heap. */
  readonly simd: SimdKernels;
}

let started: Promise<StartedWasm> | undefined;

async function start(): Promise<StartedWasm> {
  await import("@tensorflow/tfjs-backend-wasm");
  // The module's own message is a stack of console lines that do not name the missing permission first.
  if (!await tf.setBackend("wasm")) {
    throw new BackendError(
      "Cannot start the wasm backend: its binary lies in the npm cache and must be readable, run with --allow-read",
    );
  }
  const backend = tf.backend() as unknown as WasmBackend;
  const simd = simdKernels(backend.wasm.asm.memory);
  guardAllocation(backend);
  countHeap(backend);
  replaceSlowKernels(simd);
  const gemm = simdGemm(simd, backend);
  registerProducts("wasm", gemm, simd);
  registerConvolutions("wasm", backend, gemm, simd);
  registerSegmentSums("wasm", backend);
  registerSparseProducts("wasm", backend);
  return Object.freeze({ backend, simd });
}

/**
 * Start the WebAssembly backend and make it current.
 *
 * @returns The backend and its vector kernels.
 * @throws {BackendError} If its binary cannot be read.
 */
export async function startWasm(): Promise<StartedWasm> {
  started ??= start();
  const running = await started;
  await tf.setBackend("wasm");
  return running;
}
