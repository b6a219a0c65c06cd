import { rng } from "../../../core/rng/stream.ts";
import { dataOf, dispose } from "../../../core/tensor/mod.ts";
import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "../../assert.ts";
import { BACKENDS } from "../backends.ts";
import { chooseBackend } from "../../../core/backend/mod.ts";

function correlation(a: Float32Array, b: Float32Array): number {
  let ab = 0, aa = 0, bb = 0;
  for (let i = 0; i < a.length; i++) ab += a[i]! * b[i]!, aa += a[i]! * a[i]!, bb += b[i]! * b[i]!;
  return ab / Math.sqrt(aa * bb);
}

Deno.test("rng() gives equal bits for equal seed and tags, and a method does not use the stream up", () => {
  const draw = (): string => {
    const stream = rng(7).fold("train").fold(3);
    stream.host.uniform(5);
    return [stream.host.normal(9), stream.host.gamma(5, 0.5, 2), stream.host.poisson(5, 20), stream.host.permutation(9)]
      .map(String).join(";");
  };
  assertEquals(draw(), draw());
});

Deno.test("rng() bits stay what they are: runs of older versions resume", async () => {
  const { host } = rng(2025).fold("data").fold(1);
  assertEquals(Array.from(host.uniform(3)), GOLDEN.uniform);
  assertEquals(Array.from(host.permutation(6)), GOLDEN.permutation);
  assertEquals(Array.from(host.normal(3)), GOLDEN.normal);
  const many = host.normal(100_000);
  const digest = await crypto.subtle.digest("SHA-256", many.slice().buffer);
  assertEquals(new Uint8Array(digest).toHex().slice(0, 32), GOLDEN.manyNormals);
});

const GOLDEN = {
  uniform: [0.2041502594947815, 0.8627622723579407, 0.3813209533691406],
  permutation: [1, 3, 2, 4, 5, 0],
  normal: [-1.0376445055007935, 0.14828579127788544, -1.959607720375061],
  manyNormals: "38135edf3591dc764d1fbda84c0284f4",
};

Deno.test("rng() tells seeds, names, numbers and lengths apart, and 0 is a seed", () => {
  const streams = [
    rng(0),
    rng(1),
    rng(-1),
    rng(2 ** 40),
    rng(0).fold(0),
    rng(0).fold("0"),
    rng(0).fold(""),
    rng(0).fold("\0"),
    rng(0).fold("\0\0"),
    rng(0).fold("ab"),
    rng(0).fold("a").fold("b"),
    rng(0).fold(1.5),
    rng(0).fold("a long name that takes several blocks"),
    rng(0).fold("a long name that takes several blocks too"),
  ];
  const heads = streams.map(({ host }) => host.uniform(4).join());
  assertEquals(new Set(heads).size, streams.length);
  assertEquals(rng(0).fold(-0).host.uniform(2), rng(0).fold(0).host.uniform(2));
  assertThrows(() => rng(0.5), RangeError, "0.5");
  assertThrows(() => rng(0).fold(NaN), RangeError, "NaN");
});

Deno.test("rng() streams of different tags, and different draws of one stream, do not correlate", () => {
  const n = 100_000;
  const root = rng(1);
  const a = root.fold(0).host.normal(n);
  const limit = 4.5 / Math.sqrt(n);
  for (let tag = 1; tag <= 20; tag++) {
    const b = root.fold(tag).host.normal(n);
    assert(Math.abs(correlation(a, b)) < limit, `tags 0 and ${tag} correlate: ${correlation(a, b)}`);
  }
  assert(Math.abs(correlation(a.subarray(1), a.subarray(0, n - 1))) < limit);
  const uniform = root.fold(0).host.uniform(n).map((u) => u - 0.5);
  assert(Math.abs(correlation(a, uniform)) < limit);
  const shuffled = Float32Array.from(root.fold(0).host.permutation(n), (i) => i - n / 2);
  assert(Math.abs(correlation(uniform, shuffled)) < limit);
});

