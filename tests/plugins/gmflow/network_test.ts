import {
  cellMlpParams,
  type Cells,
  dispose,
  draw,
  eulerSampler,
  heunSampler,
  integrate,
  leaves,
  linearPath,
  midpointSampler,
  noiseLevelFeatures,
  type Params,
  rng,
  sinusoid,
  stageCondition,
  stageEmbedding,
  type Tensor,
  tensor,
  tidy,
  timeGrid,
  zeros,
} from "../../../core/mod.ts";
import { embedCondition } from "../../../core/backbone/condition_embedding.ts";
import { CFM_DEFAULTS, cfmMethod } from "../../../plugins/cfm/mod.ts";
import { GMFLOW_DEFAULTS } from "../../../plugins/gmflow/config.ts";
import { gmMethod } from "../../../plugins/gmflow/method.ts";
import { gmNetwork } from "../../../plugins/gmflow/network.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { read, tensorOf } from "../../parity/tensors.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { flat, FLOAT32, row, vectors } from "./setup.ts";

const STAGES = Array.from({ length: 8 }, (_, i) => ({ name: `E${9.5 + i}`, value: 9.5 + i, unit: "days" }));

const SPEC = { name: "stages", parts: { x: { shape: [32], unit: "sd" } }, times: STAGES, labels: {} };

function count(params: Params): number {
  return leaves<Tensor>(params).reduce((sum, { size }) => sum + size, 0);
}

forEachBackend("sinusoid() reproduces timestep_embedding", async () => {
  const { cases, dim, dim4 } = vectors.timestep_embedding;
  const { wide, narrow } = await read(() => ({
    wide: sinusoid(tensor(cases.map(({ t_raw }) => t_raw)), dim),
    narrow: sinusoid(tensor([dim4.t_raw]), dim4.dim),
  }));
  // float32 holds an angle of 1,000 to 6e-5.
  assertClose(wide, cases.flatMap(({ out }) => out), 1e-4);
  assertClose(narrow, dim4.out, FLOAT32);
  assertThrows(() => sinusoid(tensor([0]), 3), RangeError, "even number of at least 4");
});

forEachBackend("gmNetwork() reproduces gm_mlp_forward", async () => {
  const v = vectors.gm_mlp_forward;
  await assertNoLeak(async () => {
    const got = await read(() => {
      const condition = { kind: "table", conditions: 1, width: 4 } as const;
      const network = gmNetwork({
        features: 2,
        components: 2,
        hidden: 3,
        layers: 2,
        timeDim: 4,
        condition,
        nullRow: false,
        skip: false,
      });
      const affine = (weight: readonly unknown[], bias: readonly number[]): Params => ({
        weight: tensorOf(weight),
        bias: tensor(bias),
      });
      const params: Params = {
        hidden: [affine(v.w1, v.b1), affine(v.w2, v.b2)],
        heads: {
          means: affine(v.w_means, v.b_means),
          logits: affine(v.w_logits, v.b_logits),
          scale: affine(v.w_logstd, v.b_logstd),
        },
        condition: { table: row(v.class_embedding) },
      };
      const ctx = { train: false, rng: rng(0) };
      const cond = network.encode!(params, { condition: row([1]) }, ctx);
      const { means, logStd, logWeights } = network.apply(params, { x: row(v.x) }, tensor([1 - v.sigma]), cond, ctx);
      return { means, logStd, logWeights, time: noiseLevelFeatures(tensor([1 - v.sigma]), 4) };
    });
    assertClose(got.time, v.input.slice(2, 6), 1e-4);
    assertClose(got.means, flat(v.means), 1e-4);
    assertClose(got.logWeights, v.logweights, 1e-4);
    assertClose(got.logStd, [v.logstd], 1e-4);
  });
});

Deno.test("networks of the paper's size have as many parameters as the specification says", () => {
  const gm = tidy(() => gmMethod(GMFLOW_DEFAULTS, SPEC).backbone.init(rng(0)));
  const cfm = tidy(() => {
    const network = { ...CFM_DEFAULTS.network, hidden: 16, layers: 2 };
    return cfmMethod({ ...CFM_DEFAULTS, condition: "time", network }, SPEC).backbone.init(rng(0));
  });
  assertEquals([count(gm), count(cfm)], [5945, 1984]);
  dispose([...leaves<Tensor>(gm), ...leaves<Tensor>(cfm)]);
});

Deno.test("training starts with uniform weights and a scale of 1, and a skip that changes nothing", async () => {
  const config = { ...GMFLOW_DEFAULTS, network: { ...GMFLOW_DEFAULTS.network, skip: true } };
  const got = await read(() => {
    const { backbone } = gmMethod(config, SPEC);
    const params = backbone.init(rng(1));
    const ctx = { train: false, rng: rng(0) };
    const cond = backbone.encode!(params, { condition: zeros([3, 8]) }, ctx);
    const x = rng(2).normal([3, 32]);
    const { logStd, logWeights, means } = backbone.apply(params, { x }, tensor([0.2, 0.5, 0.9]), cond, ctx);
    const plain = gmMethod(GMFLOW_DEFAULTS, SPEC).backbone;
    return { logStd, logWeights, means, same: plain.apply(params, { x }, tensor([0.2, 0.5, 0.9]), cond, ctx).means };
  });
  assertClose(got.logStd, [0, 0, 0], 0);
  assertClose(got.logWeights, Array(24).fill(-Math.log(8)), 1e-6);
  assertClose(got.means, got.same, 0);
});

