import {
  adamW,
  constantSchedule,
  createTrainer,
  type Data,
  dispose,
  hostArray,
  inMemory,
  leaves,
  mergeConfig,
  rng,
  type Section,
  type Tensor,
  tensor,
  tidy,
  type Trained,
} from "../../../core/mod.ts";
import { DataError } from "../../../core/errors.ts";
import { plugin as cfm } from "../../../plugins/cfm/mod.ts";
import { GMFLOW_DEFAULTS, type GmFlowConfig } from "../../../plugins/gmflow/config.ts";
import { gmMethod } from "../../../plugins/gmflow/method.ts";
import { type GmSamples, plugin } from "../../../plugins/gmflow/mod.ts";
import { gmObjective } from "../../../plugins/gmflow/objective.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { read } from "../../parity/tensors.ts";

const TIMES = [0, 1, 2].map((value) => ({ name: `day ${value}`, value, unit: "days" }));

/** Two clusters per stage that move with time. */
function section(time: number, split: "train" | "test", rows = 200): Section {
  const x = rng(time).host.normal(2 * rows).map((v, i) =>
    0.2 * v + (i % 4 < 2 ? 1 : -1) * (i % 2 === 0 ? 1 + time : 1)
  );
  const parts = { x: inMemory(hostArray(x, [rows, 2])) };
  return { name: `day ${time}`, time, split, rows, parts, labels: {} };
}

function dataOf(sections: readonly Section[]): Data {
  return {
    spec: { name: "clusters", parts: { x: { shape: [2], unit: "sd" } }, times: TIMES, labels: {} },
    sections,
    citation: { title: "clusters", authors: "", url: "" },
    source: "test",
    notes: [],
  };
}

const DATA = dataOf([section(0, "train"), section(1, "test"), section(2, "train")]);

const SMALL: GmFlowConfig = {
  ...GMFLOW_DEFAULTS,
  components: 3,
  batch: 128,
  sampling: { ...GMFLOW_DEFAULTS.sampling, steps: 4, substeps: 4, cells: 120, controls: ["4x1"] },
};

function trainedOn(data: Data, params: Trained["params"], notes: string[] = []): Trained {
  return { params, data, rng: rng(5), progress: () => {}, note: (message) => void notes.push(message) };
}

forEachBackend("gmflow learns clusters of stages and generates the one between them", async () => {
  await assertNoLeak(async () => {
    const model = plugin.build({ ...SMALL, network: { ...SMALL.network, skip: true } }, DATA.spec);
    using trainer = createTrainer({
      trainable: model.trainable,
      batches: await model.batches(DATA, rng(1)),
      optimizer: adamW({ schedule: constantSchedule(0.02), weightDecay: 0 }),
      rng: rng(2),
      ema: 0.9,
    });
    const first = (await trainer.advance()).scalars["loss"]!;
    for (let i = 0; i < 119; i++) await trainer.advance();
    const { scalars } = await trainer.advance();
    assert(scalars["loss"]! < first - 0.8, `loss fell from ${first} to ${scalars["loss"]}`);
    const trained = trainedOn(DATA, trainer.params);
    const samples = await model.sample(trained) as GmSamples;
    assertEquals(samples.stages.map(({ stage, heldOut }) => [stage.name, heldOut]), [
      ["day 1", true],
      ["day 0", false],
      ["day 2", false],
    ]);
    assertEquals(samples.table.X!.shape, [360, 2]);
    assertEquals(samples.weights.shape, [4, 3]);
    for (let step = 0; step < 4; step++) {
      assertAlmostEquals(samples.weights.data.slice(3 * step, 3 * step + 3).reduce((a, b) => a + b), 1, 1e-4);
    }
    const metrics = await model.evaluate(trained, samples);
    const w1 = metrics[0]!;
    assertEquals(w1.name, "w1-per-coordinate");
    assert(w1.value < w1.anchors["noise"]! && w1.value > 0, `${w1.value}, noise ${w1.anchors["noise"]}`);
    assert(metrics.some(({ name }) => name === "4x1/w2") && metrics.some(({ name }) => name === "seen/sliced-w2"));
    const figures = await model.figures(trained, samples);
    assertEquals(figures.map(({ id }) => id), ["embedding", "coordinates", "components"]);
  });
});

