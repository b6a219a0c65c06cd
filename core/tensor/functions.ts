import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/**
 * Exponential.
 *
 * @param x The tensor.
 * @returns `e ** x`.
 */
export function exp(x: Tensor): Tensor {
  return tf.exp(x);
}

/**
 * Natural logarithm.
 *
 * @param x Values above 0.
 * @returns `ln x`.
 */
export function log(x: Tensor): Tensor {
  return tf.log(x);
}

/**
 * Sine.
 *
 * @param x Angles in radians.
 * @returns `sin x`.
 */
export function sin(x: Tensor): Tensor {
  return tf.sin(x);
}

/**
 * Cosine.
 *
 * @param x Angles in radians.
 * @returns `cos x`.
 */
export function cos(x: Tensor): Tensor {
  return tf.cos(x);
}

/**
 * Hyperbolic tangent.
 *
 * @param x The tensor.
 * @returns `tanh x`.
 */
export function tanh(x: Tensor): Tensor {
  return tf.tanh(x);
}

/**
 * Logistic function.
 *
 * @param x The tensor.
 * @returns `1 / (1 + e ** -x)`.
 */
export function sigmoid(x: Tensor): Tensor {
  return tf.sigmoid(x);
}

/**
 * Smooth positive part.
 *
 * @param x The tensor.
 * @returns `ln(1 + e ** x)`, without overflow.
 */
export function softplus(x: Tensor): Tensor {
  return tf.softplus(x);
}
