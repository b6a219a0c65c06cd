import {
  adamW,
  chooseBackend,
  columnStats,
  constantSchedule,
  createTrainer,
  type Data,
  dataOf,
  dispose,
  hostArray,
  inMemory,
  type Params,
  rng,
  takeRows,
} from "../../../core/mod.ts";
import { DataError } from "../../../core/errors.ts";
import { checkSpatiaEncoder, SPATIA_ENCODER_DEFAULTS } from "../../../plugins/spatia-encoder/config.ts";
import { cellInputs, tensorsOf } from "../../../plugins/spatia-encoder/inputs.ts";
import { plugin } from "../../../plugins/spatia-encoder/mod.ts";
import { logShares, rowTotals, withCounts } from "../../../plugins/spatia-encoder/sections.ts";
import type { SpatiaEncoderSamples } from "../../../plugins/spatia-encoder/samples.ts";
import { emptied, shallow } from "../../../plugins/spatia-encoder/tasks/imputation.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { assertNoLeak } from "../../core/backends.ts";
import {
  dataOfSections,
  GENES,
  madeSection,
  modelOf,
  sectionsOfData,
  SIDE,
  SMALL,
  smallConfig,
  SPEC,
  TISSUE,
  trainedOn,
} from "./setup.ts";

/** Train a model, and do something with its parameters. */
async function trained(
  config: typeof SMALL,
  steps: number,
  work: (model: Awaited<ReturnType<typeof modelOf>>, params: Params, losses: readonly number[]) => Promise<void>,
  data: Data = TISSUE,
): Promise<void> {
  await chooseBackend("wasm");
  await assertNoLeak(async () => {
    const model = await modelOf(config, data);
    using trainer = createTrainer({
      trainable: model.trainable,
      batches: await model.batches(data, rng(1)),
      optimizer: adamW({ schedule: constantSchedule(5e-3), weightDecay: 0 }),
      rng: rng(2),
    });
    const losses: number[] = [];
    while (trainer.step < steps) losses.push((await trainer.advance()).scalars["loss"]!);
    await work(model, trainer.params, losses);
  });
}

Deno.test("a made-up tissue is learned, told, imputed and found again on a held-out section", async () => {
  await trained(SMALL, 80, async (model, params, losses) => {
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    assert(mean(losses.slice(-20)) < 0.85 * mean(losses.slice(0, 10)), `${losses[0]} ${losses.at(-1)}`);
    const notes: string[] = [];
    const at = trainedOn(TISSUE, params, notes);
    const samples = await model.sample(at) as SpatiaEncoderSamples;
    const metrics = await model.evaluate(at, samples);
    const of = (name: string) => metrics.find((metric) => metric.name === name)!;
    const annotation = of("annotation/weighted-f1");
    assert(annotation.value > 0.85, `${annotation.value}`);
    assert(annotation.anchors["SPATIA, cells shuffled"]! < 0.6 && annotation.anchors["most frequent category"]! < 0.4);
    assert(of("imputation/pearson").value > 0.3, `${of("imputation/pearson").value}`);
    assert(Math.abs(of("imputation/pearson").anchors["SPATIA, cells shuffled"]!) < 0.2);
    assert(of("imputation/shallow-pearson").value > 0.1);
    assert(of("prediction/image-to-expression").value > 0.3);
    assert(of("clustering/nmi").value > 0.4);
    for (const name of ["hidden-genes", "image-to-expression", "expression-to-image"]) {
      const top10 = of(`retrieval/${name}-top10`);
      assertEquals(top10.anchors["chance"], 0.5);
      assert(top10.value > 0.65, `${name} ${top10.value}`);
    }
    assertEquals(notes, []);

    const { obsm, obs } = samples.table;
    const levels = [
      "X_spatia",
      "X_spatia_cell",
      "X_spatia_niche",
      "X_spatia_tissue",
      "X_spatia_genes",
      "X_spatia_image",
    ];
    assertEquals(Object.keys(obsm).sort(), [...levels, "spatial"].sort());
    assertEquals(levels.map((name) => obsm[name]!.shape.join()), levels.map(() => "192,16"));
    assertEquals(Object.keys(obs.columns), ["layer", "section", "split"]);

    const figures = await model.figures(at, samples);
    assertEquals(figures.map(({ id }) => id), [
      "embedding-on-tissue",
      "annotation",
      "imputation-by-gene",
      "imputed-genes",
      "retrieval",
    ]);
    assert(figures.every(({ frames }) => frames.length > 0 && frames.every(({ svg }) => svg.startsWith("<svg"))));
    assert(figures[2]!.frames[0]!.svg.includes("gene"));
  });
});