Deno.test("equal streams draw equal cells, and the controls start from the same noise", async () => {
  await assertNoLeak(async () => {
    const model = plugin.build({ ...SMALL, sampling: { ...SMALL.sampling, controls: ["4x4"] } }, DATA.spec);
    const params = tidy(() => model.trainable.init(rng(3)));
    const [a, b] = [await model.sample(trainedOn(DATA, params)), await model.sample(trainedOn(DATA, params))];
    const [first, again] = [a as GmSamples, b as GmSamples];
    assertEquals(first.stages[0]!.x.data, again.stages[0]!.x.data);
    assertEquals(first.stages[0]!.controls["4x4"]!.data, first.stages[0]!.x.data);
    dispose(leaves<Tensor>(params));
  });
});

Deno.test("gmflow says so where no stage is held out", async () => {
  const data = dataOf([section(0, "train"), section(2, "train")]);
  const model = plugin.build(SMALL, data.spec);
  const params = tidy(() => model.trainable.init(rng(3)));
  const notes: string[] = [];
  const trained = trainedOn(data, params, notes);
  await model.evaluate(trained, await model.sample(trained));
  assertEquals(notes, ["no stage is held out: the metrics compare with cells that were trained on"]);
  dispose(leaves<Tensor>(params));
});

Deno.test("bad input is refused in one sentence", async () => {
  const few = dataOf([section(0, "train", 2), section(2, "train")]);
  await assertRejects(
    () => plugin.build(SMALL, few.spec).batches(few, rng(0)),
    DataError,
    'Cannot train on stage "day 0": it has 2 cells, fewer than the 3 components of the mixture; lower',
  );
  const spoilt = hostArray(Float32Array.from({ length: 40 }, (_, i) => i === 7 ? NaN : i), [20, 2]);
  const bad = dataOf([{ ...section(0, "train", 20), parts: { x: inMemory(spoilt) } }]);
  await assertRejects(
    () => plugin.build(SMALL, bad.spec).batches(bad, rng(0)),
    DataError,
    'Cannot use the features of section "day 0": cell 3 has NaN in column 1',
  );
  const edge = dataOf([section(0, "train"), section(1, "train"), section(2, "test")]);
  const model = plugin.build(SMALL, edge.spec);
  const params = tidy(() => model.trainable.init(rng(3)));
  await assertRejects(
    () => model.sample(trainedOn(edge, params)),
    DataError,
    'Cannot interpolate stage "day 2": it lies outside the trained stages',
  );
  dispose(leaves<Tensor>(params));
  assertThrows(() => plugin.build(SMALL, { ...DATA.spec, times: [] }), DataError, "no time points");
  assertThrows(() => plugin.build(SMALL, { ...DATA.spec, parts: {} }), DataError, 'it needs features "x"');
  assertThrows(() => plugin.build({ ...SMALL, label: "type" }, DATA.spec), DataError, 'Cannot type cells by "type"');
});

Deno.test("check() names every value that does not fit", () => {
  const config = mergeConfig(GMFLOW_DEFAULTS, {
    components: 0,
    network: { timeDim: 7 },
    sampling: { solver: "sde", guidance: 0.5, controls: ["16"], order: 3 },
  }, "test");
  const problems = plugin.check(config);
  assertEquals(problems.length, 6);
  assert(problems.some((text) => text.includes("conditionDropout above 0")));
  assert(problems.some((text) => text.includes('has "16", expected STEPSxSUBSTEPS')));
  assertEquals(plugin.check(GMFLOW_DEFAULTS), []);
});

