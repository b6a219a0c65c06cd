import { silu_, siluGrad_ } from "./activation.ts";
import { runKernel } from "./fused.ts";
import { layerNorm_, layerNormGrad_ } from "./layer_norm_kernels.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/** Scale, shift and constant of the layer norm after a gate. */
export interface GateNorm {
  /** Scale `[n]`. */
  readonly gamma: Tensor;
  /** Shift `[n]`. */
  readonly beta: Tensor;
  /** Added to the variance. */
  readonly epsilon: number;
}

/** Both halves of a row, and SiLU of the first. */
function halves(x: Tensor): { readonly a: Tensor; readonly b: Tensor; readonly gate: Tensor } {
  const [a, b] = tf.split(x, 2, 1);
  return { a: a!, b: b!, gate: runKernel(silu_, { x: a! }, {})[0]! };
}

/** silu(a) b of rows [a, b], times the factors of a dropout. */
function gated({ b, gate }: ReturnType<typeof halves>, keep: Tensor | undefined): Tensor {
  const product = tf.mul(gate, b);
  return keep === undefined ? product : tf.mul(product, keep);
}

/**
 * Gate and normalise rows; part of fused operations, records nothing.
 *
 * @param x Rows `[rows, 2n]`.
 * @param norm The layer norm.
 * @param keep Factors on the gated values, `[rows, n]`; absent without dropout.
 * @returns `[rows, n]`.
 */
export function gateRows(x: Tensor, { gamma, beta, epsilon }: GateNorm, keep?: Tensor): Tensor {
  return runKernel(layerNorm_, { x: gated(halves(x), keep), gamma, beta }, { epsilon })[0]!;
}

/**
 * Derivatives of {@linkcode gateRows}; what it computed on the way is computed again.
 *
 * @param dy Derivative with respect to its result, `[rows, n]`.
 * @param x Rows `[rows, 2n]`.
 * @param norm The layer norm.
 * @param keep Factors on the gated values.
 * @returns Derivatives with respect to rows, scale and shift.
 */
export function gateRowsGradient(
  dy: Tensor,
  x: Tensor,
  { gamma, beta, epsilon }: GateNorm,
  keep?: Tensor,
): readonly [dx: Tensor, dGamma: Tensor, dBeta: Tensor] {
  const parts = halves(x);
  const { a, b, gate } = parts;
  const product = gated(parts, keep);
  const stats = runKernel(layerNorm_, { x: product, gamma, beta }, { epsilon })[1]!;
  const [dNormed, dGamma, dBeta] = runKernel(layerNormGrad_, { dy, x: product, gamma, stats }, {});
  const dProduct = keep === undefined ? dNormed! : tf.mul(dNormed!, keep);
  const da = runKernel(siluGrad_, { dy: tf.mul(dProduct, b), x: a }, {})[0]!;
  return [tf.concat([da, tf.mul(dProduct, gate)], 1), dGamma!, dBeta!];
}

/** Rows that a fused operation works on at a time: intermediate values of a few hundred columns then stay in cache. */
const CHUNK = 2048;

/**
 * Do work on consecutive items and free what it makes on the way.
 *
 * @param items Number of items.
 * @param rows Rows per item.
 * @param work Receives the first item and how many; returns new tensors.
 * @returns What `work` returned, chunk by chunk; at least one chunk.
 */
export function inChunks(
  items: number,
  rows: number,
  work: (from: number, count: number) => readonly Tensor[],
): readonly (readonly Tensor[])[] {
  const size = Math.max(1, Math.floor(CHUNK / rows));
  const starts = Array.from({ length: Math.max(1, Math.ceil(items / size)) }, (_, i) => i * size);
  return starts.map((from) => tf.tidy(() => [...work(from, Math.min(size, items - from))]));
}

/**
 * Join one output of all chunks along the rows.
 *
 * @param chunks What {@linkcode inChunks} returned.
 * @param output Which output.
 * @returns A new tensor.
 */
export function joinChunks(chunks: readonly (readonly Tensor[])[], output: number): Tensor {
  return tf.concat(chunks.map((made) => made[output]!), 0);
}

/**
 * Add up one output of all chunks.
 *
 * @param chunks What {@linkcode inChunks} returned.
 * @param output Which output.
 * @returns A new tensor.
 */
export function sumChunks(chunks: readonly (readonly Tensor[])[], output: number): Tensor {
  return chunks.map((made) => made[output]!).reduce((sum, tensor) => tf.add(sum, tensor));
}

/**
 * Rows of an optional matrix.
 *
 * @param x The matrix, if there is one.
 * @param from First row.
 * @param count Number of rows.
 * @returns The rows, or undefined.
 */
export function rowsOf(x: Tensor | undefined, from: number, count: number): Tensor | undefined {
  return x === undefined ? undefined : tf.slice(x, [from, 0], [count, x.shape[1]!]);
}
