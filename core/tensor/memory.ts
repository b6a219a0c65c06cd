import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/** What the compute backend holds at the moment. */
export interface MemoryUse {
  /** Number of live tensors. */
  readonly numTensors: number;
  /** Number of buffers behind them; reshaped tensors share one. */
  readonly numDataBuffers: number;
  /** Size of the buffers in bytes. */
  readonly numBytes: number;
}

/**
 * Free tensors.
 *
 * @param tensors Tensors to free; freeing one twice is harmless.
 */
export function dispose(tensors: Iterable<Tensor>): void {
  for (const tensor of tensors) if (!tensor.isDisposed) tensor.dispose();
}

/**
 * Run a synchronous function and free every tensor it made, except those it returns or keeps.
 *
 * Only the training and sampling loops call this; the parts of a method return what they make.
 *
 * @example Usage
 * ```ts
 * import { dispose, memory, mul, scalar, tidy } from "@morphogen/morphogen";
 *
 * const before = memory().numTensors;
 * const four = tidy(() => mul(scalar(2), scalar(2)));
 * if (memory().numTensors !== before + 1) throw new Error("intermediate tensors were not freed");
 * dispose([four]);
 * ```
 *
 * @typeParam T What `fn` returns: a tensor, nothing, or arrays and records of tensors.
 * @param fn The work; it must not return a promise.
 * @returns What `fn` returned.
 */
export function tidy<T>(fn: () => T): T {
  return tf.tidy(fn as () => T & tf.TensorContainer) as T;
}

/** What {@linkcode collect} found. */
export interface Collected<T> {
  /** What the function returned. */
  readonly value: T;
  /** Every tensor that it made and neither freed nor kept; the caller owns them. */
  readonly tensors: readonly Tensor[];
}

/**
 * Run a synchronous function and take over all tensors it made, also those it hides in closures; if it throws, they are
 * freed.
 *
 * @example Usage
 * ```ts
 * import { collect, dispose, memory, mul, scalar } from "@morphogen/morphogen";
 *
 * const before = memory().numTensors;
 * const { value: double, tensors } = collect(() => {
 *   const two = scalar(2);
 *   return () => mul(two, two);
 * });
 * dispose([double(), ...tensors]);
 * if (memory().numTensors !== before) throw new Error("a tensor was left behind");
 * ```
 *
 * @typeParam T What `fn` returns.
 * @param fn The work; it must not return a promise.
 * @returns What `fn` returned, and the tensors.
 */
export function collect<T>(fn: () => T): Collected<T> {
  let value!: T;
  const tensors = tf.tidy(() => {
    value = fn();
    return tf.engine().state.activeScope.track.filter((tensor) => !tensor.isDisposed && !tensor.kept);
  });
  return { value, tensors };
}

/**
 * Protect a tensor from the surrounding {@linkcode tidy}; the caller then owns it.
 *
 * @param tensor The tensor.
 * @returns The same tensor.
 */
export function keep(tensor: Tensor): Tensor {
  return tf.keep(tensor);
}

/**
 * Count what the compute backend holds.
 *
 * @returns Live tensors, buffers and bytes.
 */
export function memory(): MemoryUse {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  return { numTensors, numDataBuffers, numBytes };
}
