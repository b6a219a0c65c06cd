import {
  adamW,
  constantSchedule,
  createTrainer,
  dispose,
  hostArray,
  inMemory,
  leaves,
  mergeConfig,
  type Model,
  type Params,
  rng,
  stepMemory,
  type Tensor,
  tidy,
} from "../../../core/mod.ts";
import { DataError } from "../../../core/errors.ts";
import { SPOT_ROWS, type SpotBatch } from "../../../plugins/stflow/batches.ts";
import { STFLOW_DEFAULTS, type StFlowConfig } from "../../../plugins/stflow/config.ts";
import { plugin } from "../../../plugins/stflow/mod.ts";
import type { StSamples } from "../../../plugins/stflow/samples.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { DATA, dataOf, GENES, madeSlide, modelOf, SMALL, SPEC, trainedOn } from "./setup.ts";

async function train(config: StFlowConfig, steps: number): Promise<{ params: Params; first: number; last: number }> {
  const model = await modelOf(config);
  using trainer = createTrainer({
    trainable: model.trainable,
    batches: await model.batches(DATA, rng(1)),
    optimizer: adamW({ schedule: constantSchedule(5e-3), weightDecay: 0 }),
    rng: rng(2),
  });
  const first = (await trainer.advance()).scalars["loss"]!;
  let last = first;
  while (trainer.step < steps) last = (await trainer.advance()).scalars["loss"]!;
  const copies = tidy(() => leaves<Tensor>(trainer.params).map((leaf) => leaf.clone()));
  return { params: copies, first, last };
}

forEachBackend("stflow learns genes from image features and scores a held-out slide", async (backend) => {
  await assertNoLeak(async () => {
    const config = { ...SMALL, baselines: ["ridge", "knn"] };
    const model = await modelOf(config);
    using trainer = createTrainer({
      trainable: model.trainable,
      batches: await model.batches(DATA, rng(1)),
      optimizer: adamW({ schedule: constantSchedule(5e-3), weightDecay: 0 }),
      rng: rng(2),
    });
    const first = (await trainer.advance()).scalars["loss"]!;
    while (trainer.step < (backend === "cpu" ? 10 : 120)) await trainer.advance();
    const { loss } = (await trainer.advance()).scalars;
    assert(loss! < (backend === "cpu" ? 0.9 : 0.5) * first, `loss fell from ${first} to ${loss}`);
    const notes: string[] = [];
    const trained = trainedOn(DATA, trainer.params, notes);
    const samples = await model.sample(trained) as StSamples;
    assertEquals(samples.slides.map(({ slide }) => slide.name), ["three"]);
    assertEquals(samples.table.X!.shape, [70, GENES]);
    assertEquals(samples.slides[0]!.draws.length, 2);
    const metrics = await model.evaluate(trained, samples);
    const pearson = metrics[0]!;
    assertEquals(pearson.name, "pearson");
    assert(pearson.value > (backend === "cpu" ? -1 : 0.4), `${pearson.value}`);
    assertEquals(Object.keys(pearson.anchors), ["ridge", "ridge + smoothing", "knn", "knn + smoothing"]);
    assert(Object.values(pearson.anchors).every((value) => value > 0.3 && value < 1));
    assert(notes.some((note) => note.startsWith("ridge was chosen by validation within the training slides")));
    for (const { name, value } of metrics) assert(Number.isFinite(value), name);
    const figures = await model.figures(trained, samples);
    assertEquals(figures.map(({ id }) => id), ["genes-on-slides", "correlation-by-gene", "uncertainty", "structure"]);
    assert(figures.every(({ frames }) => frames.every(({ svg }) => svg.startsWith("<svg") && !svg.includes("NaN"))));
  });
});

