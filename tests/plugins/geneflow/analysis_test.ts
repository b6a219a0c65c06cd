import {
  adamW,
  adjustFalseDiscoveries,
  constantSchedule,
  cosineSchedule,
  dispose,
  hostArray,
  hypergeometricTail,
  log1p,
  matMul,
  mul,
  normalizeTotal,
  type Tensor,
  transpose,
} from "../../../core/mod.ts";
import { geneSensitivity, SENSITIVITY_TIMES } from "../../../plugins/geneflow/genes/sensitivity.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { descend } from "../../core/optim/descend.ts";
import { assertClose, flat } from "../../vectors/arrays.ts";
import { upload, vectors } from "./setup.ts";

Deno.test("overlaps of top genes have the probabilities of the vectors", () => {
  for (const { N, K, n, overlap, p_value } of vectors.hypergeometric) {
    assertClose([hypergeometricTail({ population: N, marked: K, drawn: n, overlap })], [p_value], 1e-25, 1e-8);
  }
  assertEquals(hypergeometricTail({ population: 5, marked: 2, drawn: 3, overlap: 0 }), 1);
  assertThrows(() => hypergeometricTail({ population: 5, marked: 6, drawn: 3, overlap: 1 }), RangeError, "6 marked");
});

Deno.test("probabilities are adjusted as in the vectors", () => {
  const { p, tests, adjusted } = vectors.bh_adjust;
  assertClose(adjustFalseDiscoveries(p, tests), adjusted, 1e-9);
  assertEquals([...adjustFalseDiscoveries([0.5, 0.01])], [0.5, 0.02]);
});

forEachBackend("genes have the sensitivity of the vectors", () =>
  assertNoLeak(async () => {
    const { W, X, timesteps, score, ranking } = vectors.gene_importance;
    assertEquals(SENSITIVITY_TIMES, timesteps);
    const [weights, expression] = [upload(W), upload(X)];
    const model = (x: Tensor, t: number): Tensor => mul(matMul(x, transpose(weights)), 1 + t);
    const found = await geneSensitivity(model, expression, X.length);
    assertClose(found, score, 1e-4);
    assertEquals([...found.keys()].sort((a, b) => found[b]! - found[a]!), ranking);
    dispose([weights, expression]);
  }));

Deno.test("the learning rate follows the cosine of the vectors", () => {
  const { lr, epochs, eta_min, values } = vectors.cosine_lr;
  const rate = cosineSchedule({ peak: lr, warmup: 0, steps: epochs, floor: eta_min });
  for (const [epoch, value] of Object.entries(values)) assertClose([rate(Number(epoch))], [value as number], 1e-12);
});

forEachBackend("AdamW takes the steps of the vectors", () =>
  assertNoLeak(async () => {
    const { p0, grads, lr, weight_decay, values } = vectors.adamw;
    const optimizer = adamW({ schedule: constantSchedule(lr), weightDecay: weight_decay });
    const steps = await descend(optimizer, { p: [p0] }, grads.map((grad: number) => ({ p: [grad] })));
    assertClose(steps.flat(), values, 2e-7);
  }));

Deno.test("counts are normalised as in the vectors", () => {
  const { counts, cpm, log1p: logs } = vectors.normalisation;
  const scaled = normalizeTotal(hostArray(Float64Array.from(flat(counts)), [2, 4]), 1e6);
  assertClose(scaled.data, flat(cpm), 1e-2);
  assertClose(log1p(scaled).data, flat(logs), 1e-5);
});
