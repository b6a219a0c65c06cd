import { add, exp, mul, reshape, rng, sum, type Tensor, tensor, valueAndGrads, zeros } from "../../../core/mod.ts";
import {
  chooseComponent,
  logSoftmax,
  type Mixture,
  mixtureMean,
  mixtureMoments,
  mixtureNll,
  squaredMeans,
  temper,
  tilt,
  tiltedMean,
} from "../../../plugins/gmflow/mixture.ts";
import { assert, assertAlmostEquals, assertEquals } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { read } from "../../parity/tensors.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { flat, FLOAT32, logStdOf, mixtureOf, row, vectors } from "./setup.ts";

forEachBackend("mixtureNll() and its gradients reproduce gm_nll", async () => {
  for (const entry of vectors.gm_nll.cases) {
    await assertNoLeak(async () => {
      const { means, logstd, logits, target } = entry;
      const got = await read(() => {
        const [m, s, w] = [mixtureOf(means, logstd, logits).means, tensor([logstd]), row(logits)];
        const nll = (): Tensor => sum(mixtureNll({ means: m, logStd: s, logWeights: logSoftmax(w) }, row(target)));
        const { value, grads } = valueAndGrads(() => ({ value: nll() }), [m, s, w]);
        return { value, means: grads[0]!, logStd: grads[1]!, logits: grads[2]!, weights: logSoftmax(w) };
      });
      const relative = 2e-6;
      assertClose(got.value, [entry.nll], FLOAT32, relative);
      assertClose(got.weights, entry.logweights, FLOAT32);
      if ("grad_means" in entry) {
        assertClose(got.means, flat(entry.grad_means), FLOAT32, 1e-5);
        assertClose(got.logStd, [entry.grad_logstd as number], FLOAT32, relative);
        assertClose(got.logits, entry.grad_logits as number[], FLOAT32);
      }
      const constant = target.length / 2 * Math.log(2 * Math.PI);
      assertAlmostEquals(entry.nll + constant, entry.nll_with_2pi_constant, 1e-7);
    });
  }
});

Deno.test("mixtureNll() of one component of unit scale has the gradient of half the squared error", async () => {
  const { grads } = await read(() => {
    const means = tensor([1, -2, 0.5, 3], [2, 1, 2]);
    const target = tensor([0, 0.25, 2, 2], [2, 2]);
    const mixture = { means, logStd: zeros([2]), logWeights: zeros([2, 1]) };
    const { grads } = valueAndGrads(() => ({ value: sum(mixtureNll(mixture, target)) }), [means]);
    return { grads: grads[0]! };
  });
  assertClose(grads, [1, -2.25, -1.5, 1], FLOAT32);
});

Deno.test("mixtureNll() does not care about the order of components", async () => {
  const { a, b } = await read(() => {
    const stream = rng(3);
    const means = stream.fold("m").normal([5, 4, 3]);
    const logits = stream.fold("w").normal([5, 4]);
    const target = stream.fold("u").normal([5, 3]);
    const order = [2, 0, 3, 1];
    const turned = (x: Tensor, width: number): Tensor =>
      tensor(
        Float32Array.from({ length: x.size }, (_, i) => {
          const [rowOf, k, d] = [Math.floor(i / (4 * width)), Math.floor(i / width) % 4, i % width];
          return x.dataSync()[(rowOf * 4 + order[k]!) * width + d]!;
        }),
        x.shape,
      );
    const logStd = zeros([5]);
    return {
      a: mixtureNll({ means, logStd, logWeights: logSoftmax(logits) }, target),
      b: mixtureNll({ means: turned(means, 3), logStd, logWeights: logSoftmax(turned(logits, 1)) }, target),
    };
  });
  assertClose(a, b, FLOAT32);
});

