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

function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch, rows, width] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [batch, rows, heads, width / heads]), [0, 2, 1, 3]);
}

/**
 * Attention with several heads over tokens whose features are the heads' side by side.
 *
 * @param q Projected queries `[B, N, E]`.
 * @param k Projected keys `[B, M, E]`.
 * @param v Projected values `[B, M, E]`.
 * @param heads Number of heads h, a divisor of E; head i owns features `i * E / h` to `(i + 1) * E / h - 1`.
 * @param mask Added to the scores, broadcast to `[B, h, N, M]`: 0 keeps a key, -1e9 drops it.
 * @param dropoutMask Factor on the weights, `[B, h, N, M]`: 0 or the inverse keep probability.
 * @returns The heads' outputs side by side, `[B, N, E]`.
 * @throws {RangeError} If `heads` does not divide E.
 */
export function multiHeadAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  heads: number,
  mask?: Tensor,
  dropoutMask?: Tensor,
): Tensor {
  const [batch, rows, width] = q.shape as [number, number, number];
  if (width % heads !== 0) {
    throw new RangeError(`Cannot split ${width} features into ${heads} heads: expected a divisor of ${width}`);
  }
  const out = attention(splitHeads(q, heads), splitHeads(k, heads), splitHeads(v, heads), mask, dropoutMask);
  return tf.reshape(tf.transpose(out, [0, 2, 1, 3]), [batch, rows, width]);
}
