import * as t from "../../../core/tensor/mod.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";
import { assertGradient, type Input } from "./finite_differences.ts";

type Op = (...tensors: t.Tensor[]) => t.Tensor;
type Case = readonly [name: string, op: Op, ...inputs: Input[]];

const x: Input = { shape: [3, 4] };
const row: Input = { shape: [4] };
const column: Input = { shape: [3, 1] };
const positive: Input = { shape: [2, 3], values: [0.5, 1, 1.5, 2, 0.7, 3] };
const pair: Input = { shape: [2], values: [0.7, -1.2] };
const cube: Input = { shape: [2, 3, 2] };

const CASES: readonly Case[] = [
  ["add", (a, b) => t.add(a!, b!), x, row],
  ["add a number", (a) => t.add(a!, 2), x],
  ["sub", (a, b) => t.sub(a!, b!), x, column],
  ["mul", (a, b) => t.mul(a!, b!), x, row],
  ["div", (a, b) => t.div(a!, b!), positive, { shape: [3], values: [1, 2, 3] }],
  ["neg", (a) => t.neg(a!), x],
  ["abs", (a) => t.abs(a!), x],
  ["square", (a) => t.square(a!), x],
  ["sqrt", (a) => t.sqrt(a!), positive],
  ["pow 3", (a) => t.pow(a!, 3), x],
  ["pow 0.5", (a) => t.pow(a!, 0.5), positive],
  ["maximum", (a, b) => t.maximum(a!, b!), x, { shape: [4], values: [0.1, 0.2, -0.3, 0] }],
  ["minimum", (a, b) => t.minimum(a!, b!), x, { shape: [4], values: [0.1, 0.2, -0.3, 0] }],
  ["clip", (a) => t.clip(a!, -0.5, 0.51), x],
  ["exp", (a) => t.exp(a!), x],
  ["log", (a) => t.log(a!), positive],
  ["sin", (a) => t.sin(a!), x],
  ["cos", (a) => t.cos(a!), x],
  ["tanh", (a) => t.tanh(a!), x],
  ["sigmoid", (a) => t.sigmoid(a!), x],
  ["softplus", (a) => t.softplus(a!), x],
  ["relu", (a) => t.relu(a!), x],
  ["leakyRelu", (a) => t.leakyRelu(a!, 0.2), x],
  ["silu", (a) => t.silu(a!), x],
  ["gelu", (a) => t.gelu(a!), x],
  ["elu", (a) => t.elu(a!), x],
  ["clone", (a) => t.clone(a!), x],
  ["sum", (a) => t.sum(a!), x],
  ["sum over the first axis", (a) => t.sum(a!, 0), x],
  ["sum over the last axis", (a) => t.sum(a!, -1, true), x],
  ["sum over the middle axis", (a) => t.sum(a!, 1), cube],
  ["sum over outer axes", (a) => t.sum(a!, [0, 2], true), cube],
  ["mean", (a) => t.mean(a!, [0]), x],
  ["max", (a) => t.max(a!, 1), x],
  ["min", (a) => t.min(a!, 1), x],
  ["matMul", (a, b) => t.matMul(a!, b!), { shape: [2, 3] }, { shape: [3, 2] }],
  ["matMul with a transposed", (a, b) => t.matMul(a!, b!, true), { shape: [3, 2] }, { shape: [3, 2] }],
  ["matMul with b transposed", (a, b) => t.matMul(a!, b!, false, true), { shape: [2, 3] }, { shape: [2, 3] }],
  ["matMul with both transposed", (a, b) => t.matMul(a!, b!, true, true), { shape: [3, 2] }, { shape: [2, 3] }],
  ["matMul of batches", (a, b) => t.matMul(a!, b!), { shape: [2, 2, 3] }, { shape: [2, 3, 2] }],
  ["matMul of a batch and a shared matrix", (a, b) => t.matMul(a!, b!), { shape: [2, 2, 3] }, { shape: [3, 2] }],
  ["matMul with a shared left factor", (a, b) => t.matMul(a!, b!, true), { shape: [3, 2] }, { shape: [2, 3, 2] }],
  ["matMul with crossed batches", (a, b) => t.matMul(a!, b!), { shape: [2, 1, 1, 2] }, { shape: [3, 2, 2] }],
  ["linear", (a, k, b) => t.linear(a!, k!, b!), { shape: [2, 2, 3] }, { shape: [3, 2] }, { shape: [2] }],
  ["linear without bias", (a, k) => t.linear(a!, k!), { shape: [3] }, { shape: [3, 2] }],
  ["transpose", (a) => t.transpose(a!, [1, 2, 0]), cube],
  ["reshape", (a) => t.reshape(a!, [6, -1]), cube],
  ["concat", (a, b) => t.concat([a!, b!], -1), x, column],
  ["split", (a) => t.split(a!, [1, 3], 1)[1]!, x],
  ["slice", (a) => t.slice(a!, [1, 1], [2, -1]), x],
  ["slice of the first axis", (a) => t.slice(a!, [1], [1]), cube],
  ["pad", (a) => t.pad(a!, [[1, 0], [0, 2]], 3), x],
  ["stack", (a, b) => t.stack([a!, b!], 1), x, x],
  ["tile", (a) => t.tile(a!, [2, 1, 3]), cube],
  ["expandDims", (a) => t.expandDims(a!, 1), x],
  ["squeeze", (a) => t.squeeze(a!), column],
  ["broadcastTo", (a) => t.broadcastTo(a!, [2, 3, 4]), column],
  ["softmax", (a) => t.softmax(a!), x],
  ["softmax with a mask", (a, m) => t.softmax(a!, m!), cube, { shape: [3, 1], values: [0, 0.5, 1] }],
  ["logSumExp", (a) => t.logSumExp(a!), x],
  ["layerNorm", (a, g, b) => t.layerNorm(a!, g!, b!, 1e-5), x, row, row],
  ["groupNorm", (a, g, b) => t.groupNorm(a!, 2, g!, b!, 1e-5), { shape: [2, 3, 4] }, row, row],
  ["groupNorm of images", (a, g, b) => t.groupNorm(a!, 1, g!, b!, 1e-5), { shape: [2, 2, 2, 2] }, pair, pair],
  ["gatherRows", (a) => t.gatherRows(a!, t.intTensor([2, 0, 2, 2], [2, 2])), x],
  ["sortBy", (a) => t.sortBy(t.reshape(a!, [2, -1]), t.tensor([3, 1, 2, 6, 4, 5], [2, 3])), { shape: [6] }],
  ["cast", (a) => t.cast(a!, "float32"), x],
  [
    "attention",
    (q, k, v, m) => t.attention(q!, k!, v!, m!),
    { shape: [1, 2, 2, 2] },
    { shape: [1, 2, 3, 2] },
    { shape: [1, 2, 3, 2] },
    { shape: [1, 1, 1, 3], values: [0, -1, 0.5] },
  ],
  [
    "multiHeadAttention",
    (q, k, v) =>
      t.multiHeadAttention(q!, k!, v!, 2, undefined, t.tensor([2, 0, 1, 1, 2, 2, 0, 1, 1, 1, 2, 2], [1, 2, 2, 3])),
    { shape: [1, 2, 4] },
    { shape: [1, 3, 4] },
    { shape: [1, 3, 4] },
  ],
];

for (const [name, op, ...inputs] of CASES) {
  forEachBackend(`${name}: gradient equals finite differences`, () => assertNoLeak(() => assertGradient(op, inputs)));
}
