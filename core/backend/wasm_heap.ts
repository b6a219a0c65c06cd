import { tf } from "../tensor/tf.ts";

/** What is stored for a tensor of the WebAssembly backend. */
export interface HeapEntry {
  /** Byte offset of the values on the heap. */
  readonly memoryOffset: number;
}

/** The part of the WebAssembly backend that added kernels use. */
export interface WasmBackend {
  /** The compiled module and its memory. */
  readonly wasm: {
    /** The heap as bytes; replaced when the heap grows. */
    readonly HEAPU8: Uint8Array<ArrayBuffer>;
    /** The heap as float32; replaced when the heap grows. */
    readonly HEAPF32: Float32Array<ArrayBuffer>;
    /** Exports of the module. */
    readonly asm: { readonly memory: WebAssembly.Memory };
  };
  /** Where each tensor lies. */
  readonly dataIdMap: { get(id: object): HeapEntry; has(id: object): boolean };
  /**
   * Allocate a tensor.
   *
   * @param shape Length of each axis.
   * @param dtype Type of the values.
   * @returns Handle of uninitialised values.
   */
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  /**
   * Count one more tensor on the same values.
   *
   * @param id The values.
   */
  incRef(id: object): void;
  /**
   * Free a tensor.
   *
   * @param id The values; they stay while other tensors share them.
   * @param force Whether to free them all the same.
   * @returns Whether they were freed.
   */
  disposeData(id: object, force?: boolean): boolean;
  /**
   * Store values of a new tensor.
   *
   * @param id The values.
   * @param values What to store, or nothing.
   * @param shape Length of each axis.
   * @param dtype Type of the values.
   * @param refCount Number of tensors on them.
   */
  move(id: object, values: unknown, shape: number[], dtype: tf.DataType, refCount: number): void;
}

/** Arguments of a kernel of the WebAssembly backend. */
export interface KernelArguments {
  /** Input tensors by name. */
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  /** Attributes by name. */
  readonly attrs: Readonly<Record<string, unknown>>;
  /** The backend that runs it. */
  readonly backend: WasmBackend;
}

/** A kernel of the WebAssembly backend. */
export type WasmKernel = (args: KernelArguments) => tf.TensorInfo | tf.TensorInfo[];

/**
 * Register a kernel, in place of the one that a backend may have under that name.
 *
 * @param backendName Backend that gets the kernel.
 * @param kernelName Name of the kernel.
 * @param kernel The kernel.
 */
export function replaceKernel(backendName: string, kernelName: string, kernel: WasmKernel): void {
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ kernelName, backendName, kernelFunc: kernel as unknown as tf.KernelFunc });
}

/**
 * Look up a kernel.
 *
 * @param backendName Backend that has it.
 * @param kernelName Name of the kernel.
 * @returns The kernel.
 */
export function kernelOf(backendName: string, kernelName: string): WasmKernel {
  return tf.getKernel(kernelName, backendName).kernelFunc as unknown as WasmKernel;
}

/**
 * Where the values of a tensor lie on the heap.
 *
 * @param backend The backend.
 * @param info The tensor.
 * @returns Byte offset, good for as long as the tensor lives.
 */
export function offsetOf(backend: WasmBackend, info: tf.TensorInfo): number {
  return backend.dataIdMap.get(info.dataId).memoryOffset;
}

/**
 * A second tensor on the same values; tensors never change in place, so it counts as a copy.
 *
 * @param backend The backend.
 * @param info The tensor.
 * @param shape Shape of the copy.
 * @returns The copy.
 */
export function shareValues(backend: WasmBackend, info: tf.TensorInfo, shape: number[] = info.shape): tf.TensorInfo {
  backend.incRef(info.dataId);
  return { dataId: info.dataId, shape, dtype: info.dtype };
}

/**
 * Product of the lengths of some axes.
 *
 * @param shape Length of each axis.
 * @param from First axis.
 * @param to Axis after the last.
 * @returns Number of values; 1 for no axes.
 */
export function sizeOf(shape: readonly number[], from = 0, to = shape.length): number {
  let size = 1;
  for (let i = from; i < to; i++) size *= shape[i]!;
  return size;
}
