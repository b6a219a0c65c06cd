import * as t from "../../../../core/tensor/mod.ts";
import { at, attention, broadcastShape, generate, type Matrix, product, type Shape, sizeOf, whole } from "./host.ts";

/** Draws whole numbers from 0 to `below - 1`. */
export type Draw = (below: number) => number;

/** One call with random shapes. */
export interface FuzzCase {
  /** Inputs. */
  readonly inputs: readonly Matrix[];
  /** The call. */
  readonly run: (...inputs: t.Tensor[]) => readonly t.Tensor[];
  /** What it has to give. */
  readonly expected: () => readonly Matrix[];
  /** Largest difference; 0 where the arithmetic is exact. */
  readonly tolerance: number;
}

/** Mostly a few, now and then none, or more than a vector, a panel and a tile hold. */
function length(draw: Draw): number {
  const kind = draw(40);
  return kind === 0 ? 0 : kind < 12 ? 1 + draw(70) : 1 + draw(9);
}

function shapeOf(draw: Draw, rank: number): Shape {
  // Long axes only where there are few, so that a case stays small.
  return Array.from({ length: rank }, () => rank > 2 ? (draw(30) === 0 ? 0 : 1 + draw(7)) : length(draw));
}

/** A shape that broadcasts to another: axes dropped in front or shortened to 1. */
function narrowed(draw: Draw, shape: Shape): Shape {
  return shape.slice(draw(3) === 0 ? draw(shape.length + 1) : 0).map((size) => draw(3) === 0 ? 1 : size);
}

function swapIf(swap: boolean, [a, b]: readonly [number, number]): Shape {
  return swap ? [b, a] : [a, b];
}

function exact(inputs: readonly Matrix[], run: FuzzCase["run"], expected: FuzzCase["expected"]): FuzzCase {
  return { inputs, run, expected, tolerance: 0 };
}

function products(draw: Draw): FuzzCase {
  const batch = Array.from({ length: draw(4) }, () => draw(25) === 0 ? 0 : 1 + draw(3));
  const [m, n, inner] = [length(draw), length(draw), draw(60) === 0 ? 250 + draw(50) : length(draw)];
  const [transposeA, transposeB] = [draw(2) === 1, draw(2) === 1];
  const batches = draw(2) === 0 ? [batch, narrowed(draw, batch)] : [narrowed(draw, batch), batch];
  // Without features there is no number of rows to infer.
  const k = batches[1]!.length === 0 ? Math.max(1, inner) : inner;
  const a = whole([...batches[0]!, ...swapIf(transposeA, [m, k])], 1);
  const b = whole([...batches[1]!, ...swapIf(transposeB, [k, n])], 2);
  return exact(
    [a, b],
    (x, y) => [t.matMul(x!, y!, transposeA, transposeB)],
    () => [product(a, b, transposeA, transposeB)],
  );
}

function linear(draw: Draw): FuzzCase {
  const [inputs, outputs] = [Math.max(1, length(draw)), length(draw)];
  const x = whole([...shapeOf(draw, 1 + draw(2)), inputs], 1);
  const kernel = whole([inputs, outputs], 2);
  const bias = whole([outputs], 3);
  const rows = { shape: [sizeOf(x.shape.slice(0, -1)), inputs], data: x.data };
  const shape = [...x.shape.slice(0, -1), outputs];
  const plain = (): Float32Array => product(rows, kernel, false, false).data;
  return draw(4) === 0 ? exact([x, kernel], (a, b) => [t.linear(a!, b!)], () => [{ shape, data: plain() }]) : exact(
    [x, kernel, bias],
    (a, b, c) => [t.linear(a!, b!, c!)],
    () => [{ shape, data: plain().map((value, i) => value + bias.data[i % outputs]!) }],
  );
}

function attentions(draw: Draw): FuzzCase {
  const [batch, rows, keys, heads] = [1 + draw(3), 1 + draw(9), 1 + draw(20), 1 + draw(3)];
  const inputs = [
    whole([batch, rows, heads * (1 + draw(6))], 1),
    whole([batch, keys, 0], 2),
    whole([batch, keys, heads * (1 + draw(6))], 3),
  ];
  inputs[1] = whole([batch, keys, inputs[0]!.shape[2]!], 2);
  const [q, k, v] = inputs as [Matrix, Matrix, Matrix];
  return {
    inputs,
    run: (...x) => [t.multiHeadAttention(x[0]!, x[1]!, x[2]!, heads)],
    expected: () => [attention(q, k, v, heads)],
    // Values up to 4.
    tolerance: 1e-5,
  };
}

