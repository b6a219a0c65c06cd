import { elementMean, leaves, rng, squared, sub, type Tensor, tidy, toHost, valueAndGrads } from "../../../core/mod.ts";
import { dispose, fromHost } from "../../../core/tensor/mod.ts";
import { entries } from "../../../core/tree.ts";
import { hostArray } from "../../../core/host_array.ts";
import { toStateDict } from "../../../plugins/nicheflow/state_dict.ts";
import { dropoutOf, gatedMlp } from "../../../plugins/stflow/gated_mlp.ts";
import { spotTransformer } from "../../../plugins/stflow/network.ts";
import { pairsOf, spotCond } from "../../../plugins/stflow/slide.ts";
import { spotTimeFeatures } from "../../../plugins/stflow/time_features.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { read, tensorOf } from "../../parity/tensors.ts";
import { assertClose, flat } from "../../vectors/arrays.ts";
import {
  FLOAT32,
  floatsOf,
  NETWORK,
  PLAIN,
  predictTiny,
  regionAt,
  timesOf,
  tiny,
  TINY_K,
  tinyCond,
  valuesOf,
  vectors,
} from "./tiny.ts";

const { tinyModel } = vectors;
const YT = floatsOf(tinyModel.yt);

forEachBackend("spotTimeFeatures() are cosines, then sines, of the time as it is", async () => {
  for (const { t, value } of vectors.timeEmbedding.dim8) {
    assertClose(await valuesOf(() => spotTimeFeatures(timesOf(t, 1), 8)), value, FLOAT32);
  }
  for (const { t, index, value, sum } of vectors.timeEmbedding.dim256) {
    const got = await valuesOf(() => spotTimeFeatures(timesOf(t, 1)));
    assertClose(index.map((at) => got[at]!), value, FLOAT32);
    assertAlmostEquals(got.reduce((a, b) => a + b, 0), sum, 1e-3);
  }
});

forEachBackend("gatedMlp() gates the second half by the first, then normalises", async () => {
  const { weights, cases } = vectors.gatedMlp;
  for (const { x, y } of cases) {
    const got = await valuesOf(() => {
      const transposed = (rows: readonly (readonly number[])[]): Tensor =>
        tensorOf(rows[0]!.map((_, j) => rows.map((row) => row[j]!)));
      const params = {
        mlp: {
          fc1: { weight: transposed(weights["fc1.weight"]), bias: tensorOf(weights["fc1.bias"]) },
          norm: { weight: tensorOf(weights["norm.weight"]), bias: tensorOf(weights["norm.bias"]) },
          fc2: { weight: transposed(weights["fc2.weight"]), bias: tensorOf(weights["fc2.bias"]) },
        },
      };
      return gatedMlp(params, "mlp", tensorOf([x]), dropoutOf(PLAIN, 0.2));
    });
    assertClose(got, y, FLOAT32);
  }
});

forEachBackend("the denoiser reproduces every intermediate value of the tiny model", async () => {
  await assertNoLeak(async () => {
    using network = tiny();
    const { backbone, params } = network;
    const got = await read(() => {
      const cond = backbone.encode(params, tinyCond(), PLAIN);
      const trace = backbone.trace(params, { y: fromHost(YT) }, timesOf(tinyModel.t, 6), cond, PLAIN);
      return {
        timeToken: trace.timeToken,
        tokens: trace.tokens,
        expression: trace.expression,
        ...Object.fromEntries(trace.blocks.flatMap((block, l) => [
          [`pairs${l}`, cond[pairsOf(l)]!],
          [`scores${l}`, block.scores],
          [`tokens${l}`, block.tokens],
          [`expression${l}`, block.expression],
        ])),
      } as Record<string, Tensor>;
    });
    assertClose(got["timeToken"]!, tinyModel.timeToken, NETWORK);
    assertClose(got["tokens"]!, flat(tinyModel.tokensIn), NETWORK);
    tinyModel.layers.forEach(({ edgeSpot0, logitsSpot0, tokens, expr }, l) => {
      assertClose(got[`pairs${l}`]!.subarray(0, 24), flat(edgeSpot0), NETWORK);
      const scores = got[`scores${l}`]!;
      // The vectors have heads first.
      assertClose(
        Float32Array.from({ length: 6 }, (_, i) => scores[(i % 3) * 2 + Math.floor(i / 3)]!),
        flat(logitsSpot0),
        NETWORK,
      );
      assertClose(got[`tokens${l}`]!, flat(tokens), NETWORK);
      assertClose(got[`expression${l}`]!, flat(expr), NETWORK);
    });
    assertClose(got["expression"]!, flat(tinyModel.prediction), NETWORK);
    const y1 = flat(tinyModel.y1);
    const loss = got["expression"]!.reduce((sum, value, i) => sum + (value - y1[i]!) ** 2, 0) / y1.length;
    assertAlmostEquals(loss, tinyModel.loss, NETWORK);
  });
});

