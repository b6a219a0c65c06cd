import { tf } from "../tensor/tf.ts";
import { sizeOf, type WasmBackend } from "./wasm_heap.ts";

/** The heap of the WebAssembly backend ends where 32-bit addresses do. */
export const HEAP_LIMIT = 2 ** 32;

let live = 0;
let peak = 0;

/**
 * Count the bytes of tensors on the heap from now on; the engine's own count does not see what is freed within a step.
 *
 * @param backend The backend, before its first tensor.
 */
export function countHeap(backend: WasmBackend): void {
  const sizes = new WeakMap<object, number>();
  const move = backend.move.bind(backend);
  const disposeData = backend.disposeData.bind(backend);
  backend.move = (id, values, shape, dtype, refCount) => {
    move(id, values, shape, dtype, refCount);
    const bytes = dtype === "string" ? 0 : sizeOf(shape) * tf.util.bytesPerElement(dtype);
    sizes.set(id, bytes);
    live += bytes;
    peak = Math.max(peak, live);
  };
  backend.disposeData = (id, ...rest) => {
    const freed = disposeData(id, ...rest);
    if (!backend.dataIdMap.has(id)) {
      live -= sizes.get(id) ?? 0;
      sizes.delete(id);
    }
    return freed;
  };
}

/** What a function needed of a heap that ends. */
export interface HeapUse {
  /** Bytes of live tensors before. */
  readonly before: number;
  /** Most bytes of live tensors meanwhile. */
  readonly peak: number;
  /** Where the heap ends, in bytes. */
  readonly limit: number;
}

/**
 * Run a synchronous function and find how many bytes of the heap its tensors took at the worst moment.
 *
 * @param fn The work; what it makes is freed.
 * @returns Bytes; undefined on backends without a heap of fixed size.
 */
export function heapUseOf(fn: () => void): HeapUse | undefined {
  if (!["wasm", "native"].includes(tf.getBackend())) return undefined;
  const before = live;
  peak = live;
  tf.tidy(() => {
    fn();
  });
  return { before, peak, limit: HEAP_LIMIT };
}
