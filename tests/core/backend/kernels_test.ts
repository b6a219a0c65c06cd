import { chooseBackend } from "../../../core/backend/mod.ts";
import { filled } from "../../../core/tensor/filled.ts";
import * as t from "../../../core/tensor/mod.ts";
import { crossAttention, selfAttention } from "../../../core/tensor/multi_head_attention.ts";
import { adamStep, blend, sumOfSquares } from "../../../core/tensor/parameter_updates.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, BACKENDS } from "../backends.ts";
import { spread } from "../tensor/finite_differences.ts";

type Work = () => readonly t.Tensor[];

function input(shape: readonly number[], shift = 0): t.Tensor {
  return t.tensor(spread(shape.reduce((a, b) => a * b, 1), shift), shape);
}

async function outputs(work: Work): Promise<{ shape: number[]; data: Float32Array }[]> {
  const made = t.tidy(() => [...work()]);
  const out = await Promise.all(made.map(async (x) => ({ shape: [...x.shape], data: await t.dataOf(x) })));
  t.dispose(made);
  return out;
}

/** Value and gradients of the sum of squares of what `op` makes. */
function differentiated(op: (...tensors: t.Tensor[]) => t.Tensor, ...shapes: (readonly number[])[]): Work {
  return () => {
    const args = shapes.map(input);
    const { value, grads } = t.valueAndGrads(() => ({ value: t.sum(t.square(op(...args))) }), args);
    return [op(...args), value, ...grads];
  };
}

const heads = (mask?: readonly number[], dropout = false) => (q: t.Tensor, k: t.Tensor, v: t.Tensor): t.Tensor =>
  t.multiHeadAttention(
    q,
    k,
    v,
    3,
    mask === undefined ? undefined : t.mul(input(mask, 4), 3),
    dropout ? t.add(input([2, 3, 5, 7], 2), 1) : undefined,
  );

/** Attention to packed keys and values; in the mask, whole rows of the second entry are hidden. */
const packed = (n: number, m: number, dropout = false): Work => {
  const hidden = (): t.Tensor => t.tensor([0, -1e9], [2, 1, 1, 1]);
  const factors = (): t.Tensor | undefined => dropout ? t.add(input([2, 3, n, m], 2), 1) : undefined;
  const cross = differentiated((q, kv) => crossAttention(q!, kv!, 3, hidden(), factors()), [2, n, 6], [2, m, 12]);
  if (n !== m) return cross;
  const self = differentiated((qkv) => selfAttention(qkv!, 3, hidden(), factors()), [2, n, 18]);
  return () => [...cross(), ...self()];
};

const empty: Work = () =>
  [[0, 2, 3], [2, 0, 3], [2, 3, 0], [0, 0, 0]].flatMap(([batch, n, m]) => {
    const op = differentiated((q, kv) => crossAttention(q!, kv!, 3), [batch!, n!, 6], [batch!, m!, 12]);
    return [...op(), ...differentiated((qkv) => selfAttention(qkv!, 3), [batch!, n!, 18])()];
  });

const CONSTANTS = {
  beta1: 0.9,
  beta2: 0.99,
  rootFactor: 1.3,
  epsilon: 1e-3,
  moveFactor: -0.02,
  decayFactor: -1e-3,
};

/** Adam's step and a blend; bit for bit, since every rounding is that of the composition. */
const updates = (n: number): Work => () => [
  ...adamStep(input([n]), input([n], 1), t.square(input([n], 2)), input([n], 3), CONSTANTS),
  blend(input([n]), input([n], 1), 0.3),
];

const TOKENS = [[2, 5, 12], [2, 7, 12], [2, 7, 6]] as const;

