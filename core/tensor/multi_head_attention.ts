import { type FusedInputs, type FusedKernel, type FusedOp, runFused, runKernel, together } from "./fused.ts";
import { matMul } from "./mat_mul.ts";
import { softmax, softmaxGrad } from "./softmax.ts";
import { tf } from "./tf.ts";
import { broadcastTo } from "./tile.ts";
import type { Tensor } from "./types.ts";

interface HeadAttributes {
  readonly [key: string]: number;
  readonly heads: number;
}

function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch, rows, width] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [batch, rows, heads, width / heads]), [0, 2, 1, 3]);
}

function joinHeads(x: Tensor): Tensor {
  const [batch, heads, rows, width] = x.shape as [number, number, number, number];
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, rows, heads * width]);
}

/** Queries scaled, keys and values by head, and the weights before dropout. */
function headParts(
  tensors: readonly string[],
  inputs: FusedInputs,
  heads: number,
): { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor; readonly scale: number; readonly weights: Tensor } {
  const parts = tensors.flatMap((name) => tf.split(inputs[name]!, name.length, 2));
  const [queries, k, v] = parts.map((part) => splitHeads(part, heads)) as [Tensor, Tensor, Tensor];
  const scale = 1 / Math.sqrt(queries.shape[3]!);
  const q = tf.mul(queries, scale);
  const mask = inputs.mask!;
  const weights = softmax(matMul(q, k, false, true), mask.size === 0 ? undefined : mask);
  return { q, k, v, scale, weights };
}

function drop(weights: Tensor, dropoutMask: Tensor): Tensor {
  return dropoutMask.size === 0 ? weights : tf.mul(weights, dropoutMask);
}

function gradKernel(name: string, tensors: readonly string[]): FusedKernel<HeadAttributes> {
  return {
    name: `${name}Grad`,
    forward: (inputs, { heads }) => {
      const { q, k, v, scale, weights } = headParts(tensors, inputs, heads);
      const dOut = splitHeads(inputs.dy!, heads);
      const dWeights = drop(matMul(dOut, v, false, true), inputs.dropoutMask!);
      const dScores = softmaxGrad(dWeights, weights);
      const parts = [
        joinHeads(tf.mul(matMul(dScores, k), scale)),
        joinHeads(matMul(dScores, q, true)),
        joinHeads(matMul(drop(weights, inputs.dropoutMask!), dOut, true)),
      ];
      return tensors.map((held) => held.length === 1 ? parts.shift()! : tf.concat(parts.splice(0, held.length), 2));
    },
  };
}

/**
 * An attention whose queries, keys and values lie in tensors named by the letters of what they hold side by side.
 *
 * Its second output is for the derivative: statistics of the scores from which a kernel makes the weights again; this
 * composition makes them from the inputs and leaves it empty.
 */
function attentionOp(name: string, tensors: readonly string[]): FusedOp<HeadAttributes> {
  const grad = gradKernel(name, tensors);
  const saved = [...tensors, "mask", "dropoutMask"];
  return {
    name,
    saveInputs: saved,
    saveOutputs: [false, true],
    forward: (inputs, { heads }) => {
      const { v, weights } = headParts(tensors, inputs, heads);
      return [joinHeads(matMul(drop(weights, inputs.dropoutMask!), v)), tf.zeros([0])];
    },
    gradient: (dy, values, attributes) =>
      together(tensors, () => {
        const inputs = [...saved, "stats"].map((key, i) => [key, values[i]!] as const);
        return runKernel(grad, { dy, ...Object.fromEntries(inputs) }, attributes);
      }),
  };
}

const attention_ = attentionOp("MorphogenMultiHeadAttention", ["q", "k", "v"]);
const cross_ = attentionOp("MorphogenCrossAttention", ["q", "kv"]);
const self_ = attentionOp("MorphogenSelfAttention", ["qkv"]);

function requireHeads(heads: number, ...widths: readonly number[]): void {
  if (widths.some((width) => width % heads !== 0)) {
    throw new RangeError(`Cannot split ${widths.join(" and ")} features into ${heads} heads: expected a divisor`);
  }
}

/** What is optional of an attention, in the form that the kernels take: all of a mask's keys, all of a dropout mask. */
function maskInputs(whole: readonly number[], mask: Tensor | undefined, dropoutMask: Tensor | undefined): FusedInputs {
  const none = tf.zeros([0]);
  const keys = whole[3]!;
  const drops = dropoutMask === undefined || dropoutMask.shape.join() === whole.join();
  const spread = mask === undefined || mask.shape.at(-1) === keys;
  return {
    mask: spread ? mask ?? none : broadcastTo(mask, [...mask.shape.slice(0, -1), keys]),
    dropoutMask: drops ? dropoutMask ?? none : broadcastTo(dropoutMask, whole),
  };
}

