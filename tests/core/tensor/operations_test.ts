import * as t from "../../../core/tensor/mod.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";

async function values(make: () => t.Tensor): Promise<number[]> {
  const out = t.tidy(make);
  const data = await t.dataOf(out);
  t.dispose([out]);
  return Array.from(data);
}

function assertClose(actual: readonly number[], expected: readonly number[], tolerance = 2e-6): void {
  assertEquals(actual.length, expected.length);
  expected.forEach((value, i) => assertAlmostEquals(actual[i]!, value, tolerance * Math.max(1, Math.abs(value))));
}

// SciPy 1.10.1 in float64: x * (1 + erf(x / sqrt(2))) / 2, x * expit(x), logaddexp(0, x), softmax(x), logsumexp(x).
forEachBackend("activations equal SciPy's values", async () => {
  const x = [-3, -0.5, 0, 0.7, 2];
  const at = (op: (x: t.Tensor) => t.Tensor): Promise<number[]> => values(() => op(t.tensor(x)));
  assertClose(await at(t.gelu), GELU);
  assertClose(await at(t.silu), SILU);
  assertClose(await at(t.softplus), SOFTPLUS);
  assertClose(await at((y) => t.leakyRelu(y, 0.01)), [-0.03, -0.005, 0, 0.7, 2]);
  assertClose(await at(t.softmax), SOFTMAX);
  assertClose(await at(t.logSumExp), [LOG_SUM_EXP]);
});

const GELU = [-0.00404969409489031, -0.15426876936299347, 0.0, 0.5306254434438489, 1.9544997361036416];
const SILU = [-0.14227761953270035, -0.1887703343990727, 0.0, 0.46773144051771626, 1.7615941559557646];
const SOFTPLUS = [0.04858735157374206, 0.4740769841801067, 0.6931471805599453, 1.103186048885458, 2.1269280110429727];
const SOFTMAX = [
  0.004501898790345798,
  0.054844354825085956,
  0.09042305437794441,
  0.18208967057133568,
  0.6681410214352881,
];
const LOG_SUM_EXP = 2.403256017792992;

// SciPy 1.10.1 in float64: x, x ndtr(x), and the derivative ndtr(x) + x exp(-x x / 2) / sqrt(2 pi).
const GELU_TAILS: readonly (readonly [x: number, value: number, slope: number])[] = [
  [-9, -1.01572957e-18, -9.13893737e-18],
  [-6, -5.91952587e-9, -3.54687095e-8],
  [-5.5, -1.04442594e-7, -5.7334724e-7],
  [-4, -0.000126684967, -0.000503649661],
  [-2.25, -0.0275050635, -0.059189744],
  [-1, -0.158655254, -0.0833154706],
  [-0.75, -0.169970514, 0.000774278261],
  [0, 0, 0.5],
  [0.75, 0.580029486, 0.999225722],
  [1.5, 1.3997892, 1.12746919],
  [4, 3.99987332, 1.00050365],
  [5.5, 5.4999999, 1.00000057],
  [9, 9, 1],
];

forEachBackend("gelu() and its derivative equal SciPy's values far from 0 to 1e-6", async () => {
  const x = GELU_TAILS.map(([at]) => at);
  assertClose(await values(() => t.gelu(t.tensor(x))), GELU_TAILS.map(([, value]) => value), 1e-6);
  assertClose(await slopesOf(t.gelu, x), GELU_TAILS.map(([, , slope]) => slope), 1e-6);
});

forEachBackend("softmax() is the quotient of exponentials to 1e-6 of each weight", async () => {
  const scores = Float32Array.from({ length: 203 }, (_, i) => -0.43 * ((i * 37) % 203));
  const exact = Array.from(scores, (score) => Math.exp(score));
  const total = exact.reduce((sum, value) => sum + value, 0);
  const weights = await values(() => t.softmax(t.tensor(scores)));
  // Smaller weights are no normal float32.
  weights.forEach((weight, i) => {
    const want = exact[i]! / total;
    if (want > 1e-37) assertAlmostEquals(weight / want, 1, 1e-6);
  });
});

