import {
  adamW,
  type Categorical,
  constantSchedule,
  createTrainer,
  type Data,
  dispose,
  hostArray,
  inMemory,
  leaves,
  type Model,
  type Prepared,
  rng,
  type Section,
  type Tensor,
  tidy,
  type Trained,
} from "../../../core/mod.ts";
import { DataError } from "../../../core/errors.ts";
import type { SedrConfig } from "../../../plugins/sedr/config.ts";
import { plugin, SEDR_DEFAULTS, sedrEmbedding, type SedrSamples } from "../../../plugins/sedr/mod.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { GENES, layeredData, layeredTissue, smallConfig } from "./setup.ts";

const DATA = layeredData();

async function prepared(config: SedrConfig, data: Data = DATA): Promise<Prepared> {
  return await plugin.prepare!(config, data, rng(7).fold("prepare"), () => {});
}

/** Train as the command line does, then embed, measure and draw. */
async function fitted<T>(
  config: SedrConfig,
  epochs: number,
  use: (model: Model, trained: Trained, notes: readonly string[]) => Promise<T>,
  data: Data = DATA,
): Promise<T> {
  const model = plugin.build(config, data.spec, await prepared(config, data));
  using trainer = createTrainer({
    trainable: model.trainable,
    batches: await model.batches(data, rng(7).fold("data")),
    optimizer: adamW({ schedule: constantSchedule(0.01), weightDecay: 0 }),
    rng: rng(7),
  });
  while (trainer.step < epochs) await trainer.advance();
  const notes: string[] = [];
  const { params, state } = trainer;
  const note = (message: string): void => void notes.push(message);
  return await use(model, { params, state, data, rng: rng(8), progress: () => {}, note }, notes);
}

forEachBackend("sedr finds layers that single cells do not tell, in sections it was not fitted on too", async () => {
  // Narrow, since the plain backend takes its time.
  const config = smallConfig({ network: { encoder: 16, features: 8, hidden: 16, spatial: 8 } });
  await assertNoLeak(() =>
    fitted(config, 40, async (model, trained) => {
      const samples = await model.sample(trained) as SedrSamples;
      assertEquals(samples.sections.map(({ z, section }) => [section.name, section.heldOut, ...z.shape]), [
        ["a", false, 144, 16],
        ["b", false, 144, 16],
        ["c", true, 144, 16],
      ]);
      const metrics = await model.evaluate(trained, samples);
      const of = (name: string) => metrics.find((metric) => metric.name === name)!;
      for (const prefix of ["", "held-out/"]) {
        const { value, anchors } = of(`${prefix}ari`);
        assert(value > anchors["components"]! + 0.1, `${prefix}${value}, components ${anchors["components"]}`);
        assert(of(`${prefix}ari-spread`).value >= 0 && of(`${prefix}ari-smoothed`).value > 0.4);
        assert(of(`${prefix}unexplained-variance`).value < 1);
      }
      const figures = await model.figures(trained, samples);
      assertEquals(figures.map(({ id, frames }) => [id, frames.length]), [["domains", 3], ["embedding", 1]]);
    })
  );
});

Deno.test("the library call and the model give the same embedding", async () => {
  const config = smallConfig({ cells: 200, harmony: "ratio" });
  const sections = await Promise.all(DATA.sections.map(async ({ name, time, split, parts }) => ({
    name,
    x: parts["x"]!,
    positions: await parts["pos"]!.read(),
    time,
    heldOut: split === "test",
  })));
  const made = await sedrEmbedding(sections, rng(7), { config, epochs: 3 });
  assertEquals(made.map(({ name }) => name), ["a", "b", "c"]);
  await fitted(config, 3, async (model, trained) => {
    const samples = await model.sample({ ...trained, rng: rng(7) }) as SedrSamples;
    samples.sections.forEach(({ z }, i) => assertEquals(z.data, made[i]!.z.data));
    const again = await model.sample({ ...trained, rng: rng(7) }) as SedrSamples;
    assertEquals(again.table.obsm["X_sedr"], samples.table.obsm["X_sedr"]);
  });
});

Deno.test("a held-out section changes nothing that is learned", async () => {
  const config = smallConfig();
  const [a, b] = DATA.sections as [Section, Section];
  const without = { ...DATA, sections: [a, b] };
  assertEquals(await prepared(config, without), await prepared(config));
  const first = (data: Data) =>
    fitted(config, 2, async (model, trained) => (await model.sample(trained) as SedrSamples).sections[0]!.z.data, data);
  assertEquals(await first(without), await first(DATA));
});