Deno.test("networks that see one modality, and brought features, go all the way", async () => {
  const features = rng(4).host.normal(64 * 6);
  const brought = { uni: inMemory(hostArray(features, [64, 6])) };
  const sections = [madeSection("a", { parts: brought }), madeSection("c", { parts: brought, split: "test" })];
  const spec = { ...SPEC, parts: { ...SPEC.parts, uni: { shape: [6], unit: "au" } }, labels: {} };
  const unlabelled = sections.map((section) => ({ ...section, labels: {} }));
  const cases = [
    [{ modalities: ["genes"] }, TISSUE],
    [{ modalities: ["image"], images: { scale: "training" } }, TISSUE],
    [
      { images: { part: "uni", tokens: 3 }, loss: { counts: "zinb" }, genes: { tokens: 5 } },
      dataOfSections(unlabelled, spec),
    ],
  ] as const;
  for (const [patch, data] of cases) {
    await trained(smallConfig(patch), 3, async (model, params) => {
      const notes: string[] = [];
      const at = trainedOn(data, params, notes);
      const samples = await model.sample(at);
      const metrics = await model.evaluate(at, samples);
      assert(metrics.every(({ value }) => Number.isFinite(value)), JSON.stringify(metrics));
      assert(metrics.some(({ name }) => name === "imputation/pearson"));
      assertEquals(metrics.some(({ name }) => name.startsWith("annotation")), data === TISSUE);
      assertEquals(notes.length, data === TISSUE ? 0 : 1);
      assert((await model.figures(at, samples)).length >= 3);
    }, data);
  }
});

Deno.test("equal seeds give equal embeddings, and a held-out section does not change what is learned", async () => {
  const made: Float32Array[] = [];
  const other = dataOfSections([...TISSUE.sections.slice(0, 2), madeSection("d", { split: "test" })]);
  for (const data of [TISSUE, TISSUE, other]) {
    await trained(SMALL, 4, async (model, params) => {
      const samples = await model.sample(trainedOn(data, params)) as SpatiaEncoderSamples;
      made.push(samples.embedded.all[0]!.z.data);
    }, data);
  }
  assertEquals(made[1], made[0]);
  assertEquals(made[2], made[0]);
});

Deno.test("genes are z-scored within their section, whatever its counts are, or taken as they are", async () => {
  await chooseBackend("wasm");
  for (const scale of ["section", "none"] as const) {
    const config = smallConfig({ modalities: ["genes"], genes: { scale } });
    const { sections } = await sectionsOfData(TISSUE, config);
    const [section] = sections as [typeof sections[0]];
    const other = withCounts(section, hostArray(section.counts.data.map((x) => x * x), section.counts.shape));
    for (const each of [section, other]) {
      const rows = Int32Array.from({ length: each.rows }, (_, i) => i);
      const inputs = cellInputs(each, rows, config, undefined, { image: false, genes: true });
      const values = await dataOf(inputs.genes!.values);
      dispose(tensorsOf(inputs));
      const { mean, std } = columnStats(hostArray(values, section.counts.shape));
      const logarithms = logShares(each.counts, rowTotals(each.counts)).data;
      const scaled = mean.every((value) => Math.abs(value) < 1e-5) && std.every((value) => Math.abs(value - 1) < 1e-4);
      assertEquals(scaled, scale === "section");
      assertEquals(values.every((value, at) => Math.abs(value - logarithms[at]!) < 1e-6), scale === "none");
    }
  }
});

Deno.test("counts that are emptied or drawn again are as many as is said", async () => {
  const { sections } = await sectionsOfData(TISSUE, SMALL);
  const [section] = sections as [typeof sections[0]];
  const { section: left, gone } = emptied(section, 0.3, rng(1));
  const expressed = section.counts.data.reduce((sum, count) => sum + Number(count > 0), 0);
  const share = gone.reduce((sum, flag) => sum + flag, 0) / expressed;
  assert(Math.abs(share - 0.3) < 0.06, `${share}`);
  gone.forEach((flag, at) => assertEquals(left.counts.data[at], flag === 1 ? 0 : section.counts.data[at]));
  const few = shallow(section, 0.25, rng(1));
  const total = (data: Float32Array): number => data.reduce((sum, count) => sum + count, 0);
  assert(Math.abs(total(few.counts.data) / total(section.counts.data) - 0.25) < 0.03);
  assert(few.counts.data.every((count, at) => count <= section.counts.data[at]!));
  assertEquals(few.hidden, section.hidden);
});

