import { BackendError } from "../errors.ts";
import { tf } from "../tensor/tf.ts";
import { replaceKernel, type WasmBackend, type WasmKernel } from "./wasm_heap.ts";

/** The heap cannot grow beyond 32-bit addresses. */
const HEAP_LIMIT_GIB = 4;

// Without this a failed allocation yields address 0 and the next kernel writes over the heap's own records.
function guardAllocation(backend: WasmBackend): void {
  const move = backend.move.bind(backend);
  backend.move = (id, values, shape, dtype, refCount) => {
    move(id, values, shape, dtype, refCount);
    if (dtype !== "string" && backend.dataIdMap.get(id).memoryOffset === 0) {
      throw new RangeError(
        `Cannot allocate a tensor of shape [${shape}]: the WebAssembly heap ends at ${HEAP_LIMIT_GIB} GiB, use smaller ` +
          "batches (train.accumulate sums their gradients)",
      );
    }
  };
}

// Tensors never change in place, so a copy may share the values, as on the CPU backend.
const share: WasmKernel = ({ inputs, backend }) => {
  const x = inputs.x!;
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
};

function shareEqualType(cast: WasmKernel): WasmKernel {
  return (args) => args.attrs.dtype === args.inputs.x!.dtype ? share(args) : cast(args);
}

/**
 * Replace kernels that copy where nothing changes.
 *
 * @param backendName Backend whose kernels are replaced.
 */
function shareValues(backendName: string): void {
  const cast = tf.getKernel("Cast", backendName).kernelFunc as unknown as WasmKernel;
  replaceKernel(backendName, "Identity", share);
  replaceKernel(backendName, "Cast", shareEqualType(cast));
}

let started: Promise<WasmBackend> | undefined;

async function start(): Promise<WasmBackend> {
  await import("@tensorflow/tfjs-backend-wasm");
  // The module's own message is a stack of console lines that do not name the missing permission first.
  if (!await tf.setBackend("wasm")) {
    throw new BackendError(
      "Cannot start the wasm backend: its binary lies in the npm cache and must be readable, run with --allow-read",
    );
  }
  const backend = tf.backend() as unknown as WasmBackend;
  guardAllocation(backend);
  shareValues("wasm");
  return backend;
}

/**
 * Start the WebAssembly backend and make it current.
 *
 * @returns The backend.
 * @throws {BackendError} If its binary cannot be read.
 */
export async function startWasm(): Promise<WasmBackend> {
  started ??= start();
  const backend = await started;
  await tf.setBackend("wasm");
  return backend;
}
