import {
  applyLayerNorm,
  applyLinear,
  attentionLayer,
  attentionParams,
  integerTimeFeatures,
  layerNormParams,
  linearParams,
  type Params,
  rng,
  spreadOverPoints,
  symmetricUniform,
} from "../../core/mod.ts";
import { add, dispose, type Tensor, tensor, tidy } from "../../core/tensor/mod.ts";
import { tensorAt } from "../../core/tree.ts";
import { assert, assertEquals, assertNotEquals } from "../assert.ts";
import { assertNoLeak, forEachBackend } from "../core/backends.ts";
import { assertClose, leafList, numbers, takeValues, valuesOf } from "./numbers.ts";

type Matrix = number[][];

/** Rows of a flat array. */
function matrix(values: ArrayLike<number>, width: number): Matrix {
  const flat = Array.from(values);
  return Array.from({ length: flat.length / width }, (_, i) => flat.slice(i * width, (i + 1) * width));
}

/** Affine map in float64. */
function affine(rows: Matrix, weight: Matrix, bias: number[]): Matrix {
  return rows.map((row) => bias.map((b, j) => row.reduce((total, value, i) => total + value * weight[i]![j]!, b)));
}

forEachBackend("symmetricUniform() and linearParams() fill their range evenly", async () => {
  await assertNoLeak(async () => {
    const { x } = await takeValues({ x: tidy(() => symmetricUniform(rng(1), [4000], 0.25)) });
    assert(x!.every((value) => value >= -0.25 && value < 0.25));
    const mean = x!.reduce((a, b) => a + b, 0) / 4000;
    const variance = x!.reduce((a, b) => a + b * b, 0) / 4000;
    // A uniform variable on (-b, b) has variance b^2 / 3.
    assert(Math.abs(mean) < 5 * 0.25 / Math.sqrt(3 * 4000) && Math.abs(variance / (0.0625 / 3) - 1) < 0.08);
    const params = tidy(() => linearParams(rng(2), 16, 40));
    const { weight, bias } = await takeValues(params);
    assertEquals([weight!.length, bias!.length], [640, 40]);
    assert([...weight!, ...bias!].every((value) => Math.abs(value) <= 0.25));
    assert(Math.max(...weight!) > 0.24 && Math.min(...weight!) < -0.24);
    assertNotEquals(weight!.slice(0, 40), bias!);
  });
});

forEachBackend("applyLinear() maps the last axis of any shape", async () => {
  await assertNoLeak(async () => {
    const params: Params = { at: [{ weight: tensor(numbers(6), [3, 2]), bias: tensor([0.5, -1]) }] };
    const x = tensor(numbers(24, 3), [2, 4, 3]);
    const y = tidy(() => applyLinear(params, "at/0", x));
    assertEquals(y.shape, [2, 4, 2]);
    const expected = affine(matrix(numbers(24, 3), 3), matrix(numbers(6), 2), [0.5, -1]).flat();
    assertClose(await takeValues({ y }), { y: expected }, 1e-5, "affine");
    dispose([x, ...leafList(params)]);
  });
});

forEachBackend("applyLayerNorm() normalizes with the biased variance", async () => {
  await assertNoLeak(async () => {
    const start = tidy(() => layerNormParams(5));
    assertEquals(await valuesOf(start), { bias: new Float32Array(5), weight: new Float32Array(5).fill(1) });
    const params: Params = { norm: { weight: tensor(numbers(5, 1)), bias: tensor(numbers(5, 2)) } };
    const x = tensor(numbers(30, 3), [2, 3, 5]);
    const y = tidy(() => applyLayerNorm(params, "norm", x));
    const [gain, shift] = [numbers(5, 1), numbers(5, 2)];
    const expected = matrix(numbers(30, 3), 5).flatMap((row) => {
      const mean = row.reduce((a, b) => a + b) / 5;
      const variance = row.reduce((total, value) => total + (value - mean) ** 2, 0) / 5;
      return row.map((value, j) => (value - mean) / Math.sqrt(variance + 1e-5) * gain[j]! + shift[j]!);
    });
    assertClose(await takeValues({ y }), { y: expected }, 1e-5, "layer norm");
    dispose([x, ...leafList(params), ...leafList(start)]);
  });
});