Deno.test("stflow fits a few spots exactly when nothing is dropped", async () => {
  const few = dataOf([madeSlide("few", { spots: 64 })]);
  const config = mergeConfig(
    SMALL,
    { network: { width: 64, pairWidth: 16, layers: 3 }, regions: { law: "sqrt" } },
    "test",
  );
  const model = await modelOf(config, few);
  using trainer = createTrainer({
    trainable: model.trainable,
    batches: await model.batches(few, rng(1)),
    optimizer: adamW({ schedule: (step) => step < 280 ? 4e-3 : 8e-4, weightDecay: 0 }),
    rng: rng(2),
  });
  let loss = Infinity;
  for (let i = 0; i < 400; i++) loss = (await trainer.advance()).scalars["loss"]!;
  assert(loss < 1e-2, `the loss is still ${loss}`);
});

Deno.test("equal streams train and predict equally, and batches depend on their number alone", async () => {
  const [a, b] = [await train(SMALL, 4), await train(SMALL, 4)];
  assertEquals([a.first, a.last], [b.first, b.last]);
  dispose(leaves<Tensor>(a.params));
  dispose(leaves<Tensor>(b.params));
  const model = await modelOf(SMALL);
  const batches = await model.batches(DATA, rng(1));
  await batches.at(0).then((batch) => batch[Symbol.dispose]());
  using again = await batches.at(7) as SpotBatch;
  using fresh = await (await model.batches(DATA, rng(1))).at(7) as SpotBatch;
  assertEquals(await again.target.y.data(), await fresh.target.y.data());
});

Deno.test("a step holds several regions whose neighbours stay inside", async () => {
  const model = await modelOf({ ...SMALL, regions: { ...SMALL.regions, perStep: 3 } });
  const batches = await model.batches(DATA, rng(1));
  for (let step = 0; step < 5; step++) {
    using batch = await batches.at(step) as SpotBatch;
    const [group, near] = [await batch.group!.data(), await batch.cond.neighbours.data()];
    assertEquals(new Set(group).size, 3);
    const k = batch.cond.neighbours.shape[1]!;
    near.forEach((row, at) => assertEquals(group[row], group[Math.floor(at / k)]));
  }
});

Deno.test("without shuffling, slides come one after the other as in the authors' program", async () => {
  const model = await modelOf({ ...SMALL, regions: { ...SMALL.regions, shuffle: false, law: "sqrt" } });
  const batches = await model.batches(DATA, rng(1));
  const of = async (step: number): Promise<string> => {
    using batch = await batches.at(step) as SpotBatch;
    const values = [...await batch.target.y.data()].map((value) => value.toFixed(4));
    const one = [...(await DATA.sections[0]!.parts["x"]!.read()).data].map((value) => value.toFixed(4));
    return values.slice(0, 3).join() === one.slice(0, 3).join() || one.join().includes(values.slice(0, 3).join())
      ? "one"
      : "two";
  };
  // Ten regions of each slide, two in a step.
  assertEquals(await Promise.all([0, 4, 5, 9].map(of)), ["one", "one", "two", "two"]);
});

forEachBackend("memory of a step is foreseen from a part of its spots", async (backend) => {
  const model = await modelOf({ ...SMALL, regions: { ...SMALL.regions, law: "sqrt" } });
  const batches = await model.batches(DATA, rng(1));
  using batch = await batches.at(0) as SpotBatch;
  assertEquals(SPOT_ROWS.count(batch), batch.target.y.shape[0]);
  using small = SPOT_ROWS.first(batch, 20);
  const near = await small.cond.neighbours.data();
  assertEquals(small.cond.neighbours.dtype, "int32");
  assert(near.every((row) => row < 20));
  const params = tidy(() => model.trainable.init(rng(0)));
  const found = stepMemory({ trainable: model.trainable, params, state: undefined, step: 0 } as never, batch, rng(3));
  assertEquals(found !== undefined, backend === "wasm" || backend === "native");
  if (found !== undefined) assert(found.needed > 0 && found.fitting > 20);
  dispose(leaves<Tensor>(params));
});