forEachBackend("mixtureMoments() reproduces gm_moments", async () => {
  const { means, var: variance, logweights, mean, iso_var } = vectors.gm_moments;
  const got = await read(() => ({ ...mixtureMoments(mixtureOf(means, logStdOf(variance), logweights)) }));
  assertClose(got.mean, mean, FLOAT32);
  assertClose(got.variance, [iso_var], FLOAT32);
});

Deno.test("temper() reproduces gm_weight_power and narrows components by the root of the power", async () => {
  const { weights, power, out } = vectors.gm_weight_power;
  const got = await read(() => {
    const { logWeights, logStd } = temper(
      mixtureOf([[0], [1], [2]], 0.3, weights.map(Math.log)),
      power,
    );
    return { weights: exp(logWeights), logStd };
  });
  assertClose(got.weights, out, FLOAT32);
  assertClose(got.logStd, [0.3 - Math.log(power) / 2], FLOAT32);
});

/** Mixtures of six rows. */
function some(): Mixture {
  const stream = rng(11);
  return {
    means: stream.fold("m").normal([6, 5, 3]),
    logStd: mul(stream.fold("s").normal([6]), 0.3),
    logWeights: logSoftmax(stream.fold("w").normal([6, 5])),
  };
}

forEachBackend("tilt() by nothing changes nothing, and two tilts are one", async () => {
  const got = await read(() => {
    const mixture = some();
    const [a, b] = [rng(1).normal([6, 3]), rng(2).normal([6, 3])];
    const still = tilt(mixture, zeros([6, 3]), 0);
    const twice = tilt(tilt(mixture, a, 0.7), b, -0.2);
    const once = tilt(mixture, add(a, b), 0.5);
    return {
      means: mixture.means,
      stillMeans: still.means,
      weights: mixture.logWeights,
      stillWeights: still.logWeights,
      twice: twice.means,
      once: once.means,
      twiceWeights: twice.logWeights,
      onceWeights: once.logWeights,
      twiceStd: twice.logStd,
      onceStd: once.logStd,
    };
  });
  assertClose(got.stillMeans, got.means, 1e-6);
  assertClose(got.stillWeights, got.weights, 1e-6);
  assertClose(got.twice, got.once, FLOAT32);
  assertClose(got.twiceWeights, got.onceWeights, FLOAT32);
  assertClose(got.twiceStd, got.onceStd, FLOAT32);
});

forEachBackend("tiltedMean() is the mean of tilt()", async () => {
  const got = await read(() => {
    const mixture = some();
    const eta = rng(1).normal([6, 3]);
    return {
      short: tiltedMean(mixture, squaredMeans(mixture), eta, 1.3),
      long: mixtureMean(tilt(mixture, eta, 1.3)),
    };
  });
  assertClose(got.short, got.long, FLOAT32);
});

forEachBackend("chooseComponent() takes exactly one component, as often as its weight says", async () => {
  const rows = 20_000;
  const weights = [0.1, 0.55, 0.05, 0.3];
  await assertNoLeak(async () => {
    const { counts, perRow, values } = await read(() => {
      const logWeights = add(row(weights.map(Math.log)), zeros([rows, 4]));
      const chosen = chooseComponent({ logWeights }, rng(5).uniform([rows]));
      return { counts: sum(chosen, 0), perRow: sum(chosen, 1), values: reshape(chosen, [rows * 4]) };
    });
    assert(perRow.every((total) => total === 1));
    assert(values.every((value) => value === 0 || value === 1));
    counts.forEach((count, k) => {
      const deviation = Math.sqrt(rows * weights[k]! * (1 - weights[k]!));
      assert(Math.abs(count - rows * weights[k]!) < 4 * deviation, `component ${k} was taken ${count} times`);
    });
  });
});

Deno.test("chooseComponent() takes the last component where rounding leaves the weights short of the draw", async () => {
  const { chosen } = await read(() => ({
    chosen: chooseComponent({ logWeights: row([Math.log(0.4), Math.log(0.5)]) }, tensor([0.95])),
  }));
  assertEquals(Array.from(chosen), [0, 1]);
});
