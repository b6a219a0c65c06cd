import { chooseBackend } from "../../../core/backend/mod.ts";
import {
  dataOf,
  dispose,
  linear,
  matMul,
  memory,
  multiHeadAttention,
  square,
  sum,
  tensor,
  tidy,
  valueAndGrads,
  zeros,
} from "../../../core/tensor/mod.ts";
import { assert, assertEquals } from "../../assert.ts";
import { BACKENDS, forEachBackend } from "../backends.ts";
import { spread } from "../tensor/finite_differences.ts";

const ignore = !BACKENDS.includes("native");

type Shape = readonly number[];

function swapLast(shape: Shape): Shape {
  return [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
}

function filled(shape: Shape, shift: number): { data: Float32Array; shape: Shape } {
  return { data: spread(shape.reduce((a, b) => a * b, 1), shift), shape };
}

async function product(a: Shape, b: Shape, transposeA: boolean, transposeB: boolean): Promise<Float32Array> {
  const left = filled(a, 1);
  const right = filled(b, 2);
  const tensors = [tensor(left.data, a), tensor(right.data, b)] as const;
  const out = matMul(...tensors, transposeA, transposeB);
  const data = await dataOf(out);
  dispose([...tensors, out]);
  return data;
}

function assertClose(actual: Float32Array, expected: Float32Array, what: string): void {
  assertEquals(actual.length, expected.length, what);
  const scale = expected.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!) / Math.max(scale, 1e-30);
    assert(error <= 1e-5, `${what}, entry ${i}: ${actual[i]} instead of ${expected[i]}`);
  }
}

const SHAPES: readonly (readonly [a: Shape, b: Shape])[] = [
  [[1, 1], [1, 1]],
  [[3, 5], [5, 7]],
  [[1, 17], [17, 1]],
  [[31, 1], [1, 33]],
  [[65, 129], [129, 63]],
  [[9, 600], [600, 17]],
  // More than one packed block along each axis.
  [[131, 259], [259, 1029]],
  [[6, 5, 7], [6, 7, 3]],
  [[6, 5, 7], [7, 3]],
  [[5, 7], [6, 7, 3]],
  [[2, 1, 5, 7], [3, 7, 4]],
  [[2, 1, 3, 5, 7], [4, 1, 7, 2]],
  [[1, 5, 7], [1, 1, 7, 2]],
  [[4, 5, 0], [4, 0, 3]],
  [[0, 5, 2], [0, 2, 3]],
];

for (const backend of BACKENDS.filter((name) => name !== "cpu")) {
  Deno.test(`products of ${backend} equal those of cpu`, async () => {
    for (const [a, b] of SHAPES) {
      for (const transposeA of [false, true]) {
        for (const transposeB of [false, true]) {
          const args = [transposeA ? swapLast(a) : a, transposeB ? swapLast(b) : b, transposeA, transposeB] as const;
          await chooseBackend("cpu");
          const expected = await product(...args);
          await chooseBackend(backend);
          assertClose(await product(...args), expected, `[${args[0]}] x [${args[1]}], ${transposeA}, ${transposeB}`);
        }
      }
    }
  });
}

for (const backend of BACKENDS.filter((name) => name !== "cpu")) {
  Deno.test(`linear maps of ${backend} equal those of cpu`, async () => {
    const run = async (rows: number): Promise<Float32Array> => {
      const tensors = [
        tensor(spread(rows * 9), [rows, 9]),
        tensor(spread(45), [9, 5]),
        tensor(spread(5), [5]),
      ] as const;
      const out = linear(...tensors);
      const data = await dataOf(out);
      dispose([...tensors, out]);
      return data;
    };
    for (const rows of [0, 1, 2, 3, 64, 1000]) {
      await chooseBackend("cpu");
      const expected = await run(rows);
      await chooseBackend(backend);
      assertClose(await run(rows), expected, `${rows} rows`);
    }
  });
}

Deno.test({ name: "native products repeat to the bit", ignore }, async () => {
  await chooseBackend("native");
  const once = await product([4, 200, 300], [300, 100], false, false);
  for (let i = 0; i < 5; i++) assertEquals(await product([4, 200, 300], [300, 100], false, false), once);
});

forEachBackend("a step repeats to the bit", async () => {
  const step = async (): Promise<Float32Array[]> => {
    const x = tensor(spread(40 * 24), [2, 20, 24]);
    const kernel = tensor(spread(24 * 24, 3), [24, 24]);
    const results = tidy(() => {
      const { value, grads } = valueAndGrads(() => {
        const y = linear(x, kernel);
        return { value: sum(square(multiHeadAttention(y, y, x, 4))) };
      }, [x, kernel]);
      return [value, ...grads];
    });
    const data = await Promise.all(results.map(dataOf));
    dispose([x, kernel, ...results]);
    return data;
  };
  assertEquals(await step(), await step());
});

Deno.test({ name: "native products go on while the heap grows, and leave nothing behind", ignore }, async () => {
  await chooseBackend("native");
  const before = memory();
  const expected = await product([50, 60], [70, 60], false, true);
  const ballast = [];
  for (let i = 0; i < 10; i++) {
    ballast.push(zeros([16 * 1024 * 1024]));
    assertEquals(await product([50, 60], [70, 60], false, true), expected);
  }
  assert(memory().numBytes - before.numBytes >= 640 * 2 ** 20);
  dispose(ballast);
  for (let i = 0; i < 100; i++) await product([50, 60], [70, 60], false, true);
  assertEquals(memory(), before);
});
