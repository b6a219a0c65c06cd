import { matMul } from "./mat_mul.ts";
import { softmax } from "./softmax.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/**
 * Scaled dot-product attention (Vaswani et al. 2017, equation 1).
 *
 * @param q Queries `[B, h, N, d]`.
 * @param k Keys `[B, h, M, d]`.
 * @param v Values `[B, h, M, e]`.
 * @param mask Added to the scores, broadcast to `[B, h, N, M]`: 0 keeps a key, -1e9 drops it.
 * @param dropoutMask Factor on the weights, `[B, h, N, M]`: 0 or the inverse keep probability.
 * @returns Weighted values `[B, h, N, e]`.
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, mask?: Tensor, dropoutMask?: Tensor): Tensor {
  const scaled = tf.mul(q, 1 / Math.sqrt(q.shape.at(-1)!));
  const weights = softmax(matMul(scaled, k, false, true), mask);
  return matMul(dropoutMask === undefined ? weights : tf.mul(weights, dropoutMask), v);
}
