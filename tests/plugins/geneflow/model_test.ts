import { chooseBackend } from "../../../core/backend/mod.ts";
import {
  adamW,
  chain,
  clipByGlobalNorm,
  constantSchedule,
  createTrainer,
  type Data,
  hostArray,
  inMemory,
  mergeConfig,
  rng,
  rowsOf,
  type Section,
  type Trained,
} from "../../../core/mod.ts";
import { tidy } from "../../../core/tensor/mod.ts";
import { disposeTree } from "../../../core/tree.ts";
import { plugin } from "../../../plugins/geneflow/mod.ts";
import type { GeneFlowConfig } from "../../../plugins/geneflow/config.ts";
import { drawPictures, type PictureSamples } from "../../../plugins/geneflow/samples.ts";
import { pictureMethod } from "../../../plugins/geneflow/method.ts";
import { readPictures } from "../../../plugins/geneflow/rows.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { assertNoLeak, BACKENDS } from "../../core/backends.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { PICTURES, SPEC, TINY_CONFIG } from "./pictures.ts";

function configOf(changes: Record<string, unknown>): GeneFlowConfig {
  return mergeConfig(mergeConfig(plugin.defaults, TINY_CONFIG, "test"), changes, "test");
}

const CASES: Readonly<Record<string, Record<string, unknown>>> = {
  "flow": {},
  "flow with the graph loss": { spatial: { kind: "graph", weight: 0.05 } },
  "flow with the segmentation loss": { spatial: { kind: "segmentation", weight: 0.02, nuclei: 2 } },
  "flow on the dose": { condition: "time", l1: { target: "none" } },
  "flow of scaled images": { pixels: { mean: [0.4, 0.5, 0.6], std: [0.2] }, spatial: { kind: "graph", weight: 0.05 } },
  "diffusion": { model: "diffusion" },
  "diffusion of scaled images": { model: "diffusion", pixels: { mean: [0.5], std: [0.2] } },
  "regression": { model: "regression" },
};

for (const [name, changes] of Object.entries(CASES)) {
  Deno.test(`${name}: training lowers the loss, drawing and scoring work and leak nothing`, async () => {
    await chooseBackend(BACKENDS.includes("native") ? "native" : "wasm");
    await assertNoLeak(async () => {
      const model = plugin.build(configOf(changes), SPEC);
      const root = rng(3);
      using trainer = createTrainer({
        trainable: model.trainable,
        batches: await model.batches(PICTURES, root.fold("data")),
        optimizer: chain(clipByGlobalNorm(1), adamW({ schedule: constantSchedule(3e-3), weightDecay: 0 })),
        rng: root,
        ema: 0,
      });
      const losses: number[] = [];
      while (trainer.step < 40) losses.push((await trainer.advance()).scalars["img"]!);
      const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
      const [before, after] = [mean(losses.slice(0, 5)), mean(losses.slice(-5))];
      assert(after < 0.8 * before, `loss ${before} before, ${after} after`);
      const trained: Trained = {
        params: trainer.params,
        data: PICTURES,
        rng: rng(4),
        progress: () => {},
        note: () => {},
      };
      const samples = await model.sample(trained) as PictureSamples;
      assertEquals(samples.generated.shape, [10, 8, 8, 3]);
      assert(samples.generated.data.every((value) => value >= 0 && value <= 1));
      assertEquals(samples.rows.map(({ section }) => section.name), Array(10).fill("b"));
      const metrics = await model.evaluate(trained, samples);
      assert(metrics.length >= 8);
      assert(metrics.every(({ value }) => Number.isFinite(value)), JSON.stringify(metrics));
      const figures = await model.figures(trained, samples);
      const [onTheWay, ofGenes] = [name !== "regression", name !== "flow on the dose"];
      assertEquals(figures.map(({ id }) => id), [
        "real-and-generated",
        ...(onTheWay ? ["from-noise"] : []),
        ...(ofGenes ? ["top-genes"] : []),
      ]);
      assert(figures[0]!.frames[0]!.svg.includes("data:image/png;base64,"));
    });
  });
}