forEachBackend("the denoiser has the derivatives of the tiny model", async () => {
  using network = tiny();
  const { params } = network;
  const { grads } = tidy(() => {
    const { value, grads } = valueAndGrads(() => {
      const prediction = predictTiny(network, YT, tinyModel.t, tinyCond());
      return { value: elementMean(squared(sub(prediction, tensorOf(tinyModel.y1)))).value };
    }, leaves<Tensor>(params));
    dispose([value]);
    return { grads };
  });
  let square = 0;
  const expected = new Map(tinyModel.gradient.tensors.map((one) => [one.name, one]));
  for (const [i, [path]] of entries<Tensor>(params).entries()) {
    const [name, { data }] = Object.entries(toStateDict({ [path]: await toHost(grads[i]!) }))[0]!;
    const { norm, first } = expected.get(name)!;
    const own = Math.hypot(...data);
    square += own * own;
    assertAlmostEquals(own, norm, 1e-3 + 1e-3 * norm, name);
    assertClose(data.subarray(0, first.length), first, 2e-3, 1e-3);
    if (name.endsWith("mlp_attn.fc2.bias")) assert(own < 1e-4, `softmax does not see ${name}`);
  }
  dispose([...grads]);
  assertAlmostEquals(Math.sqrt(square), tinyModel.gradient.globalNorm, 2e-3);
});

forEachBackend("a slide that is turned, reflected and moved gets the same prediction", async () => {
  using network = tiny();
  const { coordsTransformed, prediction } = tinyModel.invariance;
  const got = await valuesOf(() => predictTiny(network, YT, tinyModel.t, tinyCond(floatsOf(coordsTransformed))));
  assertClose(got, flat(prediction), NETWORK);
});

forEachBackend("a constant per gene added to the state changes nothing", async () => {
  using network = tiny();
  const shifted = hostArray(YT.data.map((value, i) => value + [2, -1, 0.5][i % 3]!), YT.shape);
  const got = await valuesOf(() => predictTiny(network, shifted, tinyModel.t, tinyCond()));
  assertClose(got, flat(tinyModel.shiftInvariance.prediction), NETWORK);
});

forEachBackend("spots in another order get the same predictions", async () => {
  using network = tiny();
  const { perm, prediction } = tinyModel.permutation;
  const ordered = (rows: readonly (readonly number[])[]) => floatsOf(perm.map((row) => rows[row]!));
  const cond = () => tinyCond(ordered(tinyModel.coords), ordered(tinyModel.features));
  assertClose(
    await valuesOf(() => predictTiny(network, ordered(tinyModel.yt), tinyModel.t, cond())),
    flat(prediction),
    NETWORK,
  );
});