// SciPy 1.10.1 in float64: expm1(x) below 0.
forEachBackend("elu() equals SciPy's expm1() below 0 and has derivative 1 at 0", async () => {
  const out = await values(() => t.elu(t.tensor([-3, -0.5, 0, 0.7, 2])));
  assertClose(out, [-0.9502129316, -0.3934693403, 0, 0.7, 2]);
  const slopes = await slopesOf(t.elu, [-3, 0, 2]);
  assertClose(slopes, [Math.exp(-3), 1, 1]);
});

/** Derivative of the sum of an operation's results. */
function slopesOf(op: (x: t.Tensor) => t.Tensor, at: readonly number[]): Promise<number[]> {
  return values(() => {
    const x = t.tensor(at);
    return t.valueAndGrads(() => ({ value: t.sum(op(x)) }), [x]).grads[0]!;
  });
}

forEachBackend("abs() has derivative 0 at 0", async () => {
  assertEquals(await slopesOf(t.abs, [-2, 0, 3, -0]), [-1, 0, 1, 0]);
  assertEquals(await slopesOf(t.relu, [-2, 0, 3]), [0, 0, 1]);
});

forEachBackend("clone() survives its original, with type and bits", async () => {
  await assertNoLeak(async () => {
    // A subnormal and a negative zero would not survive arithmetic everywhere.
    const numbers = Float32Array.of(1.1, -2.5e-40, 3.3e38, -0, -1);
    const whole = Int32Array.of(2 ** 24 + 1, -7);
    const originals = [t.tensor(numbers), t.intTensor(whole)];
    const [a, b] = originals.map(t.clone);
    t.dispose(originals);
    assertEquals([a!.dtype, b!.dtype, b!.shape], ["float32", "int32", [2]]);
    assertEquals(new Int32Array((await a!.data<"float32">()).slice().buffer), new Int32Array(numbers.buffer));
    assertEquals(Int32Array.from(await b!.data()), whole);
    t.dispose([a!, b!]);
  });
});

forEachBackend("collect() takes over what a function makes and frees it if that throws", async () => {
  await assertNoLeak(async () => {
    const given = t.tensor([1, 2]);
    const { value, tensors } = t.collect(() => {
      const hidden = t.mul(given, 3);
      const freed = t.mul(given, 4);
      t.dispose([freed]);
      const kept = t.keep(t.mul(given, 5));
      return { kept, read: () => t.add(hidden, 1), passed: t.tidy(() => ({ given, six: t.mul(t.mul(given, 2), 3) })) };
    });
    assertEquals(tensors.length, 2);
    assertEquals(await values(value.read), [4, 7]);
    t.dispose(tensors);
    assertEquals([given.isDisposed, value.kept.isDisposed, value.passed.six.isDisposed], [false, false, true]);
    assertThrows(
      () =>
        t.collect(() => {
          throw new RangeError(`stop at ${t.mul(given, 2).shape}`);
        }),
      RangeError,
      "stop at 2",
    );
    t.dispose([given, value.kept]);
  });
});

forEachBackend("groupNorm() normalises groups of channels over all places", async () => {
  const [batch, places, channels, groups] = [2, 6, 4, 2];
  const data = Float32Array.from({ length: batch * places * channels }, (_, i) => 3 + Math.sin(1.3 * i) * (1 + i % 5));
  const [gain, shift] = [[1, 2, -1, 0.5], [0, 1, 0.25, -2]];
  const out = await values(() =>
    t.groupNorm(t.tensor(data, [batch, 2, 3, channels]), groups, t.tensor(gain), t.tensor(shift), 1e-5)
  );
  const expected = Array.from(data, (value, i) => {
    const [row, channel] = [Math.floor(i / (places * channels)), i % channels];
    const group = Math.floor(channel * groups / channels);
    const others = data.filter((_, j) =>
      Math.floor(j / (places * channels)) === row && Math.floor((j % channels) * groups / channels) === group
    );
    const mean = others.reduce((a, b) => a + b, 0) / others.length;
    const variance = others.reduce((a, b) => a + (b - mean) ** 2, 0) / others.length;
    return (value - mean) / Math.sqrt(variance + 1e-5) * gain[channel]! + shift[channel]!;
  });
  assertClose(out, expected, 1e-5);
});

