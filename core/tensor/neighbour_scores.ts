import { type FusedInputs, type FusedOp, runFused, together } from "./fused.ts";
import { type GateNorm, gateRows, gateRowsGradient, inChunks, joinChunks, rowsOf, sumChunks } from "./gate.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/** What the score of a pair is computed from: hidden = own of i + other of j + edge of (i, j) times its weights. */
export interface ScoreInputs {
  /** Share of the row itself in the hidden layer of each head, `[N, h, 2n]`. */
  readonly own: Tensor;
  /** Share of a neighbour, `[N, h, 2n]`. */
  readonly other: Tensor;
  /** Features of each pair by head, `[N, k, h, d]`. */
  readonly edge: Tensor;
  /** Rows of the neighbours, int32 `[N, k]`. */
  readonly index: Tensor;
}

/** Layers that turn the hidden values of a pair into its score. */
export interface ScoreLayers extends GateNorm {
  /** Weights of the pair's features, `[d, 2n]`. */
  readonly kernel: Tensor;
  /** Read-out of the normalised values, `[n, 1]`. */
  readonly readout: Tensor;
}

interface ScoreAttributes {
  readonly [key: string]: number;
  readonly epsilon: number;
}

/** The hidden layer of some rows and what it is made of. */
interface Hidden {
  readonly x: Tensor;
  readonly edge: Tensor;
  readonly keep: Tensor | undefined;
}

function hidden({ own, other, edge, index, kernel, keep }: FusedInputs, from: number, count: number): Hidden {
  const [, heads, width] = own!.shape as [number, number, number];
  const [, k, , d] = edge!.shape as [number, number, number, number];
  const pairs = count * k * heads;
  const near = tf.gather(
    tf.reshape(other!, [other!.shape[0]!, heads * width]),
    tf.reshape(tf.slice(index!, [from, 0], [count, k]), [count * k]) as tf.Tensor1D,
  );
  const mine = tf.reshape(tf.slice(own!, [from, 0, 0], [count, heads, width]), [count, 1, heads * width]);
  const some = tf.reshape(tf.slice(edge!, [from, 0, 0, 0], [count, k, heads, d]), [pairs, d]);
  const both = tf.add(tf.reshape(near, [count, k, heads * width]), mine);
  return {
    x: tf.add(tf.reshape(both, [pairs, width]), tf.matMul(some, kernel!)),
    edge: some,
    keep: rowsOf(keep, from * k * heads, pairs),
  };
}

function namedInputs(saved: readonly Tensor[]): FusedInputs {
  return Object.fromEntries(SAVED.flatMap((name, i) => saved[i] === undefined ? [] : [[name, saved[i]]]));
}

const SAVED = ["own", "other", "edge", "index", "kernel", "gamma", "beta", "readout", "keep"] as const;

function scoreGradients(dy: Tensor, inputs: FusedInputs, epsilon: number): readonly Tensor[] {
  const { own, other, edge, index, kernel, gamma, beta, readout } = inputs;
  const [rows, heads, width] = own!.shape as [number, number, number];
  const [, k, , d] = edge!.shape as [number, number, number, number];
  const norm: GateNorm = { gamma: gamma!, beta: beta!, epsilon };
  const chunks = inChunks(rows, k * heads, (from, count) => {
    const pairs = count * k * heads;
    const { x, edge: some, keep } = hidden(inputs, from, count);
    const dScore = tf.reshape(tf.slice(dy, [from, 0, 0], [count, k, heads]), [pairs, 1]);
    const dReadout = tf.matMul(gateRows(x, norm, keep), dScore, true, false);
    const [dx, dGamma, dBeta] = gateRowsGradient(tf.matMul(dScore, readout!, false, true), x, norm, keep);
    return [
      tf.sum(tf.reshape(dx, [count, k, heads * width]), 1),
      tf.reshape(dx, [count * k, heads * width]),
      tf.reshape(tf.matMul(dx, kernel!, false, true), [count, k, heads, d]),
      tf.matMul(some, dx, true, false),
      dGamma,
      dBeta,
      dReadout,
    ];
  });
  const toNeighbours = tf.scatterND(
    tf.reshape(index!, [rows * k, 1]),
    joinChunks(chunks, 1),
    [other!.shape[0]!, heads * width],
  );
  return [
    tf.reshape(joinChunks(chunks, 0), own!.shape),
    tf.reshape(toNeighbours, other!.shape),
    joinChunks(chunks, 2),
    ...[3, 4, 5, 6].map((output) => sumChunks(chunks, output)),
  ];
}