function slices(draw: Draw): FuzzCase {
  const x = whole(shapeOf(draw, 1 + draw(4)), 1);
  const begin = x.shape.map((size) => draw(2) === 0 ? 0 : draw(size + 1));
  const size = x.shape.map((length, axis) => {
    const rest = length - begin[axis]!;
    return draw(2) === 0 ? rest : draw(rest + 1);
  });
  return exact(
    [x],
    (a) => [t.slice(a!, begin, size)],
    () => [generate(size, (c) => x.data[at(x.shape, c.map((i, axis) => x.shape[axis] === 1 ? 0 : i + begin[axis]!))]!)],
  );
}

function cuts(draw: Draw, shape: Shape, axis: number): readonly number[] {
  const parts: number[] = [];
  for (let rest = shape[axis]!; rest > 0;) {
    const part = draw(12) === 0 ? 0 : 1 + draw(rest);
    parts.push(part);
    rest -= part;
  }
  return parts.length === 0 ? [0] : parts;
}

/** Pieces of a tensor along an axis. */
function pieces(x: Matrix, parts: readonly number[], axis: number): readonly Matrix[] {
  let begin = 0;
  return parts.map((part) => {
    const from = begin;
    begin += part;
    const shape = x.shape.with(axis, part);
    return generate(shape, (c) => x.data[at(x.shape, c.with(axis, c[axis]! + from))] ?? NaN);
  });
}

function splits(draw: Draw): FuzzCase {
  const x = whole(shapeOf(draw, 1 + draw(4)), 1);
  const axis = draw(x.shape.length);
  const parts = cuts(draw, x.shape, axis);
  return exact(
    [x],
    (a) => t.split(a!, parts, draw(2) === 0 ? axis : axis - x.shape.length),
    () => pieces(x, parts, axis),
  );
}

function concatenations(draw: Draw): FuzzCase {
  const x = whole(shapeOf(draw, 1 + draw(4)), 1);
  const axis = draw(x.shape.length);
  return exact(pieces(x, cuts(draw, x.shape, axis), axis), (...parts) => [t.concat(parts, axis)], () => [x]);
}

function broadcasts(draw: Draw): FuzzCase {
  const shape = shapeOf(draw, 1 + draw(4));
  const x = whole(narrowed(draw, shape), 1);
  const to = broadcastShape(x.shape, shape);
  return exact([x], (a) => [t.broadcastTo(a!, to)], () => [generate(to, (c) => x.data[at(x.shape, c)]!)]);
}

function sums(draw: Draw): FuzzCase {
  const x = whole(shapeOf(draw, 1 + draw(4)), 1);
  const axes = x.shape.flatMap((_, axis) => draw(2) === 0 ? [axis] : []);
  const shape = x.shape.map((size, axis) => axes.includes(axis) ? 1 : size);
  const expected = (): readonly Matrix[] => {
    const out = { shape, data: new Float32Array(sizeOf(shape)) };
    generate(x.shape, (c) => out.data[at(shape, c)]! += x.data[at(x.shape, c)]!);
    return [out];
  };
  return exact([x], (a) => [t.sum(a!, axes, true)], expected);
}

function rectifiers(draw: Draw): FuzzCase {
  const x = whole(shapeOf(draw, draw(3)), 1);
  const expected = x.data.map((value) => value > 0 ? value : value / 4);
  return exact([x], (a) => [t.leakyRelu(a!, 0.25)], () => [{ shape: x.shape, data: expected }]);
}

function norms(draw: Draw): FuzzCase {
  const [rows, size] = [length(draw), 1 + draw(70)];
  const inputs = [whole([rows, size], 1), whole([size], 2), whole([size], 3)] as const;
  const [x, gamma, beta] = inputs;
  const epsilon = 0.5;
  const expected = (): readonly Matrix[] => {
    const stats = Array.from({ length: rows }, (_, row) => {
      const values = x.data.subarray(row * size, (row + 1) * size);
      const mean = values.reduce((sum, value) => sum + value, 0) / size;
      return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size };
    });
    return [generate(x.shape, ([row, column]) => {
      const { mean, variance } = stats[row!]!;
      const unit = (x.data[row! * size + column!]! - mean) / Math.sqrt(variance + epsilon);
      return unit * gamma.data[column!]! + beta.data[column!]!;
    })];
  };
  return { inputs, run: (a, b, c) => [t.layerNorm(a!, b!, c!, epsilon)], expected, tolerance: 1e-5 };
}

/** Kinds of calls; products are the most frequent. */
export const KINDS: readonly ((draw: Draw) => FuzzCase)[] = [
  products,
  products,
  products,
  products,
  linear,
  attentions,
  slices,
  splits,
  concatenations,
  broadcasts,
  sums,
  rectifiers,
  norms,
];