forEachBackend("softmax() drops masked entries and stays finite where all are masked", async () => {
  const masked = await values(() => t.softmax(t.tensor([1, 2, 3, 1, 1, 1], [2, 3]), t.tensor([0, 0, -1e9], [3])));
  assertClose(masked.slice(0, 3), [1 / (1 + Math.E), Math.E / (1 + Math.E), 0]);
  const all = await values(() => t.softmax(t.tensor([1, 2], [1, 2]), t.fill([2], -1e9)));
  assertEquals(all.every(Number.isFinite), true);
});

forEachBackend("layerNorm() normalises rows", async () => {
  const rows = await values(() =>
    t.layerNorm(t.tensor([1, 2, 3, 4, 10, 10, 10, 14], [2, 4]), t.tensor([1, 1, 1, 2]), t.tensor([0, 0, 0, 1]), 1e-5)
  );
  const s = Math.sqrt(1.25 + 1e-5);
  const r = Math.sqrt(3 + 1e-5);
  assertClose(rows, [-1.5 / s, -0.5 / s, 0.5 / s, 1 + 3 / s, -1 / r, -1 / r, -1 / r, 1 + 6 / r]);
});

forEachBackend("multiHeadAttention() equals attention per head", async () => {
  const q = [0.1, -0.4, 0.3, 0.9, 0.5, 0.2, -0.7, 0.8];
  const both = await values(() => {
    const x = t.tensor(q, [1, 2, 4]);
    return t.multiHeadAttention(x, x, x, 2);
  });
  const heads = await Promise.all([0, 2].map((from) =>
    values(() => {
      const x = t.reshape(t.slice(t.tensor(q, [1, 2, 4]), [0, 0, from], [1, 2, 2]), [1, 1, 2, 2]);
      return t.attention(x, x, x);
    })
  ));
  const [a, b] = heads as [number[], number[]];
  assertClose(both, [a[0]!, a[1]!, b[0]!, b[1]!, a[2]!, a[3]!, b[2]!, b[3]!]);
});

forEachBackend("sum() agrees with the host over every choice of axes", async () => {
  const shape = [3, 1, 4, 5];
  const data = Float32Array.from({ length: 60 }, (_, i) => Math.cos(i));
  for (const axes of [[0], [1], [2], [3], [0, 1], [0, 3], [1, 2], [2, 3], [0, 2], [0, 1, 2], [0, 1, 2, 3], []]) {
    const expected = new Map<string, number>();
    data.forEach((value, i) => {
      const at = [Math.floor(i / 20), 0, Math.floor(i / 5) % 4, i % 5].filter((_, axis) => !axes.includes(axis)).join();
      expected.set(at, (expected.get(at) ?? 0) + value);
    });
    for (const keepDims of [false, true]) {
      const out = t.tidy(() => t.sum(t.tensor(data, shape), axes, keepDims));
      const kept = shape.flatMap((size, axis) => axes.includes(axis) ? (keepDims ? [1] : []) : [size]);
      assertEquals([...out.shape], kept);
      assertClose(Array.from(await t.dataOf(out)), [...expected.values()]);
      t.dispose([out]);
    }
  }
});

forEachBackend("stopGradient() passes values and no gradient", async () => {
  await assertNoLeak(async () => {
    const x = t.tensor([1, 2]);
    const { value, grads } = t.tidy(() =>
      t.valueAndGrads(() => ({ value: t.sum(t.mul(x, t.stopGradient(t.square(x)))) }), [x])
    );
    assertClose(Array.from(await t.dataOf(value)), [9]);
    assertClose(Array.from(await t.dataOf(grads[0]!)), [1, 4]);
    t.dispose([x, value, ...grads]);
  });
});