Deno.test("sedr says so where held-out sections take part in fitting", async () => {
  const config = smallConfig({ fit: "jointTransductive" });
  await fitted(config, 2, async (model, trained, notes) => {
    const samples = await model.sample(trained) as SedrSamples;
    const metrics = await model.evaluate(trained, samples);
    assert(notes[0]!.includes("held-out sections took part in fitting"), notes.join());
    assert(metrics.every(({ name }) => !name.startsWith("held-out/")));
    const split = samples.table.obs.columns["split"] as Categorical;
    assert(split.codes.every((code) => code === 0));
  });
});

Deno.test("refinement pulls clusters together, and data without labels are embedded too", async () => {
  const bare = {
    ...DATA,
    spec: { ...DATA.spec, labels: {} },
    sections: DATA.sections.map((section) => ({ ...section, labels: {} })),
  };
  const config = smallConfig({ refinement: { epochs: 3, clusters: 3, refresh: 2 } });
  await assertNoLeak(() =>
    fitted(config, 3, async (model, trained, notes) => {
      const refined = await model.sample(trained) as SedrSamples;
      assertEquals(refined.sections[0]!.domain, undefined);
      const metrics = await model.evaluate(trained, refined);
      assertEquals(metrics.map(({ name }) => name), ["unexplained-variance", "held-out/unexplained-variance"]);
      assertEquals(notes, ["the data have no labels: domains are not compared with any"]);
      assertEquals((await model.figures(trained, refined)).map(({ id }) => id), ["embedding"]);
      const plain = plugin.build(smallConfig(), bare.spec, await prepared(config, bare));
      const without = await plain.sample(trained) as SedrSamples;
      assert(without.sections[0]!.z.data.some((value, at) => value !== refined.sections[0]!.z.data[at]));
    }, bare)
  );
});

/** Data with one section that was changed. */
function spoilt(patch: (section: Section) => Partial<Section>): Data {
  const [first, ...rest] = DATA.sections;
  return { ...DATA, sections: [{ ...first!, ...patch(first!) }, ...rest] };
}

Deno.test("bad input is refused in one sentence", async () => {
  const config = smallConfig();
  const { counts, positions } = layeredTissue(12, 1);
  const rows = [...counts.data.keys()];
  const nan = hostArray(Float32Array.from(rows, (at) => at === 30 ? NaN : counts.data[at]!), counts.shape);
  await assertRejects(
    () => prepared(config, spoilt(({ parts }) => ({ parts: { ...parts, x: inMemory(nan) } }))),
    DataError,
    'Cannot embed section "a": cell 1 has NaN in feature 6',
  );
  const far = hostArray(Float32Array.from(positions.data, (value, at) => at < 2 ? 1e6 : value), positions.shape);
  const lonely = spoilt(({ parts }) => ({ parts: { ...parts, pos: inMemory(far) } }));
  const near = smallConfig({ graph: { maxDistance: 50 } });
  const model = plugin.build(near, DATA.spec, await prepared(near, lonely));
  await assertRejects(
    () => model.batches(lonely, rng(1)),
    DataError,
    'Cannot embed section "a": cannot link cell 0 with its neighbours: none lies within 50',
  );
  const held = { ...DATA, sections: DATA.sections.map((section) => ({ ...section, split: "test" as const })) };
  await assertRejects(() => prepared(config, held), DataError, "no section is left to train on");
  assertThrows(() => plugin.build(config, { ...DATA.spec, parts: {} }, {}), DataError, 'needs features "x" and coord');
  assertThrows(
    () => plugin.build(smallConfig({ domains: { label: "type" } }), DATA.spec, {}),
    DataError,
    'Cannot compare domains with "type": "layers" has the labels layer',
  );
  assertThrows(() => plugin.build(config, DATA.spec, {}), TypeError, "pass what prepare() returned");
});

Deno.test("features can be taken as they are", async () => {
  const config = smallConfig({ expression: { normalize: "none", components: 0 } });
  assertEquals(await prepared(config), {});
  const model = plugin.build(config, DATA.spec);
  const params = tidy(() => model.trainable.init(rng(1)));
  const shapes = leaves<Tensor>(params).map(({ shape }) => shape.join());
  assert(shapes.includes(`${GENES},64`) && shapes.includes(`32,${GENES}`), shapes.join(" "));
  dispose(leaves<Tensor>(params));
});

Deno.test("check() names every value that does not fit", () => {
  assertEquals(plugin.check(SEDR_DEFAULTS), []);
  const problems = plugin.check(smallConfig({
    expression: { normalize: "log" },
    graph: { neighbours: 0, maxDistance: -1 },
    masking: { mode: "hide", share: 1 },
    fit: "all",
    domains: { seeds: 0 },
    loss: { self: -1 },
  }));
  assertEquals(problems.length, 8);
  assert(problems.some((text) => text.startsWith('plugin.config.fit is "all", expected')), problems.join("\n"));
});