forEachBackend("integerTimeFeatures() lists cosines, then sines", async () => {
  await assertNoLeak(async () => {
    const t = tensor([0, 0.25, 1]);
    const y = tidy(() => integerTimeFeatures(t, 4));
    assertEquals(y.shape, [3, 8]);
    const expected = [0, 0.25, 1].flatMap((time) => [
      ...[0, 1, 2, 3].map((k) => Math.cos(k * time)),
      ...[0, 1, 2, 3].map((k) => Math.sin(k * time)),
    ]);
    assertClose(await takeValues({ y }), { y: expected }, 1e-6, "features");
    dispose([t]);
  });
});

forEachBackend("spreadOverPoints() repeats each row's vector", async () => {
  await assertNoLeak(async () => {
    const x = tensor([1, 2, 3, 4], [2, 2]);
    const y = tidy(() => spreadOverPoints(x, 3));
    assertEquals(y.shape, [2, 3, 2]);
    assertEquals(Array.from((await takeValues({ y }))["y"]!), [1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4]);
    dispose([x]);
  });
});

const [B, N, M, E, HEADS] = [2, 3, 4, 6, 2];

/** Attention row by row and head by head in float64. */
function attentionReference(
  params: Readonly<Record<string, Float32Array>>,
  query: Float32Array,
  memory: Float32Array,
  keys: number,
  mask: readonly number[],
): number[] {
  const packed = matrix(params["in_proj_weight"]!, 3 * E);
  const bias = Array.from(params["in_proj_bias"]!);
  const project = (rows: Matrix, which: number): Matrix =>
    affine(rows, packed.map((row) => row.slice(which * E, (which + 1) * E)), bias.slice(which * E, (which + 1) * E));
  const size = E / HEADS;
  const out: Matrix = [];
  for (let b = 0; b < B; b++) {
    const q = project(matrix(query.slice(b * N * E, (b + 1) * N * E), E), 0);
    const memoryRows = matrix(memory.slice(b * keys * E, (b + 1) * keys * E), E);
    const [k, v] = [project(memoryRows, 1), project(memoryRows, 2)];
    for (const row of q) {
      const joined: number[] = [];
      for (let head = 0; head < HEADS; head++) {
        const cut = (values: number[]): number[] => values.slice(head * size, (head + 1) * size);
        const scores = k.map((key, j) =>
          mask[b * keys + j] === 0
            ? -Infinity
            : cut(row).reduce((total, value, i) => total + value * cut(key)[i]!, 0) / Math.sqrt(size)
        );
        const top = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - top));
        const total = weights.reduce((a, c) => a + c);
        for (let i = 0; i < size; i++) {
          joined.push(v.reduce((sum, value, j) => sum + (weights[j]! / total) * cut(value)[i]!, 0));
        }
      }
      out.push(joined);
    }
  }
  return affine(out, matrix(params["out_proj/weight"]!, E), Array.from(params["out_proj/bias"]!)).flat();
}

/** Random projections with biases that are not 0. */
function attentionAt(): Params {
  const start = attentionParams(rng(3), E);
  return {
    layer: {
      in_proj_weight: tensorAt(start, "in_proj_weight"),
      in_proj_bias: add(tensorAt(start, "in_proj_bias"), tensor(numbers(3 * E, 4))),
      out_proj: {
        weight: tensorAt(start, "out_proj/weight"),
        bias: add(tensorAt(start, "out_proj/bias"), tensor(numbers(E, 5))),
      },
    },
  };
}