Deno.test("an image has the noise of its number, whatever batch it is drawn in, with every solver", async () => {
  await chooseBackend(BACKENDS.includes("native") ? "native" : "wasm");
  await assertNoLeak(async () => {
    for (const solver of ["euler", "heun", "rk4", "dopri5", "dopri5-released"]) {
      const config = configOf({ sampling: { solver, steps: 2 } });
      const method = pictureMethod(config, SPEC);
      const params = tidy(() => method.backbone.init(rng(1)));
      const { expression, cells } = await readPictures(PICTURES, config, rowsOf(PICTURES, "test").slice(0, 3));
      const cut = (from: number, count: number) => ({
        expression: hostArray(expression.data.subarray(4 * from, 4 * (from + count)), [count, 1, 4]),
        cells: hostArray(cells.data.subarray(from, from + count), [count, 1]),
      });
      const shape = [8, 8, 3] as const;
      const together = await drawPictures(method, config, {
        params,
        pictures: cut(0, 3),
        shape,
        rng: rng(2),
        first: 0,
      });
      const alone = await drawPictures(method, config, { params, pictures: cut(1, 1), shape, rng: rng(2), first: 1 });
      assertClose(alone.images.data, together.images.data.subarray(192, 384), 1e-5);
      disposeTree(params);
    }
  });
});

/** The data with one section changed. */
function withSection(change: (section: Section) => Section): Data {
  return { ...PICTURES, sections: PICTURES.sections.map((section, i) => i === 0 ? change(section) : section) };
}

Deno.test("data that do not fit are refused in one sentence", async () => {
  const config = configOf({});
  const parts = (more: Record<string, unknown>) => ({ ...SPEC, parts: { ...SPEC.parts, ...more } }) as typeof SPEC;
  const { img: _, ...noImages } = SPEC.parts;
  assertThrows(() => plugin.build(config, { ...SPEC, parts: noImages }), Error, 'needs images "img"');
  assertThrows(
    () => plugin.build(config, parts({ img: { shape: [9, 8, 3], unit: "grey values, 0 to 255" } })),
    Error,
    "divisible by 2",
  );
  assertThrows(() => plugin.build(configOf({ condition: "time" }), { ...SPEC, times: [] }), Error, "no times");
  await assertRejects(
    async () => await plugin.build(configOf({ batch: 100 }), SPEC).batches(PICTURES, rng(1)),
    Error,
    "100 images from 24",
  );
  const white = withSection((section) => ({
    ...section,
    parts: { ...section.parts, img: inMemory(hostArray(new Float32Array(24 * 192).fill(300), [24, 8, 8, 3])) },
  }));
  await assertRejects(() => readPictures(white, config, rowsOf(white, "train")), Error, "row 0 of section");
  const several = { ...PICTURES, spec: parts({ x: { shape: [2, 2], unit: "ln(1 + counts)" } }) };
  const genes = new Float32Array(24 * 4).fill(1);
  genes.fill(0, 20, 24);
  const empty = {
    ...several,
    sections: PICTURES.sections.map((section) => ({
      ...section,
      parts: { ...section.parts, x: inMemory(hostArray(genes, [24, 2, 2])) },
    })),
  };
  await assertRejects(() => readPictures(empty, config, rowsOf(empty, "train")), Error, "has no cell");
  const { cells } = await readPictures(empty, config, rowsOf(empty, "train").slice(0, 2));
  assertEquals([...cells.data], [1, 1, 1, 1]);
});

Deno.test("configurations that do not fit are refused by name", () => {
  const problems = (changes: Record<string, unknown>): string => plugin.check(configOf(changes)).join("; ");
  assertEquals(problems({}), "");
  assert(problems({ model: "gan" }).includes("plugin.config.model"));
  assert(problems({ network: { headChannels: 3 } }).includes("headChannels is 3"));
  assert(problems({ encoder: { layerNorm: false } }).includes("l1.target"));
  assert(problems({ model: "diffusion", spatial: { kind: "graph" } }).includes("spatial.kind"));
  assert(problems({ sampling: { solver: "magic" } }).includes("sampling.solver"));
});
