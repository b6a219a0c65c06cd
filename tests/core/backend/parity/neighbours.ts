import * as t from "../../../../core/tensor/mod.ts";
import { type Case, indices, type Input, type Operation, over, positive, signed, smooth } from "./operation.ts";

const EPSILON = 0.1;

/** Rows to gate, with scale and shift, and with factors of a dropout. */
function gated(shape: readonly number[]): Input[] {
  const n = shape.at(-1)! / 2;
  return [signed(shape), positive([n], 1), signed([n], 2)];
}

/** Edges, weights, offsets, scale and shift. */
function edges(count: number, n: number): Input[] {
  return [signed([3, 2 * n], 1), signed([2 * n], 2), positive([n], 3), signed([n], 4), indices([count, 3], 17)];
}

function frames(kept: boolean): Case["run"] {
  return (kernel, bias, gamma, beta, rows) => {
    const keep = kept ? t.fill([4 * rows!.shape[0]!, gamma!.size], 1.25) : undefined;
    // Coordinates are data: they do not count as inputs that are differentiated.
    const data = t.mul(t.cast(rows!, "float32"), 0.1);
    return t.frameFeatures(data, { kernel: kernel!, bias: bias!, gamma: gamma!, beta: beta!, epsilon: EPSILON }, keep);
  };
}

/** Shares of rows and neighbours, features of the pairs, their weights, scale, shift, read-out, index. */
function pairs(rows: number, k: number, heads: number, d: number, n: number): Input[] {
  return [
    signed([rows, heads, 2 * n]),
    signed([rows, heads, 2 * n], 1),
    signed([rows, k, heads, d], 2),
    signed([d, 2 * n], 3),
    positive([n], 4),
    signed([n], 5),
    signed([n, 1], 6),
    indices([rows, k], rows),
  ];
}

function scores(kept: boolean): Case["run"] {
  return (own, other, edge, kernel, gamma, beta, readout, index) => {
    const [rows, k, heads] = edge!.shape as [number, number, number];
    const layers = { kernel: kernel!, gamma: gamma!, beta: beta!, readout: readout!, epsilon: EPSILON };
    const keep = kept ? t.fill([rows * k * heads, gamma!.size], 1.25) : undefined;
    return t.neighbourScores({ own: own!, other: other!, edge: edge!, index: index! }, layers, keep);
  };
}

/** Operations on rows that have neighbours. */
export const NEIGHBOURS = {
  gatedNorm: smooth(
    4e-6,
    over(
      (x, gamma, beta) => t.gatedNorm(x!, { gamma: gamma!, beta: beta!, epsilon: EPSILON }),
      ...[[5, 6], [2, 3, 34], [3, 130], [0, 6]].map(gated),
    ),
    over(
      (x, gamma, beta) =>
        t.gatedNorm(x!, { gamma: gamma!, beta: beta!, epsilon: EPSILON }, t.fill([...x!.shape.slice(0, -1), 3], 1.25)),
      gated([5, 6]),
    ),
  ),
  frameFeatures: {
    tolerance: 1e-5,
    gradient: "numerical",
    cases: [
      ...over(frames(false), edges(7, 5), edges(600, 4)),
      ...over(frames(true), edges(7, 5)),
    ],
  },
  neighbourScores: smooth(
    4e-6,
    over(scores(false), pairs(5, 3, 2, 4, 3), pairs(1100, 2, 1, 2, 4)),
    over(scores(true), pairs(5, 3, 2, 4, 3)),
  ),
  neighbourSums: smooth(
    4e-6,
    over(
      (weights, values, index) => t.neighbourSums(weights!, values!, index!),
      [signed([5, 3, 2]), signed([5, 8], 1), indices([5, 3], 5)],
      [signed([17, 8, 4]), signed([9, 64], 1), indices([17, 8], 9)],
    ),
  ),
} satisfies Record<string, Operation>;