forEachBackend("attentionLayer() is multi-head attention, to itself and to others", async () => {
  await assertNoLeak(async () => {
    const params = tidy(attentionAt);
    const values = await valuesOf((params as Readonly<Record<string, Params>>)["layer"]!);
    const [query, memory] = [tensor(numbers(B * N * E, 6), [B, N, E]), tensor(numbers(B * M * E, 7), [B, M, E])];
    const hidden = [1, 0, 1, 1, 0, 1, 0, 0];
    const keyMask = tensor(hidden, [B, M]);
    const { self, cross, masked } = tidy(() => ({
      self: attentionLayer(params, "layer", query, query, { heads: HEADS }),
      cross: attentionLayer(params, "layer", query, memory, { heads: HEADS }),
      masked: attentionLayer(params, "layer", query, memory, { heads: HEADS, keyMask }),
    }));
    const [q, m] = [numbers(B * N * E, 6), numbers(B * M * E, 7)];
    const all = Array<number>(B * M).fill(1);
    assertClose(await takeValues({ y: self }), { y: attentionReference(values, q, q, N, all) }, 1e-5, "self");
    assertClose(await takeValues({ y: cross }), { y: attentionReference(values, q, m, M, all) }, 1e-5, "cross");
    assertClose(await takeValues({ y: masked }), { y: attentionReference(values, q, m, M, hidden) }, 1e-5, "masked");
    dispose([query, memory, keyMask, ...leafList(params)]);
  });
});

forEachBackend("attentionLayer() does not see masked keys and follows permuted points", async () => {
  await assertNoLeak(async () => {
    const params = tidy(attentionAt);
    const keyMask = tensor([1, 1, 0, 1, 0, 0], [B, N]);
    const attend = (x: Tensor): Promise<Record<string, Float32Array>> =>
      takeValues({ y: tidy(() => attentionLayer(params, "layer", x, x, { heads: HEADS, keyMask })) });
    const first = numbers(B * N * E, 8);
    const disturbed = first.map((value, i) => [2, 4, 5].includes(Math.floor(i / E)) ? value + 30 : value);
    const [x, y] = [tensor(first, [B, N, E]), tensor(disturbed, [B, N, E])];
    const [a, b] = [(await attend(x))["y"]!, (await attend(y))["y"]!];
    for (const row of [0, 1, 3]) assertEquals(a.slice(row * E, (row + 1) * E), b.slice(row * E, (row + 1) * E));
    const order = [2, 0, 1];
    const plain = await takeValues({ y: tidy(() => attentionLayer(params, "layer", x, x, { heads: HEADS })) });
    const shuffledInput = Float32Array.from(
      { length: N * E },
      (_, i) => first[order[Math.floor(i / E)]! * E + (i % E)]!,
    );
    const z = tensor([...shuffledInput, ...first.slice(N * E)], [B, N, E]);
    const shuffled = await takeValues({ y: tidy(() => attentionLayer(params, "layer", z, z, { heads: HEADS })) });
    const expected = order.flatMap((row) => Array.from(plain["y"]!.slice(row * E, (row + 1) * E)));
    assertClose({ y: shuffled["y"]!.slice(0, N * E) }, { y: expected }, 1e-5, "permuted");
    dispose([x, y, z, keyMask, ...leafList(params)]);
  });
});

forEachBackend("attentionLayer() drops attention weights by its own stream only", async () => {
  await assertNoLeak(async () => {
    const params = tidy(attentionAt);
    const x = tensor(numbers(B * N * E, 9), [B, N, E]);
    const attend = async (probability: number, seed: number): Promise<Float32Array> => {
      const dropout = { probability, rng: rng(seed) };
      return (await takeValues({ y: tidy(() => attentionLayer(params, "layer", x, x, { heads: HEADS, dropout })) }))[
        "y"
      ]!;
    };
    const plain = (await takeValues({ y: tidy(() => attentionLayer(params, "layer", x, x, { heads: HEADS })) }))["y"]!;
    assertEquals(await attend(0, 1), plain);
    assertEquals(await attend(0.5, 1), await attend(0.5, 1));
    assertNotEquals(await attend(0.5, 1), await attend(0.5, 2));
    // Kept weights are scaled up: the mean over masks is the layer without dropout.
    const mean = new Float64Array(plain.length);
    const square = new Float64Array(plain.length);
    const draws = 400;
    for (let seed = 0; seed < draws; seed++) {
      (await attend(0.25, seed)).forEach((value, i) => {
        mean[i]! += value / draws;
        square[i]! += value ** 2 / draws;
      });
    }
    plain.forEach((value, i) => {
      const bound = 5 * Math.sqrt((square[i]! - mean[i]! ** 2) / draws) + 1e-5;
      assert(Math.abs(mean[i]! - value) < bound, `entry ${i}: mean ${mean[i]}, expected ${value} within ${bound}`);
    });
    dispose([x, ...leafList(params)]);
  });
});