Deno.test("every prior starts a draw, and fitted ones learn from training slides alone", async () => {
  for (const kind of ["zinb", "gaussian", "zero", "empirical", "fitted"] as const) {
    const config = mergeConfig(SMALL, { prior: { kind } }, "test");
    const model = await modelOf(config);
    const params = tidy(() => model.trainable.init(rng(0)));
    const { slides } = await model.sample(trainedOn(DATA, params)) as StSamples;
    assert(slides[0]!.mean.data.every(Number.isFinite), kind);
    const varied = slides[0]!.spread.data.some((value) => value > 0);
    assertEquals(varied, kind !== "zero", kind);
    dispose(leaves<Tensor>(params));
  }
  const fitted = mergeConfig(SMALL, { prior: { kind: "fitted", fit: "moments" } }, "test");
  const prepared = await plugin.prepare!(fitted, DATA, rng(0), () => {});
  const { data, shape } = (prepared["prior"] as { laws: { data: Float32Array; shape: number[] } }).laws;
  assertEquals(shape, [GENES, 3]);
  for (let g = 0; g < GENES; g++) {
    const counts = (await Promise.all(DATA.sections.slice(0, 2).map(({ parts }) => parts["x"]!.read()))).flatMap((x) =>
      [...x.data].filter((_, at) => at % GENES === g).map((value) => Math.round(Math.expm1(value)))
    );
    const mean = counts.reduce((a, b) => a + b, 0) / counts.length;
    assertAlmostEquals((1 - data[3 * g + 2]!) * data[3 * g]!, mean, 1e-3);
  }
  assertThrows(() => plugin.build(fitted, DATA.spec, {}), TypeError, "they were not prepared");
});

Deno.test("a panel of genes is predicted in its own order", async () => {
  const config = { ...SMALL, genes: ["GAD1", "CALB1"] };
  const model = await modelOf(config);
  const params = tidy(() => model.trainable.init(rng(0)));
  const { table } = await model.sample(trainedOn(DATA, params)) as StSamples;
  assertEquals(table.var.index, ["GAD1", "CALB1"]);
  const x = await DATA.sections[2]!.parts["x"]!.read();
  const measured = table.layers["measured"] as { data: Float32Array };
  assertEquals([measured.data[0], measured.data[1]], [x.data[2], x.data[0]]);
  dispose(leaves<Tensor>(params));
});

Deno.test("parameters can be chosen on kept-out spots or, said so, on the test slides", async () => {
  for (const selectOn of ["none", "validation", "test"] as const) {
    const model = await modelOf({ ...SMALL, selectOn });
    const params = tidy(() => model.trainable.init(rng(0)));
    const notes: string[] = [];
    const trained = trainedOn(DATA, params, notes);
    assertEquals(model.select === undefined, selectOn === "none");
    if (model.select !== undefined) {
      const [first, again] = [await model.select(trained), await model.select(trained)];
      assert(Number.isFinite(first) && first === again);
    }
    await model.sample(trained);
    assertEquals(notes.some((note) => note.includes("chosen on the test slides")), selectOn === "test");
    dispose(leaves<Tensor>(params));
  }
});

Deno.test("stflow says so where no slide is held out", async () => {
  const data = dataOf([madeSlide("one")]);
  const model = await modelOf(SMALL, data);
  const params = tidy(() => model.trainable.init(rng(0)));
  const notes: string[] = [];
  const trained = trainedOn(data, params, notes);
  await model.evaluate(trained, await model.sample(trained));
  assertEquals(notes, ["no slide is held out: the metrics compare with spots that were trained on"]);
  dispose(leaves<Tensor>(params));
});

/** One slide with a changed part. */
function spoilt(part: string, change: (data: Float32Array) => void, width: number): () => Promise<Model> {
  const good = madeSlide("bad");
  return async () => {
    const { data } = await good.parts[part]!.read();
    const values = Float32Array.from(data);
    change(values);
    const parts = { [part]: inMemory(hostArray(values, [values.length / width, width])) };
    return await modelOf(SMALL, dataOf([madeSlide("bad", { parts })]));
  };
}

