import * as tf from "@tensorflow/tfjs";

/** A tfjs tensor; the alias is the public name. */
export type Tensor = tf.Tensor;

/**
 * Free tensors.
 *
 * @param tensors Tensors to free; freeing one twice is harmless.
 */
export function dispose(tensors: Iterable<Tensor>): void {
  for (const tensor of tensors) if (!tensor.isDisposed) tensor.dispose();
}

export function add(a: Tensor, b: Tensor): Tensor {
  return tf.add(a, b);
}
