import { type FusedOp, runFused, together } from "./fused.ts";
import { type GateNorm, gateRows, gateRowsGradient, inChunks, joinChunks, rowsOf, sumChunks } from "./gate.ts";
import { tf } from "./tf.ts";
import { broadcastTo } from "./tile.ts";
import type { Tensor } from "./types.ts";

/** Layers that turn the coordinates of a neighbour into features. */
export interface FrameLayers extends GateNorm {
  /** Weights `[3, 2n]`: both coordinates in the frame, then the distance. */
  readonly kernel: Tensor;
  /** Offsets `[2n]`. */
  readonly bias: Tensor;
}

/** Frames of a plane: both signs of both axes. */
const FRAMES = 4;

interface FrameAttributes {
  readonly [key: string]: number;
  readonly epsilon: number;
}

/** Rows `[4 count, 3]` of the edges `from` to `from + count` in their four frames, frames of an edge beside each other. */
function framed(edges: Tensor, from: number, count: number): Tensor {
  const signs = tf.tensor([-1, -1, 1, -1, 1, 1, 1, -1, 1, 1, 1, 1], [1, FRAMES, 3], "float32");
  const rows = tf.reshape(tf.slice(edges, [from, 0], [count, 3]), [count, 1, 3]);
  return tf.reshape(tf.mul(rows, signs), [count * FRAMES, 3]);
}

const frames_: FusedOp<FrameAttributes> = {
  name: "MorphogenFrameFeatures",
  saveInputs: ["edges", "kernel", "bias", "gamma", "beta"],
  saveOutputs: [false],
  forward: ({ edges, kernel, bias, gamma, beta, keep }, { epsilon }) => {
    const width = gamma!.size;
    const chunks = inChunks(edges!.shape[0]!, FRAMES, (from, count) => {
      const x = tf.add(tf.matMul(framed(edges!, from, count), kernel!), bias!);
      const y = gateRows(x, { gamma: gamma!, beta: beta!, epsilon }, rowsOf(keep, from * FRAMES, count * FRAMES));
      return [tf.mul(tf.sum(tf.reshape(y, [count, FRAMES, width]), 1), 1 / FRAMES)];
    });
    return [joinChunks(chunks, 0)];
  },
  gradient: (dy, [edges, kernel, bias, gamma, beta, keep], { epsilon }) => ({
    ...together(["kernel", "bias", "gamma", "beta"], () => {
      const width = gamma!.size;
      const chunks = inChunks(edges!.shape[0]!, FRAMES, (from, count) => {
        const rows = framed(edges!, from, count);
        const x = tf.add(tf.matMul(rows, kernel!), bias!);
        const share = tf.mul(tf.slice(dy, [from, 0], [count, width]), 1 / FRAMES);
        const spread = broadcastTo(tf.reshape(share, [count, 1, width]), [count, FRAMES, width]);
        const norm = { gamma: gamma!, beta: beta!, epsilon };
        const [dx, dGamma, dBeta] = gateRowsGradient(
          tf.reshape(spread, [count * FRAMES, width]),
          x,
          norm,
          rowsOf(keep, from * FRAMES, count * FRAMES),
        );
        return [tf.matMul(rows, dx, true, false), tf.sum(dx, 0), dGamma, dBeta];
      });
      return [0, 1, 2, 3].map((output) => sumChunks(chunks, output));
    }),
    edges: () => tf.zerosLike(edges!),
    keep: () => tf.zerosLike(keep!),
  }),
};

const keptFrames_: FusedOp<FrameAttributes> = {
  ...frames_,
  name: "MorphogenFrameFeaturesKept",
  saveInputs: [...frames_.saveInputs, "keep"],
};

/**
 * Features of neighbours that do not depend on how the tissue lies (frame averaging, Puny et al. 2022): each neighbour's
 * coordinates in the frame of its neighbourhood with all four signs of the axes, and its distance, through a gated layer
 * with layer norm, averaged over the four frames.
 *
 * Works on a few thousand rows at a time and computes them again for the derivative, so that memory does not grow with
 * the width of the hidden layer.
 *
 * @param edges Coordinates on both axes and distance of each neighbour, `[E, 3]`, all in one unit; data, their derivative
 * is zero.
 * @param layers Weights `[3, 2n]`, offsets `[2n]`, layer norm over n values.
 * @param keep Factors on the gated values of each frame (dropout), `[4 E, n]`; data.
 * @returns Features `[E, n]`.
 * @throws {TypeError} If the shapes do not match.
 */
export function frameFeatures(edges: Tensor, layers: FrameLayers, keep?: Tensor): Tensor {
  const { kernel, bias, gamma, beta, epsilon } = layers;
  const width = gamma.size;
  const wrong = edges.rank !== 2 || edges.shape[1] !== 3 || kernel.shape.join() !== `3,${2 * width}` ||
    bias.shape.join() !== `${2 * width}` || beta.shape.join() !== `${width}` ||
    (keep !== undefined && keep.shape.join() !== `${FRAMES * edges.shape[0]!},${width}`);
  if (wrong) {
    throw new TypeError(
      `Cannot make frame features of [${edges.shape}] with weights [${kernel.shape}], offsets [${bias.shape}], a norm of ` +
        `[${gamma.shape}] and [${beta.shape}] and factors [${keep?.shape ?? "none"}]`,
    );
  }
  const inputs = { edges, kernel, bias, gamma, beta };
  return keep === undefined
    ? runFused(frames_, inputs, { epsilon })
    : runFused(keptFrames_, { ...inputs, keep }, { epsilon });
}