forEachBackend("regions side by side do not see each other, and small ones have fewer neighbours", async () => {
  using network = tiny();
  const { backbone, params } = network;
  const [coords, features] = [floatsOf(tinyModel.coords), floatsOf(tinyModel.features)];
  const pair = [floatsOf(tinyModel.coords.slice(0, 2)), floatsOf(tinyModel.features.slice(0, 2))] as const;
  const run = async (places: readonly (typeof coords)[], seen: typeof features, y: typeof YT, t: number[]) =>
    await valuesOf(() => {
      const cond = spotCond({ features: seen }, places.map((place) => regionAt(place)), TINY_K);
      const times = tensorOf(places.flatMap(({ shape }, i) => Array<number>(shape[0]!).fill(t[i]!)));
      return backbone.apply(params, { y: fromHost(y) }, times, backbone.encode(params, cond, PLAIN), PLAIN).y;
    });
  const two = hostArray(YT.data.slice(0, 6), [2, 3]);
  const whole = await run([coords], features, YT, [0.35]);
  const small = await run([pair[0]], pair[1], two, [0.9]);
  const both = await run(
    [coords, pair[0]],
    hostArray(Float32Array.of(...features.data, ...pair[1].data), [8, 5]),
    hostArray(Float32Array.of(...YT.data, ...two.data), [8, 3]),
    [0.35, 0.9],
  );
  assertClose(both.subarray(0, 18), whole, FLOAT32);
  assertClose(both.subarray(18), small, FLOAT32);
  assert(small.every(Number.isFinite));
});

Deno.test("the network has as many parameters as the paper says", () => {
  const gated = vectors.parameterCounts.filter((one) => one.gated);
  assert(gated.some(({ total }) => total === 1_147_724));
  for (const { featureDim, nGenes, dModel, dEdge, nHeads, nLayers, total } of gated) {
    const backbone = spotTransformer({
      genes: nGenes,
      features: featureDim,
      width: dModel,
      pairWidth: dEdge,
      heads: nHeads,
      layers: nLayers,
      dropout: 0.2,
    });
    const params = tidy(() => backbone.init(rng(0)));
    assertEquals(leaves<Tensor>(params).reduce((sum, { size }) => sum + size, 0), total);
    dispose(leaves<Tensor>(params));
  }
});

Deno.test("initial weights lie within 1 / sqrt(inputs), as PyTorch has them", async () => {
  const backbone = spotTransformer({ genes: 3, features: 9, width: 8, pairWidth: 8, heads: 2, layers: 1, dropout: 0 });
  const params = tidy(() => backbone.init(rng(0)));
  for (const [path, leaf] of entries<Tensor>(params)) {
    const { data } = await toHost(leaf);
    if (path.includes("image_transform")) assert(data.every((value) => Math.abs(value) <= 1 / 3), path);
    if (path.endsWith("norm/weight")) assert(data.every((value) => value === 1), path);
  }
  dispose(leaves<Tensor>(params));
});

Deno.test("what cannot be seen or was not encoded is refused", () => {
  const sizes = { genes: 3, features: 5, width: 8, pairWidth: 8, heads: 2, layers: 2, dropout: 0 };
  assertThrows(() => spotTransformer({ ...sizes, features: 0 }), RangeError, "Cannot see spots");
  assertThrows(() => spotTransformer({ ...sizes, heads: 3 }), RangeError, "into 3 heads");
  using network = tiny();
  const { backbone, params } = network;
  const call = () => backbone.apply(params, { y: fromHost(YT) }, timesOf(0, 6), tinyCond(), PLAIN);
  assertThrows(() => tidy(call), TypeError, 'has no "imageTokens"; give apply() what encode() returned');
  const fewer = () =>
    spotCond({ features: floatsOf(tinyModel.features.slice(1)) }, [regionAt(floatsOf(tinyModel.coords))], 3);
  assertThrows(() => tidy(fewer), TypeError, "Cannot condition 6 spots on 5 rows of image features");
});

forEachBackend("dropout keeps the mean and differs from call to call", async () => {
  const draws = await valuesOf(() => dropoutOf({ train: true, rng: rng(1) }, 0.2).factors("a", [100, 100])!);
  assertAlmostEquals(draws.reduce((a, b) => a + b, 0) / draws.length, 1, 0.02);
  const other = await valuesOf(() => dropoutOf({ train: true, rng: rng(1) }, 0.2).factors("b", [100, 100])!);
  assert(draws.some((value, i) => value !== other[i]));
  assertEquals(dropoutOf({ train: false, rng: rng(1) }, 0.2).factors("a", [2]), undefined);
});