const scores_: FusedOp<ScoreAttributes> = {
  name: "MorphogenNeighbourScores",
  saveInputs: SAVED.filter((name) => name !== "keep"),
  saveOutputs: [false],
  forward: (inputs, { epsilon }) => {
    const { own, edge, gamma, beta, readout } = inputs;
    const [rows, heads] = own!.shape as [number, number];
    const k = edge!.shape[1]!;
    const chunks = inChunks(rows, k * heads, (from, count) => {
      const { x, keep } = hidden(inputs, from, count);
      const y = gateRows(x, { gamma: gamma!, beta: beta!, epsilon }, keep);
      return [tf.reshape(tf.matMul(y, readout!), [count, k, heads])];
    });
    return [joinChunks(chunks, 0)];
  },
  gradient: (dy, saved, { epsilon }) => {
    const inputs = namedInputs(saved);
    return {
      ...together(
        ["own", "other", "edge", "kernel", "gamma", "beta", "readout"],
        () => tf.tidy(() => [...scoreGradients(dy, inputs, epsilon)]),
      ),
      keep: () => tf.zerosLike(inputs.keep!),
    };
  },
};

const keptScores_: FusedOp<ScoreAttributes> = {
  ...scores_,
  name: "MorphogenNeighbourScoresKept",
  saveInputs: SAVED,
};

/**
 * Scores of a row's neighbours from a gated layer with layer norm, for attention whose scores are more than a product:
 * the first layer of a perceptron on [query, key, pair] is split into what belongs to the row, the neighbour and the pair.
 *
 * Works on a few thousand pairs at a time and computes them again for the derivative: memory grows with the rows and
 * pairs, not with the hidden layer of the pairs.
 *
 * @param inputs Shares of rows, neighbours and pairs, and who is whose neighbour.
 * @param layers Weights of the pairs, layer norm and read-out.
 * @param keep Factors on the gated values (dropout), `[N k h, n]`; data, their derivative is zero.
 * @returns Scores `[N, k, h]`.
 * @throws {TypeError} If the shapes do not match, or the index is not int32.
 */
export function neighbourScores(inputs: ScoreInputs, layers: ScoreLayers, keep?: Tensor): Tensor {
  const { own, other, edge, index } = inputs;
  const { kernel, gamma, beta, readout, epsilon } = layers;
  const [rows, k, heads, d] = edge.shape as [number, number, number, number];
  const n = gamma.size;
  const wanted: readonly (readonly [Tensor, readonly number[]])[] = [
    [own, [rows, heads, 2 * n]],
    [other, [other.shape[0]!, heads, 2 * n]],
    [index, [rows, k]],
    [kernel, [d, 2 * n]],
    [beta, [n]],
    [readout, [n, 1]],
    ...(keep === undefined ? [] : [[keep, [rows * k * heads, n]] as const]),
  ];
  const wrong = wanted.find(([{ shape }, expected]) => shape.join() !== expected.join());
  if (edge.rank !== 4 || wrong !== undefined || index.dtype !== "int32") {
    throw new TypeError(
      `Cannot score neighbours with features [${edge.shape}]: got [${wrong?.[0].shape ?? index.dtype}], expected ` +
        `[${wrong?.[1] ?? "an int32 index"}]`,
    );
  }
  const given = { own, other, edge, index, kernel, gamma, beta, readout };
  return keep === undefined
    ? runFused(scores_, given, { epsilon })
    : runFused(keptScores_, { ...given, keep }, { epsilon });
}