// Sizes around the vector width of 4 and its multiples, where loops change over to single values.
const CASES: Readonly<Record<string, Work>> = {
  ...Object.fromEntries([1, 2, 3, 4, 5, 8, 31, 33].flatMap((n) => [
    [`layerNorm of ${n}`, differentiated((x, g, b) => t.layerNorm(x!, g!, b!, 1e-2), [3, n], [n], [n])],
    [
      `groupNorm of ${n} groups`,
      differentiated((x, g, b) => t.groupNorm(x!, n, g!, b!, 1e-2), [2, 5, 3 * n], [3 * n], [3 * n]),
    ],
    [`gelu of ${n}`, differentiated((x) => t.gelu(t.mul(x!, 4)), [n])],
    [`masked softmax of ${n}`, differentiated((x) => t.softmax(x!, t.tensor([0, -1e9, 1], [3, 1])), [3, n])],
    [`leakyRelu of ${n}`, differentiated((x) => t.leakyRelu(x!, 0.3), [n])],
    [`softmax of ${n}`, differentiated((x) => t.softmax(x!), [3, n])],
    [`sum of ${n} columns`, () => [t.sum(input([7, n]), 0), t.sum(input([2, 5, n]), 1), t.sum(input([7, n]), 1)]],
  ])),
  // More places than are added up in float32, far from 0.
  "groupNorm of many places": differentiated(
    (x, g, b) => t.groupNorm(t.add(x!, 100), 2, g!, b!, 1e-2),
    [2, 2500, 6],
    [6],
    [6],
  ),
  "groupNorm of nothing": () => [t.groupNorm(input([0, 5, 6]), 2, input([6]), input([6]), 1e-2)],
  "values written by the host": () =>
    [[], [0], [3], [17, 5], [2, 0, 3]].map((shape) =>
      filled(shape, (out) => out.forEach((_, i) => out[i] = Math.fround(1 / (i + 1))))
    ),
  "sums of squares": () => [0, 1, 3, 17, 65, 5000].map((n) => sumOfSquares(input([n]))),
  "sum of many values": () => [t.sum(input([3, 5000]), 1), t.sum(input([3, 5000])), t.sum(input([5000, 3]), 0)],
  "slices": () => [
    t.slice(input([3, 4, 5]), [1], [2]),
    t.slice(input([3, 4, 5]), [0, 1], [3, 2]),
    t.slice(input([3, 4, 5]), [0, 0, 4], [3, 4, 1]),
    t.slice(input([3, 4, 5]), [1, 1, 1], [1, 2, 3]),
    t.slice(input([3, 4, 5]), [0, 0, 2], [3, 4, 0]),
    t.slice(t.intTensor([1, 2, 3, 4], [2, 2]), [0, 1], [2, 1]),
  ],
  "splits": () => [
    ...t.split(input([4, 6]), 3, 1),
    ...t.split(input([4, 6]), [1, 3], 0),
    ...t.split(input([2, 6]), [0, 6], -1),
  ],
  "concatenations": () => [
    t.concat([input([2, 3]), input([2, 1], 1)], 1),
    t.concat([input([2, 3]), input([1, 3], 1), input([0, 3])], 0),
    t.concat([input([2, 3, 2]), input([2, 1, 2], 1)], -2),
    t.concat([t.intTensor([1, 2]), t.intTensor([3])], 0),
    t.concat([input([0, 2]), input([0, 2])], 0),
  ],
  "broadcasts": () => [
    t.broadcastTo(input([4]), [3, 4]),
    t.broadcastTo(input([3, 1]), [3, 4]),
    t.broadcastTo(input([1, 3, 1]), [2, 3, 5]),
    t.broadcastTo(input([2, 1, 3]), [2, 7, 3]),
    t.broadcastTo(t.scalar(3), [2, 2]),
    t.broadcastTo(input([2, 2]), [2, 2]),
  ],
  "attention": differentiated(heads() as never, ...TOKENS),
  "attention with a mask per key": differentiated(heads([2, 1, 1, 7]) as never, ...TOKENS),
  "attention with a mask per query": differentiated(heads([5, 7]) as never, ...TOKENS),
  "attention with a mask per head": differentiated(heads([3, 1, 7]) as never, ...TOKENS),
  "attention with a narrow mask": differentiated(heads([2, 1, 5, 1]) as never, ...TOKENS),
  ...Object.fromEntries([1, 3, 17, 63, 65].flatMap((n) => [
    [`packed attention of ${n}`, packed(n, n)],
    [`packed attention of ${n} with dropout`, packed(n, n, true)],
    [`packed attention to ${n}`, packed(5, n)],
    [`packed attention to ${n} with dropout`, packed(2, n, true)],
  ])),
  "attention of nothing": empty,
  "attention with dropout": differentiated(heads([2, 3, 5, 7], true) as never, ...TOKENS),
};