forEachBackend(
  "valueAndGrads() keeps side outputs, gives zeros for unused parameters and sums repeated use",
  async () => {
    await assertNoLeak(async () => {
      const x = t.tensor([1, 2]);
      const unused = t.ones([3]);
      const outside = t.scalar(5);
      const { value, grads, aux } = t.tidy(() =>
        t.valueAndGrads(() => {
          const y = t.add(x, x);
          return { value: t.sum(t.mul(y, y)), aux: [y, outside, x] };
        }, [x, unused])
      );
      assertClose(Array.from(await t.dataOf(value)), [20]);
      assertClose(Array.from(await t.dataOf(grads[0]!)), [8, 16]);
      assertClose(Array.from(await t.dataOf(grads[1]!)), [0, 0, 0]);
      assertClose(Array.from(await t.dataOf(aux[0]!)), [2, 4]);
      t.dispose([value, ...grads, ...aux]);
      assertEquals([x.isDisposed, outside.isDisposed], [false, false]);
      t.dispose([x, unused, outside]);
    });
  },
);

forEachBackend("valueAndGrads() leaves nothing behind when the function or a derivative throws", async () => {
  await assertNoLeak(() => {
    const x = t.tensor([1, 2]);
    const run = (fn: () => t.ValueAndAux): t.ValueAndGrads => t.tidy(() => t.valueAndGrads(fn, [x]));
    assertThrows(
      () =>
        run(() => {
          const y = t.gelu(t.exp(x));
          throw new RangeError(`stop at ${y.shape}`);
        }),
      RangeError,
      "stop at 2",
    );
    assertThrows(() => run(() => ({ value: t.sum(t.matMul(t.square(x), x)) })), TypeError, "[2] and [2]");
    // The function still works after that.
    const { value, grads } = run(() => ({ value: t.sum(x) }));
    t.dispose([value, ...grads, x]);
  });
});

forEachBackend("tensor() and dataOf() copy, so later writes to the array change nothing", async () => {
  const host = Float32Array.of(1, 2);
  const x = t.tensor(host);
  host[0] = 9;
  const read = await t.dataOf(x);
  assertEquals(Array.from(read), [1, 2]);
  read[0] = 9;
  assertEquals(Array.from(await t.dataOf(x)), [1, 2]);
  t.dispose([x]);
});

forEachBackend("copies share values until the last one is freed", async () => {
  await assertNoLeak(async () => {
    const x = t.tensor([1, 2, 3, 4]);
    const views = [t.reshape(x, [2, 2]), t.cast(x, "float32"), t.stopGradient(x)];
    t.dispose([x]);
    t.dispose([views[0]!]);
    const other = t.fill([4], 7);
    assertEquals(Array.from(await t.dataOf(views[2]!)), [1, 2, 3, 4]);
    t.dispose([...views, other]);
  });
});

Deno.test("operations refuse shapes that do not fit, by name", () => {
  const x = t.ones([2, 3]);
  assertThrows(() => t.matMul(x, x), TypeError, "[2,3]");
  assertThrows(() => t.linear(x, x), TypeError, "kernel [2,3]");
  assertThrows(() => t.layerNorm(x, t.ones([2]), t.ones([3]), 1e-5), TypeError, "scale has shape [2]");
  assertThrows(() => t.groupNorm(x, 2, t.ones([3]), t.ones([3]), 1e-5), RangeError, "3 channels in 2 groups");
  assertThrows(() => t.groupNorm(x, 3, t.ones([3]), t.ones([2]), 1e-5), TypeError, "shift [2]");
  assertThrows(() => t.gatherRows(x, x), TypeError, "intTensor");
  assertThrows(() => t.tile(x, [2]), TypeError, "one number per axis");
  const tokens = t.ones([1, 2, 3]);
  assertThrows(() => t.multiHeadAttention(tokens, tokens, tokens, 2), RangeError, "2 heads");
  assertThrows(() => t.multiHeadAttention(tokens, x, x, 2), TypeError, "keys [2,3]");
  assertThrows(() => t.oneHot([3], 3), RangeError, "category 3");
});