Deno.test("cells without an image are embedded by their counts and counted, never seen as black", async () => {
  const size = SIDE * SIDE * 3;
  const base = madeSection("c", { split: "test" });
  const { data } = await base.parts["img"]!.read();
  const black = Uint8Array.from(data, (value, at) => at < 5 * size ? 0 : value);
  const img = inMemory(hostArray(black, [64, SIDE, SIDE, 3]));
  const holed = dataOfSections([...TISSUE.sections.slice(0, 2), madeSection("c", { split: "test", parts: { img } })]);
  const { sections } = await sectionsOfData(holed, SMALL);
  assertEquals(sections[2]!.images!.present.reduce((sum, flag) => sum + flag, 0), 59);
  // They are no part of what the others are z-scored by.
  const { sections: whole } = await sectionsOfData(TISSUE, SMALL);
  const [a, b] = [whole, sections].map((all) => takeRows(all[2]!.images!.values, [10, 20]).data) as [
    Float32Array,
    Float32Array,
  ];
  assert(a.every((value, at) => Math.abs(value - b[at]!) < 0.2));
  await trained(SMALL, 1, async (model, params) => {
    const notes: string[] = [];
    const at = trainedOn(holed, params, notes);
    await model.evaluate(at, await model.sample(at));
    assertEquals(notes, ["5 cells have no image (a single colour): they are embedded by their counts alone"]);
  }, holed);
});

Deno.test("what cannot be used is refused in one sentence", async () => {
  const prepare = (data: Data, patch = {}) => plugin.prepare!(smallConfig(patch), data, rng(0), () => {});
  const refuse = async (data: Data, message: string, patch = {}): Promise<void> =>
    void await assertRejects(() => prepare(data, patch), DataError, message);
  const one = (parts: Parameters<typeof madeSection>[1]) => dataOfSections([madeSection("a", parts)]);
  const values = (fill: number) => inMemory(hostArray(new Float32Array(64 * GENES).fill(fill), [64, GENES]));
  await refuse(
    one({ parts: { x: values(0.5) } }),
    "has 0.5 in gene 0, expected counts; set dataset.config.normalize=none",
  );
  await refuse(one({ parts: { x: values(-1) } }), "has -1 in gene 0, expected counts");
  await refuse(one({ parts: { x: values(0) } }), "0 of 16 are in at least 1 training cells");
  await refuse(one({ split: "test" }), "all sections are held out or empty");
  await refuse(dataOfSections([], SPEC), "all sections are held out or empty");
  const { pos: _, ...noPlaces } = SPEC.parts;
  await refuse({ ...TISSUE, spec: { ...SPEC, parts: noPlaces } }, 'it needs counts "x" and coordinates "pos"');
  await refuse(TISSUE, "expected more; lower plugin.config.genes.minCells", { genes: { minCells: 1000 } });
  await refuse(TISSUE, 'there is no part "uni"', { images: { part: "uni" } });
  const prepared = await prepare(TISSUE);
  assertThrows(() => plugin.build(SMALL, SPEC, {}), TypeError, "pass what prepare() returned");
  assertThrows(
    () => plugin.build(smallConfig({ tasks: { label: "type" } }), SPEC, prepared),
    DataError,
    "has the labels layer; set plugin.config.tasks.label",
  );
  const read = async (parts: Parameters<typeof madeSection>[1]): Promise<void> =>
    void await plugin.build(SMALL, SPEC, prepared).batches(one(parts), rng(1));
  const few = inMemory(hostArray(new Float32Array(3 * SIDE * SIDE * 3), [3, SIDE, SIDE, 3]));
  await assertRejects(
    () => read({ parts: { img: few } }),
    DataError,
    '64 cells but 3 rows of "img", expected one each',
  );
  const broken = inMemory(hostArray(new Float32Array(64 * SIDE * SIDE * 3).fill(NaN), [64, SIDE, SIDE, 3]));
  await assertRejects(() => read({ parts: { img: broken } }), DataError, "cell 0 has NaN, expected finite numbers");
});

Deno.test("configurations are checked key by key", () => {
  assertEquals(checkSpatiaEncoder(SPATIA_ENCODER_DEFAULTS), []);
  const cases = [
    [{ modalities: [] }, 'plugin.config.modalities is [], expected some of "image", "genes"'],
    [{ modalities: ["genes", "genes"] }, "plugin.config.modalities is"],
    [{ levels: ["niche"] }, '"cell" among them'],
    [{ network: { width: 12 } }, "plugin.config.network.width is 12, expected a multiple of 8 and of 2 heads"],
    [{ masking: { dropImage: 0.6, dropGenes: 0.5 } }, "expected some regions with both"],
    [{ tasks: { depth: 0 } }, "plugin.config.tasks.depth is 0, expected a share above 0 and up to 1"],
    [{ loss: { temperature: 0 } }, "plugin.config.loss.temperature is 0, expected a positive number"],
    [{ genes: { scale: "cell" } }, 'plugin.config.genes.scale is "cell"'],
    [{ loss: { image: -1 } }, "plugin.config.loss.image is -1"],
    [{ genes: { hidden: 1 } }, "plugin.config.genes.hidden is 1, expected a share from 0 to below 1"],
  ] as const;
  for (const [patch, message] of cases) {
    const found = checkSpatiaEncoder(smallConfig(patch));
    assert(found.length === 1 && found[0]!.includes(message), `${JSON.stringify(patch)}: ${found}`);
  }
});