Deno.test("stageCondition() and a table reproduce stage_interpolation", async () => {
  const v = vectors.stage_interpolation;
  const times = [...v.stages, v.query].sort((a, b) => a - b).map((value) => ({
    name: `E${value}`,
    value,
    unit: "days",
  }));
  const at = (value: number): number => times.findIndex((time) => time.value === value);
  const trained = v.stages.map(at);
  const axis = { mode: "interp", times, nullRow: false } as const;
  const embedding = stageEmbedding(axis, 3);
  const embed = async (weights: Float32Array): Promise<Float32Array> => {
    const { out } = await read(() => {
      const table = new Float32Array(times.length * 3);
      for (const [stage, values] of Object.entries(v.embeddings)) table.set(values, 3 * at(Number(stage)));
      const params = { table: tensor(table, [times.length, 3]) };
      return { out: embedCondition(params, embedding, tensor(weights, [1, weights.length])) };
    });
    return out;
  };
  assertClose(await embed(stageCondition(axis, trained, at(v.query))), v.out, FLOAT32);
  const shifted = times.map((time) => time.value === v.query ? { ...time, value: 13 } : time);
  const between = stageCondition({ ...axis, times: shifted }, trained, at(v.query));
  assertClose(await embed(between), v["query_13.0"].out, FLOAT32);
  const scaled = stageCondition({ ...axis, mode: "continuous" }, trained, at(v.query));
  assertAlmostEquals(scaled[0]!, v.normalised_time["13.5"], 1e-6);
  assertEquals(scaled[1], 1);
});

Deno.test("flow matching reproduces cfm: path, loss and solvers, its velocity the negative of GMFlow's", async () => {
  const v = vectors.cfm;
  const path = linearPath<Cells>();
  const { xt, dxt } = await read(() => {
    const { xt, dxt } = path.at({ x: tensorOf(v.source) }, { x: tensorOf(v.data) }, tensor(v.t), rng(0));
    return { xt: xt.x, dxt: dxt.x };
  });
  assertClose(xt, flat(v.x_t), FLOAT32);
  assertClose(dxt, flat(v.u_t), FLOAT32);
  const method = cfmMethod(CFM_DEFAULTS, { ...SPEC, times: [] });
  const { loss } = await read(() => {
    const point = path.at({ x: tensorOf(v.source) }, { x: tensorOf(v.data) }, tensor(v.t), rng(0));
    const cond = { condition: zeros([2, 1]) };
    const ctx = { cond, encode: () => cond, step: 0, path, rng: rng(0) };
    return { loss: method.objective.loss(() => ({ x: tensorOf(v.prediction) }), point, ctx).total };
  });
  assertClose(loss, [v.mse_mean_over_all_elements], FLOAT32);
  const linear = v["solvers_on_dxdt=-1.3x+0.5+t"];
  const solve = async (sampler: ReturnType<typeof eulerSampler<Cells>>, steps: number): Promise<number> => {
    const x0: Cells = { x: row([linear.x0]) };
    const field = ({ x }: Cells, t: Tensor): Cells => ({ x: x.mul(-1.3).add(0.5).add(t.reshape([1, 1])) });
    const { x } = await integrate({ sampler, field, x0, rng: rng(0) }, timeGrid(steps + 1));
    const { end } = await read(() => ({ end: x.x.clone() }));
    dispose([x.x, x0.x]);
    return end[0]!;
  };
  assertAlmostEquals(await solve(eulerSampler<Cells>(), 16), linear.euler16, 1e-5);
  assertAlmostEquals(await solve(midpointSampler<Cells>(), 8), linear.midpoint8, 1e-5);
  assertAlmostEquals(await solve(heunSampler<Cells>(), 8), linear.heun8, 1e-5);
});

Deno.test("a guided draw sees the network twice and an unguided one does not need the null condition", async () => {
  await assertNoLeak(async () => {
    for (const guidance of [0, 0.5]) {
      const config = {
        ...GMFLOW_DEFAULTS,
        conditionDropout: 0.1,
        sampling: { ...GMFLOW_DEFAULTS.sampling, steps: 2, guidance, order: 2 },
      };
      const method = gmMethod(config, SPEC);
      const params = tidy(() => method.backbone.init(rng(0)));
      const cond = { condition: tensor(new Float32Array(27).map((_, i) => Number(i % 9 === 0)), [3, 9]) };
      const like: Cells = { x: zeros([3, 32]) };
      const { x, evaluations } = await draw(method, { params, cond, like, times: timeGrid(3), rng: rng(4) });
      assertEquals(evaluations, 2);
      assertEquals(x.x.shape, [3, 32]);
      dispose([x.x, like.x, cond.condition, ...leaves<Tensor>(params)]);
    }
  });
});

Deno.test("cellMlpParams() gives hidden layers He's spread and read-outs that start at zero zeros", async () => {
  const sizes = {
    features: 40,
    context: 10,
    hidden: 200,
    layers: 1,
    heads: { a: 3, b: 2 },
    zeroHeads: ["b"],
    skip: false,
  };
  const { weight, zero } = await read(() => {
    const params = cellMlpParams(rng(0), sizes) as {
      readonly hidden: readonly { readonly weight: Tensor }[];
      readonly heads: Readonly<Record<string, { readonly weight: Tensor }>>;
    };
    return { weight: params.hidden[0]!.weight, zero: params.heads["b"]!.weight };
  });
  const variance = weight.reduce((sum, value) => sum + value * value, 0) / weight.length;
  assertAlmostEquals(variance, 2 / 50, 0.002);
  assertEquals(zero.every((value) => value === 0), true);
});
