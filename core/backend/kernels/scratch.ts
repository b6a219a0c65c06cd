import { offsetOf, type WasmBackend } from "../wasm_heap.ts";

/** Values of one cache line: matrices that begin on lines of their own do not crowd each other out of the cache. */
const LINE = 16;

/**
 * Borrow memory on the heap for several arrays.
 *
 * @typeParam T What `fn` returns.
 * @param backend Owner of the heap.
 * @param sizes Number of float32 of each array.
 * @param fn The work; receives the byte offset of each array.
 * @returns What `fn` returned.
 */
export function withScratch<T>(
  backend: WasmBackend,
  sizes: readonly number[],
  fn: (...offsets: readonly number[]) => T,
): T {
  const padded = sizes.map((size) => Math.ceil(size / LINE) * LINE);
  const total = padded.reduce((sum, size) => sum + size, LINE);
  const block = backend.makeOutput([total], "float32");
  try {
    let next = Math.ceil(offsetOf(backend, block) / (4 * LINE)) * 4 * LINE;
    return fn(...padded.map((size) => {
      const offset = next;
      next += 4 * size;
      return offset;
    }));
  } finally {
    backend.disposeData(block.dataId);
  }
}
