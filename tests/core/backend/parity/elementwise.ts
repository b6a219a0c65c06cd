import * as t from "../../../../core/tensor/mod.ts";
import { apart, type Case, type Input, type Operation, over, positive, signed, SIZES, smooth } from "./operation.ts";

type Unary = (x: t.Tensor) => t.Tensor;
type Binary = (a: t.Tensor, b: t.Tensor) => t.Tensor;
type Values = (shape: readonly number[], shift?: number) => Input;

/** Vectors, a matrix, more axes, a scalar and an empty batch. */
function unary(op: Unary, values: Values = signed): readonly Case[] {
  const shapes = [...SIZES.map((n) => [n]), [17, 65], [3, 1, 17, 4], [2, 1, 3, 1, 2], [], [0], [0, 3]];
  return over((x) => op(x!), ...shapes.map((shape) => [values(shape)]));
}

/** Values so large or small that a careless formula over- or underflows. */
function extreme(op: Unary, ...lists: readonly (readonly number[])[]): readonly Case[] {
  return lists.map((values) => ({
    name: `at ${values.join(", ")}`,
    inputs: [],
    run: () => op(t.tensor(values)),
  }));
}

const PAIRS: readonly (readonly [readonly number[], readonly number[]])[] = [
  ...SIZES.map((n) => [[n], [n]] as const),
  [[17, 65], [17, 65]],
  [[17, 65], [65]],
  [[65], [17, 65]],
  [[17, 65], [17, 1]],
  [[1, 65], [17, 1]],
  [[17, 65], []],
  [[], [3, 4]],
  [[17, 65], [1]],
  [[3, 1, 17], [4, 1]],
  [[2, 3, 4], [3, 1]],
  [[2, 1, 3, 4], [5, 1, 4]],
  [[2, 1, 3, 1, 4], [3, 1]],
  [[8], [3, 8]],
  [[3, 8], [3, 1]],
  [[0, 5], [5]],
  [[0, 5], [0, 5]],
];

/** All ways of broadcasting. */
function binary(op: Binary, first: Values = signed, second: Values = first): readonly Case[] {
  return over((a, b) => op(a!, b!), ...PAIRS.map(([a, b]) => [first(a), second(b, 1)]));
}

/** The same with a number on either side. */
function withNumber(op: (a: t.Operand, b: t.Operand) => t.Tensor, values: Values = signed): readonly Case[] {
  return [
    ...over((x) => op(x!, 1.5), [values([17])]),
    ...over((x) => op(1.5, x!), [values([17])]),
  ];
}

function arithmetic(op: (a: t.Operand, b: t.Operand) => t.Tensor, values: Values = signed): readonly Case[] {
  return [...binary(op, values), ...withNumber(op, values)];
}

/** Every second value from one list, the rest a little above or below, so that both sides win somewhere. */
const shifted: Values = (shape, shift) => {
  const { values } = apart(shape, shift);
  return { shape, values: (size) => (values(size) as Float32Array).map((value) => value + 0.0125) };
};

/** Operations that work on each value by itself. */
export const ELEMENTWISE = {
  add: smooth(2e-6, arithmetic(t.add)),
  sub: smooth(2e-6, arithmetic(t.sub)),
  mul: smooth(2e-6, arithmetic(t.mul)),
  div: smooth(2e-6, arithmetic(t.div, positive)),
  maximum: smooth(1e-6, binary(t.maximum, apart, shifted), withNumber(t.maximum)),
  minimum: smooth(1e-6, binary(t.minimum, apart, shifted), withNumber(t.minimum)),
  neg: smooth(0, unary(t.neg)),
  abs: smooth(0, unary(t.abs)),
  square: smooth(1e-6, unary(t.square)),
  sqrt: smooth(1e-6, unary(t.sqrt, positive), extreme(t.sqrt, [0, 4], [1e-30, 2e-30], [1e30])),
  pow: smooth(
    2e-6,
    unary((x) => t.pow(x, 3)),
    unary((x) => t.pow(x, 0.7), positive),
    over((x) => t.pow(x!, -1.5), [positive([65])]),
    over((x) => t.pow(x!, 0), [signed([3])]),
  ),
  clip: smooth(0, unary((x) => t.clip(x, -0.475, 0.475), apart)),
  exp: smooth(2e-6, unary(t.exp), extreme(t.exp, [-87, -80], [80, 88], [100], [-200])),
  log: smooth(2e-6, unary(t.log, positive), extreme(t.log, [1e-30, 1e30], [1.001, 0.999, 2], [0])),
  sin: smooth(2e-6, unary(t.sin), extreme(t.sin, [3.1, 6.2, -30, 100, -1000])),
  cos: smooth(2e-6, unary(t.cos), extreme(t.cos, [3.1, 6.2, -30, 100, -1000])),
  checkpoint: smooth(2e-6, unary((x) => t.checkpoint(([a]) => t.sin(t.mul(a!, 2)), [x]))),
  tanh: smooth(2e-6, unary(t.tanh), extreme(t.tanh, [-100, -20, 20, 100], [1e-3, -1e-4, 0.5])),
  sigmoid: smooth(2e-6, unary(t.sigmoid), extreme(t.sigmoid, [-200, -90, 90, 200], [-80])),
  softplus: smooth(2e-6, unary(t.softplus), extreme(t.softplus, [-200, -90, 90, 200], [-20, -10, -1])),
  relu: smooth(0, unary(t.relu)),
  leakyRelu: smooth(1e-6, unary((x) => t.leakyRelu(x, 0.2))),
  elu: smooth(2e-6, unary(t.elu), extreme(t.elu, [-200, 0, 200], [-1e-3, -0.5])),
  silu: smooth(2e-6, unary(t.silu), extreme(t.silu, [-200, 0, 200], [-80])),
  gelu: smooth(2e-6, unary(t.gelu), extreme(t.gelu, [-200, 0, 200], [-5, -4, 1])),
} satisfies Record<string, Operation>;