Deno.test("the transition loss at ratio 1 is the velocity's likelihood plus D log sigma", async () => {
  const method = gmMethod(SMALL, DATA.spec);
  const { velocity, transition, shift } = await read(() => {
    const params = method.backbone.init(rng(0));
    const [noise, cells] = [{ x: rng(1).normal([6, 2]) }, { x: rng(2).normal([6, 2]) }];
    const cond = method.backbone.encode!(params, { condition: tensor(Array(6).fill([1, 0, 0]).flat(), [6, 3]) }, {
      train: true,
      rng: rng(0),
    });
    const t = tensor([0.1, 0.3, 0.5, 0.6, 0.8, 0.9]);
    // With all the noise of the way in one draw, the transition starts at the clean cell.
    const stream = { ...rng(0), fold: () => ({ ...rng(0), normal: () => noise.x }) };
    const point = method.path.at(noise, cells, t, rng(0));
    const ctx = {
      cond,
      encode: () => cond,
      step: 0,
      path: method.path,
      rng: stream as unknown as ReturnType<typeof rng>,
    };
    const predict = (xt: typeof noise, time: Tensor) =>
      method.backbone.apply(params, xt, time, cond, { train: true, rng: rng(0) });
    return {
      velocity: gmObjective({ kind: "velocity", ratio: 1 }).loss(predict, point, ctx).total,
      transition: gmObjective({ kind: "transition", ratio: 1 }).loss(predict, point, ctx).total,
      shift: t.mul(-1).add(1).log().mean().mul(2),
    };
  });
  assertAlmostEquals(transition[0]!, velocity[0]! + shift[0]!, 2e-3);
});

Deno.test("condition dropout and balanced stages show in the batches", async () => {
  const config: GmFlowConfig = { ...SMALL, batch: 2000, conditionDropout: 0.25, draw: "stages" };
  const data = dataOf([section(0, "train", 30), section(2, "train", 300)]);
  const batches = await gmMethod(config, data.spec).batches(data, rng(1));
  using batch = await batches.at(0);
  const weights = await batch.cond.condition.data();
  const shares = [0, 1, 2, 3].map((k) => Array.from(weights).filter((w, i) => i % 4 === k && w === 1).length / 2000);
  assertAlmostEquals(shares[3]!, 0.25, 0.04);
  assertAlmostEquals(shares[0]!, 0.375, 0.05);
  assertAlmostEquals(shares[2]!, 0.375, 0.05);
  assertEquals(shares[1], 0);
});

Deno.test("cfm generates stages beside gmflow, pairing noise within each stage", async () => {
  await assertNoLeak(async () => {
    const config = mergeConfig(cfm.defaults, {
      condition: "time",
      coupling: "exact",
      batch: 64,
      network: { hidden: 16, layers: 2, skip: true },
      sampling: { solver: "euler", points: 5, cells: 100, controls: [9] },
    }, "test");
    assertEquals(cfm.check(config), []);
    const model = cfm.build(config, DATA.spec);
    using trainer = createTrainer({
      trainable: model.trainable,
      batches: await model.batches(DATA, rng(1)),
      optimizer: adamW({ schedule: constantSchedule(0.02), weightDecay: 0 }),
      rng: rng(2),
    });
    const first = (await trainer.advance()).scalars["loss"]!;
    for (let i = 0; i < 40; i++) await trainer.advance();
    assert((await trainer.advance()).scalars["loss"]! < 0.8 * first);
    const trained = trainedOn(DATA, trainer.params);
    const samples = await model.sample(trained);
    assertEquals(samples.table.X!.shape, [300, 2]);
    const names = (await model.evaluate(trained, samples)).map(({ name }) => name);
    assert(names.includes("w2") && names.includes("8-steps/w2") && names.includes("seen/w2"));
    assertEquals((await model.figures(trained, samples)).map(({ id }) => id), ["embedding", "coordinates"]);
  });
});
