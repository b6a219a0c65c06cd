import * as t from "../../../../core/tensor/mod.ts";
import { call, type Case, type Operation, over, signed, SIZES, smooth } from "./operation.ts";

type Shape = readonly number[];

function swapLast(shape: Shape): Shape {
  return [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
}

const FACTORS: readonly (readonly [a: Shape, b: Shape])[] = [
  [[1, 1], [1, 1]],
  [[3, 17], [17, 3]],
  [[1, 65], [65, 1]],
  [[63, 1], [1, 65]],
  [[65, 63], [63, 17]],
  [[40, 300], [300, 36]],
  [[2, 33, 17], [2, 17, 34]],
  [[3, 17, 5], [5, 7]],
  [[5, 7], [3, 7, 4]],
  [[1, 5, 7], [3, 7, 4]],
  [[2, 1, 3, 5, 7], [4, 1, 7, 2]],
  [[3, 5, 7], [1, 1, 7, 2]],
  [[0, 3], [3, 4]],
  [[3, 4], [4, 0]],
  [[3, 0], [0, 4]],
  [[0, 5, 2], [0, 2, 3]],
  [[0, 5, 2], [2, 3]],
  [[5, 2], [0, 2, 3]],
  [[4, 5, 0], [4, 0, 3]],
];

const TRANSPOSES = [[false, false], [true, false], [false, true], [true, true]] as const;

/** Every pair of factors under every transposition. */
const PRODUCTS_OF_PAIRS: readonly Case[] = TRANSPOSES.flatMap(([transposeA, transposeB]) =>
  FACTORS.map(([a, b]) => {
    const shapes = [transposeA ? swapLast(a) : a, transposeB ? swapLast(b) : b] as const;
    return call(
      `[${shapes[0]}]${transposeA ? "ᵀ" : ""} [${shapes[1]}]${transposeB ? "ᵀ" : ""}`,
      (left, right) => t.matMul(left!, right!, transposeA, transposeB),
      signed(shapes[0]),
      signed(shapes[1], 1),
    );
  })
);

// The gradient's inner size is the number of rows: above 2,000 WebGPU splits it over work groups.
const LONG: readonly Case[] = over((a, b) => t.matMul(a!, b!), [signed([16, 2100]), signed([2100, 16], 1)]);

function heads(count: number, mask?: Shape, dropout = false): Case["run"] {
  return (q, k, v) => {
    const [batch, rows, keys] = [q!.shape[0]!, q!.shape[1]!, k!.shape[1]!];
    const fill = (shape: Shape, shift: number): t.Tensor =>
      t.tensor(signed(shape, shift).values(shape.reduce((x, y) => x * y, 1)), shape);
    return t.multiHeadAttention(
      q!,
      k!,
      v!,
      count,
      mask === undefined ? undefined : fill(mask, 4),
      dropout ? t.add(fill([batch, count, rows, keys], 2), 1) : undefined,
    );
  };
}

const TOKENS = [signed([2, 5, 12]), signed([2, 7, 12], 1), signed([2, 7, 6], 2)] as const;

/** Products and the layers built on them. */
export const PRODUCTS = {
  matMul: smooth(
    4e-6,
    PRODUCTS_OF_PAIRS,
    LONG,
    over((a, b) => t.matMul(a!, b!), [signed([2, 3, 0]), signed([0, 4], 1)]),
  ),
  linear: smooth(
    3e-6,
    over(
      (x, kernel, bias) => t.linear(x!, kernel!, bias),
      ...SIZES.map((n) => [signed([n, 17]), signed([17, 5], 1), signed([5], 2)]),
      [signed([2, 17, 3]), signed([3, 65], 1), signed([65], 2)],
      [signed([2, 3, 4, 8]), signed([8, 4], 1), signed([4], 2)],
      [signed([7]), signed([7, 3], 1), signed([3], 2)],
      [signed([17, 3]), signed([3, 4], 1)],
      [signed([0, 3]), signed([3, 4], 1), signed([4], 2)],
      [signed([2, 0, 3]), signed([3, 4], 1), signed([4], 2)],
      [signed([2, 3, 0]), signed([0, 4], 1), signed([4], 2)],
      [signed([300, 130]), signed([130, 140], 1), signed([140], 2)],
    ),
  ),
  attention: smooth(
    3e-6,
    over(
      (q, k, v, mask, dropout) => t.attention(q!, k!, v!, mask, dropout),
      [signed([2, 3, 5, 4]), signed([2, 3, 7, 4], 1), signed([2, 3, 7, 2], 2)],
      [signed([1, 1, 1, 1]), signed([1, 1, 1, 1], 1), signed([1, 1, 1, 1], 2)],
      [signed([1, 2, 17, 3]), signed([1, 2, 65, 3], 1), signed([1, 2, 65, 5], 2), signed([1, 1, 1, 65], 3)],
      [
        signed([2, 3, 5, 4]),
        signed([2, 3, 7, 4], 1),
        signed([2, 3, 7, 2], 2),
        signed([5, 7], 3),
        signed([2, 3, 5, 7], 4),
      ],
      [signed([0, 3, 5, 4]), signed([0, 3, 7, 4], 1), signed([0, 3, 7, 2], 2)],
    ),
  ),
  multiHeadAttention: smooth(
    3e-6,
    over(heads(3), TOKENS, [signed([0, 5, 12]), signed([0, 7, 12]), signed([0, 7, 6])]),
    over(heads(1), ...SIZES.map((n) => [signed([1, n, 4]), signed([1, 17, 4], 1), signed([1, 17, 3], 2)])),
    over(heads(2), ...SIZES.map((n) => [signed([2, 3, 8]), signed([2, n, 8], 1), signed([2, n, 4], 2)])),
    [
      call("a mask per key", heads(3, [2, 1, 1, 7]), ...TOKENS),
      call("a mask per query", heads(3, [5, 7]), ...TOKENS),
      call("a mask per head", heads(3, [3, 1, 7]), ...TOKENS),
      call("a narrow mask", heads(3, [2, 1, 5, 1]), ...TOKENS),
      call("dropout", heads(3, [2, 1, 1, 7], true), ...TOKENS),
    ],
  ),
} satisfies Record<string, Operation>;