Deno.test("Rng tensors hold the host's bits on every backend", async () => {
  const stream = rng(3).fold("t");
  for (const backend of BACKENDS) {
    await chooseBackend(backend);
    const tensors = [
      stream.normal([3, 5]),
      stream.uniform([7]),
      stream.gamma([4], [1, 2, 3, 4], 2),
      stream.poisson([2, 2], 5),
    ];
    const [normal, uniform, gamma, poisson] = await Promise.all(tensors.map(dataOf));
    assertEquals(normal, stream.host.normal(15));
    assertEquals(uniform, stream.host.uniform(7));
    assertEquals(gamma, stream.host.gamma(4, [1, 2, 3, 4], 2));
    assertEquals(poisson, stream.host.poisson(4, 5));
    assertEquals(tensors.map((x) => x.shape.join()), ["3,5", "7", "4", "2,2"]);
    dispose(tensors);
  }
});

Deno.test("Rng.bernoulli() draws the value with its probability", async () => {
  await chooseBackend("cpu");
  for (const probability of [0, 0.1, 0.9, 1]) {
    const mask = rng(5).bernoulli([101, 99], probability, 2.5);
    const data = await dataOf(mask);
    dispose([mask]);
    assert(data.every((value) => value === 0 || value === 2.5));
    const share = data.reduce((total, value) => total + value / 2.5, 0) / data.length;
    const deviation = Math.sqrt(probability * (1 - probability) / data.length);
    assertAlmostEquals(share, probability, 4.5 * deviation + 1e-12);
  }
  assertThrows(() => rng(5).bernoulli([2], 1.1), RangeError, "1.1");
});

Deno.test("HostRng.permutation() holds each index once, in every order equally often", () => {
  const order = rng(1).host.permutation(1000);
  assertEquals([...order].sort((a, b) => a - b), Array.from({ length: 1000 }, (_, i) => i));
  const counts = new Map<string, number>();
  const root = rng(2);
  for (let i = 0; i < 6000; i++) {
    const key = root.fold(i).host.permutation(3).join("");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assertEquals(counts.size, 6);
  const chiSquare = [...counts.values()].reduce((total, n) => total + (n - 1000) ** 2 / 1000, 0);
  // The 99.99 % point of a chi-square with 5 degrees of freedom: scipy.stats.chi2.ppf(0.9999, 5).
  assert(chiSquare < 25.745, `orders are uneven: chi-square ${chiSquare}`);
});

Deno.test("HostRng.choice() follows the weights, with and without repeats", () => {
  const weight = [1, 0, 2, 5];
  const root = rng(4);
  const repeated = root.host.choice(4, 80_000, { replace: true, weight });
  const first = new Int32Array(4);
  const second = new Int32Array(4);
  for (const i of repeated) first[i]! += 1;
  for (let i = 0; i < 20_000; i++) {
    const [a, b] = root.fold(i).host.choice(4, 2, { weight });
    assertNotEquals(a, b);
    second[b!]! += 1;
  }
  weight.forEach((w, i) => assertAlmostEquals(first[i]! / 80_000, w / 8, 0.008));
  // The second of two successive draws without repeats: sum over first picks i of p_i p_j / (1 - p_i).
  const chance = (j: number): number =>
    weight.reduce((total, w, i) => i === j || w === 0 ? total : total + w / 8 * weight[j]! / (8 - w), 0);
  weight.forEach((_, j) => assertAlmostEquals(second[j]! / 20_000, chance(j), 0.016));
  assertEquals(root.host.choice(5, 5).toSorted().join(), "0,1,2,3,4");
  assertEquals(root.host.choice(50, 3).length, 3);
});

Deno.test("HostRng refuses parameters outside their range", () => {
  const { host } = rng(0);
  assertThrows(() => host.gamma(1, 0, 1), RangeError, "shape 0");
  assertThrows(() => host.gamma(2, [1], 1), RangeError, "expected 1 or 2");
  assertThrows(() => host.poisson(1, -1), RangeError, "-1");
  assertThrows(() => host.choice(3, 4), RangeError, "4 different items of 3");
  assertThrows(() => host.choice(3, 3, { weight: [1, 0, 1] }), RangeError, "only 2 of 3");
  assertThrows(() => host.choice(2, 1, { weight: [1, NaN] }), RangeError, "NaN");
  assertThrows(() => host.choice(2, 1, { replace: true, weight: [0, 0] }), RangeError, "all weights are 0");
});