for (const backend of BACKENDS.filter((name) => name !== "cpu")) {
  for (const [name, work] of Object.entries(CASES)) {
    Deno.test(`${name}: ${backend} agrees with cpu`, async () => {
      await chooseBackend("cpu");
      const expected = await outputs(work);
      await chooseBackend(backend);
      await assertNoLeak(async () => {
        const actual = await outputs(work);
        assertEquals(actual.map(({ shape }) => shape), expected.map(({ shape }) => shape));
        actual.forEach(({ data }, i) => {
          const reference = expected[i]!.data;
          const scale = reference.reduce((top, value) => Math.max(top, Math.abs(value)), 1e-6);
          const error = reference.reduce((top, value, j) => Math.max(top, Math.abs(value - data[j]!)), 0) / scale;
          assert(error <= 2e-5, `output ${i} differs by ${error}`);
        });
      });
    });
  }

  // A graphics card may round divisions and roots otherwise.
  for (const n of backend === "webgpu" ? [] : [0, 1, 3, 17, 63, 65, 1000]) {
    Deno.test(`updates of ${n} parameters are those of cpu on ${backend}, bit for bit`, async () => {
      await chooseBackend("cpu");
      const expected = await outputs(updates(n));
      await chooseBackend(backend);
      await assertNoLeak(async () => assertEquals(await outputs(updates(n)), expected));
    });
  }

  Deno.test(`updates refuse tensors of different sizes on ${backend}`, async () => {
    await chooseBackend(backend);
    if (backend === "webgpu") return;
    assertThrows(
      () => t.tidy(() => adamStep(input([3]), input([3]), input([2]), input([3]), CONSTANTS)),
      TypeError,
      "second has shape [2]",
    );
    assertThrows(() => t.tidy(() => blend(input([3]), input([1]), 0.5)), TypeError, "they must be equal");
  });

  Deno.test(`not-a-number passes through the vector kernels on ${backend}`, async () => {
    await chooseBackend(backend);
    const results = await outputs(() => {
      const x = t.tensor([NaN, 1, 2, 3, 4, 5], [1, 6]);
      const y = t.tensor([1, 2, 3, 4, 5, NaN], [1, 6]);
      const tokens = t.reshape(x, [1, 6, 1]);
      return [x, y].flatMap((z) => [
        t.sum(z, 1),
        t.softmax(z),
        t.gelu(z),
        t.layerNorm(z, t.ones([6]), t.zeros([6]), 1e-5),
        t.groupNorm(z, 2, t.ones([6]), t.zeros([6]), 1e-5),
        t.multiHeadAttention(tokens, tokens, tokens, 1),
      ]);
    });
    for (const { data } of results) assert(data.some(Number.isNaN));
  });

  Deno.test(`the heap of ${backend} refuses what does not fit`, async () => {
    await chooseBackend(backend);
    if (backend === "webgpu") return;
    await assertNoLeak(() => {
      // A little more than 4 GiB would wrap around to a little more than nothing.
      assertThrows(() => t.tidy(() => t.zeros([2 ** 30 + 4])), RangeError, "WebAssembly heap ends at 4 GiB");
    });
  });
}