Deno.test("bad input is refused in one sentence", async () => {
  await assertRejects(
    spoilt("x", (x) => x[7] = -0.5, GENES),
    DataError,
    'Cannot use the expression of slide "bad": spot 2 has -0.5 in column 1, expected ln(1 + counts) of at least 0',
  );
  await assertRejects(spoilt("x", (x) => x[0] = NaN, GENES), DataError, "spot 0 has NaN in column 0");
  await assertRejects(
    spoilt("features", (x) => x[6] = Infinity, 4),
    DataError,
    'Cannot use image features "features" of slide "bad": spot 1 has Infinity in column 2, expected finite numbers',
  );
  await assertRejects(spoilt("pos", (x) => x[3] = NaN, 2), DataError, "the coordinates of slide");
  const fewer = inMemory(hostArray(new Float32Array(40), [10, 4]));
  await assertRejects(
    () => modelOf(SMALL, dataOf([madeSlide("bad", { parts: { features: fewer } })])),
    DataError,
    'Cannot use slide "bad": it has 60 spots but 10 rows of "features", expected one each',
  );
  await assertRejects(
    () => modelOf({ ...SMALL, genes: ["GAD2"] }),
    DataError,
    'Cannot predict gene "GAD2" on "slides": did you mean "GAD1"?',
  );
  await assertRejects(
    () => modelOf(SMALL, dataOf([madeSlide("bad", { spots: 1 })])),
    DataError,
    'Cannot use slide "bad": it has 1 spots, expected at least 2',
  );
  await assertRejects(() => modelOf({ ...SMALL, images: ["uni"] }), DataError, 'it needs "uni", the data have x, pos');
  await assertRejects(() => modelOf({ ...SMALL, images: ["statistics"] }), DataError, 'it needs "img"');
  await assertRejects(
    () => modelOf(SMALL, dataOf([madeSlide("bad", { split: "test" })])),
    DataError,
    "all slides are held out",
  );
  const deep = { ...SPEC, parts: { ...SPEC.parts, pos: { shape: [3], unit: "px" } } };
  assertThrows(() => plugin.build(SMALL, deep, {}), DataError, "coordinates have shape [3], expected [2]");
});

Deno.test("slides with fewer spots than neighbours and spots at one place are trained on and predicted", async () => {
  const config = mergeConfig(SMALL, { network: { neighbours: 8 } }, "test");
  const data = dataOf([
    madeSlide("tiny", { spots: 3 }),
    madeSlide("one place", { spots: 20, move: () => [4, 4] }),
    madeSlide("few", { spots: 5, split: "test" }),
  ]);
  const model = await modelOf(config, data);
  using trainer = createTrainer({
    trainable: model.trainable,
    batches: await model.batches(data, rng(1)),
    optimizer: adamW({ schedule: constantSchedule(1e-3), weightDecay: 0 }),
    rng: rng(2),
  });
  for (let i = 0; i < 10; i++) assert(Number.isFinite((await trainer.advance()).scalars["loss"]));
  const { slides } = await model.sample(trainedOn(data, trainer.params)) as StSamples;
  assert(slides[0]!.mean.data.every(Number.isFinite));
});

Deno.test("check() names every value that does not fit", () => {
  const config = mergeConfig(STFLOW_DEFAULTS, {
    images: [],
    prior: { kind: "uniform" as "zinb", totalCount: 0 },
    network: { width: 130, neighbours: 0, dropout: 1 },
    sampling: { steps: 0, grid: "log" as "even" },
    selectOn: "train" as "none",
    baselines: ["forest"],
  }, "test");
  assertEquals(plugin.check(config).length, 10);
  assertEquals(plugin.check(STFLOW_DEFAULTS), []);
});
