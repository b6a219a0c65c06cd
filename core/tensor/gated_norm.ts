import { foldRows } from "./fold_rows.ts";
import { type FusedInputs, type FusedOp, runFused, together } from "./fused.ts";
import { type GateNorm, gateRows, gateRowsGradient } from "./gate.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

interface GateAttributes {
  readonly [key: string]: number;
  readonly epsilon: number;
}

const gatedNorm_: FusedOp<GateAttributes> = {
  name: "MorphogenGatedNorm",
  saveInputs: ["x", "gamma", "beta"],
  saveOutputs: [false],
  forward: ({ x, gamma, beta }, { epsilon }) => [gateRows(x!, { gamma: gamma!, beta: beta!, epsilon })],
  gradient: (dy, [x, gamma, beta], { epsilon }) =>
    together(["x", "gamma", "beta"], () => gateRowsGradient(dy, x!, { gamma: gamma!, beta: beta!, epsilon })),
};

const keptNorm_: FusedOp<GateAttributes> = {
  name: "MorphogenGatedNormKept",
  saveInputs: ["x", "gamma", "beta", "keep"],
  saveOutputs: [false],
  forward: ({ x, gamma, beta, keep }, { epsilon }) => [gateRows(x!, { gamma: gamma!, beta: beta!, epsilon }, keep)],
  gradient: (dy, [x, gamma, beta, keep], { epsilon }) => ({
    ...together(["x", "gamma", "beta"], () => gateRowsGradient(dy, x!, { gamma: gamma!, beta: beta!, epsilon }, keep)),
    keep: () => tf.zerosLike(keep!),
  }),
};

/**
 * Gate the second half of the last axis by SiLU of the first (SwiGLU, Shazeer 2020), then layer norm: the inside of a
 * packed gated multilayer perceptron. Only the input is kept for the derivative.
 *
 * @param x Rows `[..., 2n]`.
 * @param norm Scale, shift and constant of the layer norm over n values.
 * @param keep Factors on the gated values (dropout), `[..., n]`; data, their derivative is zero.
 * @returns A tensor of shape `[..., n]`.
 * @throws {TypeError} If the last axis is odd, or scale, shift or factors do not match it.
 */
export function gatedNorm(x: Tensor, norm: GateNorm, keep?: Tensor): Tensor {
  const width = x.shape.at(-1)! / 2;
  const { gamma, beta, epsilon } = norm;
  const shape = [...x.shape.slice(0, -1), width];
  if (
    gamma.shape.join() !== `${width}` || beta.shape.join() !== `${width}` || (keep && keep.shape.join() !== `${shape}`)
  ) {
    throw new TypeError(
      `Cannot gate rows of shape [${x.shape}]: scale has shape [${gamma.shape}], shift [${beta.shape}], factors ` +
        `[${keep?.shape ?? "none"}], expected [${width}] and [${shape}]`,
    );
  }
  const inputs: FusedInputs = { x: foldRows(x), gamma, beta };
  const out = keep === undefined
    ? runFused(gatedNorm_, inputs, { epsilon })
    : runFused(keptNorm_, { ...inputs, keep: foldRows(keep) }, { epsilon });
  return tf.reshape(out, shape);
}