/**
 * Attention with several heads over tokens whose features are the heads' side by side.
 *
 * Faster than splitting the heads and calling `attention`: nothing is transposed, and the weights are not stored.
 *
 * @example Usage
 * ```ts
 * import { dataOf, dispose, multiHeadAttention, tensor } from "@morphogen/morphogen";
 *
 * const tokens = tensor([1, 0, 0, 1], [1, 2, 2]);
 * const onlyFirst = tensor([0, -1e9], [1, 1, 1, 2]);
 * const out = multiHeadAttention(tokens, tokens, tokens, 2, onlyFirst);
 * if ((await dataOf(out)).join() !== "1,0,1,0") throw new Error("the second token was not masked");
 * dispose([tokens, onlyFirst, out]);
 * ```
 *
 * @param q Projected queries `[B, N, E]`.
 * @param k Projected keys `[B, M, E]`.
 * @param v Projected values `[B, M, F]`.
 * @param heads Number of heads h, a divisor of E and F; head i owns features `i * E / h` to `(i + 1) * E / h - 1`.
 * @param mask Added to the scaled scores, broadcast to `[B, h, N, M]`: 0 keeps a key, -1e9 drops it. It counts as data:
 * no gradient reaches it (use `attention` for a learned bias).
 * @param dropoutMask Factor on the weights, `[B, h, N, M]`: 0 or the inverse keep probability; counts as data.
 * @returns The heads' outputs side by side, `[B, N, F]`.
 * @throws {RangeError} If `heads` does not divide the features.
 * @throws {TypeError} If the shapes of queries, keys and values do not fit.
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
  const keys = k.shape[1]!;
  const fit = [q, k, v].every((x) => x.rank === 3 && x.shape[0] === batch) && k.shape[2] === width &&
    v.shape[1] === keys;
  if (!fit) {
    throw new TypeError(
      `Cannot attend: queries have shape [${q.shape}], keys [${k.shape}], values [${v.shape}], expected [B, N, E], ` +
        "[B, M, E], [B, M, F]",
    );
  }
  requireHeads(heads, width, v.shape[2]!);
  return runFused(
    attention_,
    { q, k, v, ...maskInputs([batch, heads, rows, keys], mask, dropoutMask) },
    { heads },
  );
}

/**
 * {@linkcode multiHeadAttention} to keys and values that lie side by side in one tensor, as one projection makes them.
 *
 * @param q Projected queries `[B, N, E]`.
 * @param kv Projected keys, then values, `[B, M, 2E]`.
 * @param heads Number of heads h, a divisor of E.
 * @param mask As in {@linkcode multiHeadAttention}.
 * @param dropoutMask As in {@linkcode multiHeadAttention}.
 * @returns The heads' outputs side by side, `[B, N, E]`.
 * @throws {RangeError} If `heads` does not divide the features.
 * @throws {TypeError} If the shapes do not fit.
 */
export function crossAttention(q: Tensor, kv: Tensor, heads: number, mask?: Tensor, dropoutMask?: Tensor): Tensor {
  const [batch, rows, width] = q.shape as [number, number, number];
  const [, keys, both] = kv.shape as [number, number, number];
  if (q.rank !== 3 || kv.rank !== 3 || kv.shape[0] !== batch || both !== 2 * width) {
    throw new TypeError(
      `Cannot attend: queries have shape [${q.shape}], keys and values [${kv.shape}], expected [B, N, E], [B, M, 2E]`,
    );
  }
  requireHeads(heads, width);
  return runFused(cross_, { q, kv, ...maskInputs([batch, heads, rows, keys], mask, dropoutMask) }, { heads });
}

/**
 * {@linkcode multiHeadAttention} of tokens to each other, with queries, keys and values side by side in one tensor, as one
 * projection makes them.
 *
 * @param qkv Projected queries, then keys, then values, `[B, N, 3E]`.
 * @param heads Number of heads h, a divisor of E.
 * @param mask As in {@linkcode multiHeadAttention}.
 * @param dropoutMask As in {@linkcode multiHeadAttention}.
 * @returns The heads' outputs side by side, `[B, N, E]`.
 * @throws {RangeError} If `heads` does not divide the features.
 * @throws {TypeError} If the shape does not fit.
 */
export function selfAttention(qkv: Tensor, heads: number, mask?: Tensor, dropoutMask?: Tensor): Tensor {
  const [batch, rows, all] = qkv.shape as [number, number, number];
  if (qkv.rank !== 3 || all % 3 !== 0) {
    throw new TypeError(`Cannot attend: queries, keys and values have shape [${qkv.shape}], expected [B, N, 3E]`);
  }
  requireHeads(heads, all / 3);
  return runFused(self_, { qkv, ...maskInputs([batch, heads, rows, rows], mask, dropoutMask) }, { heads });
}
