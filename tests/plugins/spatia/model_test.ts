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
  type Section,
  type Trained,
} from "../../../core/mod.ts";
import type { SpatiaConfig } from "../../../plugins/spatia/config.ts";
import { plugin } from "../../../plugins/spatia/mod.ts";
import { pairRows, storedPairsOf } from "../../../plugins/spatia/pairing/stored.ts";
import type { ChangeSamples } from "../../../plugins/spatia/samples.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { assertNoLeak, BACKENDS } from "../../core/backends.ts";
import { CELLS, section, SIDE, SPEC, TINY_CONFIG } from "./tiny.ts";

const BACKEND = BACKENDS.includes("native") ? "native" : "wasm";

function configOf(changes: Record<string, unknown> = {}): SpatiaConfig {
  return mergeConfig(mergeConfig(plugin.defaults, TINY_CONFIG, "test"), changes, "test");
}

const silent = (): void => {};

interface Outcome {
  readonly samples: ChangeSamples;
  readonly metrics: Readonly<
    Record<string, { readonly value: number; readonly anchors: Readonly<Record<string, number>> }>
  >;
  readonly losses: readonly number[];
  readonly figures: readonly string[];
  readonly notes: readonly string[];
}

/** Prepare, train, draw, measure, show. */
async function runAll(config: SpatiaConfig, data: Data, steps: number): Promise<Outcome> {
  const root = rng(3);
  const prepared = await plugin.prepare!(config, data, root.fold("prepare"), silent);
  const model = plugin.build(config, data.spec, prepared);
  using trainer = createTrainer({
    trainable: model.trainable,
    batches: await model.batches(data, root.fold("data")),
    optimizer: chain(clipByGlobalNorm(1), adamW({ schedule: constantSchedule(3e-3), weightDecay: 0 })),
    rng: root,
  });
  const losses: number[] = [];
  while (trainer.step < steps) losses.push((await trainer.advance()).scalars["x"]!);
  const notes: string[] = [];
  const trained: Trained = {
    params: trainer.params,
    data,
    rng: rng(4),
    progress: silent,
    note: (text) => notes.push(text),
  };
  const samples = await model.sample(trained) as ChangeSamples;
  const metrics = await model.evaluate(trained, samples);
  const figures = await model.figures(trained, samples);
  model[Symbol.dispose]?.();
  return {
    samples,
    metrics: Object.fromEntries(metrics.map((metric) => [metric.name, metric])),
    losses,
    figures: figures.map(({ id }) => id),
    notes,
  };
}

Deno.test("training on principal components moves cells towards their targets and leaks nothing", async () => {
  await chooseBackend(BACKEND);
  await assertNoLeak(async () => {
    const { samples, metrics, losses, figures, notes } = await runAll(configOf(), CELLS, 160);
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    assert(mean(losses.slice(-20)) < 0.9 * mean(losses.slice(0, 20)), `${losses.slice(0, 3)} to ${losses.slice(-3)}`);
    assertEquals(samples.transitions.map(({ transition }) => transition.name), ["small -> large", "small -> odd"]);
    assertEquals(samples.transitions[0]!.generated.shape, [24, SIDE, SIDE, 1]);
    assert(samples.transitions.every(({ rows }) => rows.every((row) => row.section.name === "c")));
    assert(samples.transitions[0]!.generated.data.every((value) => value >= 0 && value <= 1));
    for (const name of ["ks-score", "direction-cosine"]) {
      const { value, anchors } = metrics[name]!;
      if (name === "ks-score") {
        assert(value > anchors["identity"]!, `${name}: ${value}, identity ${anchors["identity"]}`);
      } else assert(value > 0.8, `${value}`);
    }
    assertEquals(figures, ["cells", "profiles", "scores", "way", "confidence", "pairs"]);
    assert(notes.some((note) => note.includes("pairs are weak")));
    assert(notes.every((note) => !note.includes("held out:")));
  });
});

const VARIANTS: Readonly<Record<string, Record<string, unknown>>> = {
  "pixels, with alignment": {
    network: { name: "tiny32" },
    alignment: { weight: 0.1, leastR2: -1e9 },
  },
  "released forms": {
    network: { name: "tiny32", injection: "add" },
    pairing: { scale: "none", iterations: 20, tolerance: 0 },
    confidence: { kind: "max", normalise: "batch", clip: [] },
    start: { kind: "control" },
    contrast: { negative: "permutation", reduction: "sum", margin: 0.1 },
    dropping: { per: "batch" },
    flips: false,
  },
  "drawn targets, times, no signatures, an embedding": {
    pairing: { match: "sample" },
    signatures: { expression: false, morphology: false },
    control: "X_spatia",
    times: "skewed",
    sampling: { grid: "edm", solver: "heun", guidance: 0 },
    start: { kind: "noise" },
    contrast: { kind: "delta-fm", weight: 0.05 },
  },
  "latent alignment, one to one": {
    pairing: { match: "assignment" },
    alignment: { weight: 0.1, leastR2: -1e9 },
    contrast: { kind: "none" },
  },
};

for (const [name, changes] of Object.entries(VARIANTS)) {
  Deno.test(`${name}: a few steps train, draw and measure, and leak nothing`, async () => {
    await chooseBackend(BACKEND);
    await assertNoLeak(async () => {
      const config = configOf({ batch: 8, sampling: { cells: 6, steps: 2 }, ...changes });
      assertEquals(plugin.check(config), []);
      const { samples, losses } = await runAll(config, CELLS, 3);
      assert(losses.every(Number.isFinite));
      assertEquals(samples.transitions.length, 2);
    });
  });
}

/** Doses: sections of one dose each, the third held out. */
const DOSES: Data = {
  ...CELLS,
  sections: [0, 1, 2, 3].flatMap((time) => [
    section(`train ${time}`, "train", 10 + time, time),
    section(`test ${time}`, "test", 20 + time, time),
  ]),
};

Deno.test("a held-out dose is never trained on and lies between its neighbours", async () => {
  await chooseBackend(BACKEND);
  await assertNoLeak(async () => {
    const changes = { transitions: { by: "time", table: [], holdOut: ["2 nM"], groups: "" } };
    const config = configOf({ ...changes, sampling: { cells: 6, steps: 2 } });
    const prepared = await plugin.prepare!(config, DOSES, rng(1), silent);
    const { cells } = pairRows(storedPairsOf(prepared["pairs"]!), DOSES);
    assert(cells.every((cell) => cell.section.split === "train" && cell.section.time !== 2));
    const { samples, metrics, notes } = await runAll(config, DOSES, 3);
    const shown = samples.transitions.map(({ transition, heldOut }) => [transition.name, heldOut]);
    assertEquals(shown, [["2 nM", true], ["1 nM", false], ["4 nM", false]]);
    assert("ks-score/held-out" in metrics);
    assertEquals(notes.filter((note) => note.includes("single transition")), []);
    const outside = configOf({ transitions: { ...changes.transitions, holdOut: ["4 nM"] } });
    await assertRejects(() => runAll(outside, DOSES, 1), Error, "does not lie between trained ones");
  });
});

/** The data with every section changed. */
function changed(change: (section: Section) => Section): Data {
  return { ...CELLS, sections: CELLS.sections.map(change) };
}

/** Pairs of a configuration on some data. */
async function pairsOn(data: Data, changes: Record<string, unknown> = {}): Promise<{
  readonly untyped: number;
  readonly blank: number;
  readonly cells: readonly { readonly section: Section; readonly row: number }[];
}> {
  const prepared = await plugin.prepare!(configOf(changes), data, rng(1), silent);
  const [untyped, blank] = (prepared["leftOut"] as { readonly data: Float32Array }).data;
  const { cells, control, target } = pairRows(storedPairsOf(prepared["pairs"]!), data);
  const used = new Set([...control, ...target]);
  return { untyped: untyped!, blank: blank!, cells: cells.filter((_, i) => used.has(i)) };
}

Deno.test("missing crops are left out and counted, never learnt as black cells", async () => {
  await chooseBackend(BACKEND);
  const data = changed((each) => {
    const source = each.parts["img"]!;
    const read = async (index?: ArrayLike<number>) => {
      const { data, shape } = await source.read(index);
      const rows = index ?? Array.from({ length: each.rows }, (_, i) => i);
      const values = data.slice();
      Array.from(rows).forEach((row, i) => {
        if (row % 9 === 4) values.fill(0, i * SIDE * SIDE, (i + 1) * SIDE * SIDE);
      });
      return hostArray(values, shape);
    };
    return { ...each, parts: { ...each.parts, img: { ...source, read } } };
  });
  const { blank, cells } = await pairsOn(data);
  assertEquals(blank, 20);
  assert(cells.every(({ row }) => row % 9 !== 4));
  const none = changed((each) => ({
    ...each,
    parts: {
      ...each.parts,
      img: inMemory(hostArray(new Uint8Array(each.rows * SIDE * SIDE), [each.rows, SIDE, SIDE, 1])),
    },
  }));
  await assertRejects(() => pairsOn(none), Error, "have a crop");
});

Deno.test("cells without a state or niche are left out and counted", async () => {
  await chooseBackend(BACKEND);
  const data = changed((each) => ({
    ...each,
    labels: { ...each.labels, cell_states: each.labels["cell_states"]!.map((state, row) => row < 6 ? -1 : state) },
  }));
  const { untyped, cells } = await pairsOn(data);
  assertEquals(untyped, 12);
  assert(cells.every(({ row }) => row >= 6));
  const apart = changed((each) => ({
    ...each,
    labels: { ...each.labels, niche: each.labels["cell_states"]!.map((s) => s % 2) },
  }));
  // No niche holds both "small" and "large": their cells are paired all together.
  const all = await pairsOn(apart, { transitions: { table: ["small -> large"] } });
  assert(all.cells.length > 100);
});

Deno.test("a transition with one side empty is refused by name, and so are unknown states", async () => {
  await chooseBackend(BACKEND);
  const data = changed((each) => ({
    ...each,
    labels: { ...each.labels, cell_states: each.labels["cell_states"]!.map((state) => state === 2 ? 0 : state) },
  }));
  await assertRejects(() => pairsOn(data), Error, 'Cannot pair cells of "small -> odd"');
  await assertRejects(() => pairsOn(CELLS, { transitions: { table: ["small -> big"] } }), Error, "big");
  await assertRejects(() => pairsOn(CELLS, { transitions: { table: [] } }), Error, "transitions.table is empty");
  await assertRejects(() => pairsOn(CELLS, { transitions: { label: "type" } }), Error, "transitions.label");
  await assertRejects(() => pairsOn(CELLS, { features: ["z"] }), Error, '"z"');
});

Deno.test("a dry run can tell sizes of groups, coverage, hubs and the effective sample", async () => {
  await chooseBackend(BACKEND);
  const prepared = await plugin.prepare!(configOf(), CELLS, rng(1), silent);
  const lines = plugin.build(configOf(), SPEC, prepared).describe!();
  assertEquals(lines.length, 2);
  assert(
    /^small -> large: 2 group\(s\) of \d\d x \d\d, \d\d x \d\d cells, coverage 0\.\d\d, hub \d+, /.test(lines[0]!),
    lines[0],
  );
});

Deno.test("stored pairs of other data are refused", async () => {
  await chooseBackend(BACKEND);
  const prepared = await plugin.prepare!(configOf(), CELLS, rng(1), silent);
  const other = { ...CELLS, sections: CELLS.sections.slice(0, 1) };
  assertThrows(() => pairRows(storedPairsOf(prepared["pairs"]!), other), Error, "of other data");
});

Deno.test("data that do not fit are refused in one sentence", async () => {
  await chooseBackend(BACKEND);
  const { img: _, ...rest } = SPEC.parts;
  assertThrows(() => plugin.build(configOf(), { ...SPEC, parts: rest }), Error, 'it needs images "img"');
  assertThrows(() => plugin.build(configOf({ control: "Z" }), SPEC), Error, "plugin.config.control");
  assertThrows(() => plugin.build(configOf({ ratio: { signal: 1 } }), SPEC), Error, "channel 1");
  const odd = { ...SPEC, parts: { ...SPEC.parts, img: { shape: [18, 18, 1], unit: "grey values, 0 to 255" } } };
  assertThrows(() => plugin.build(configOf({ network: { name: "tiny32" } }), odd), Error, "do not divide by 4");
  assertThrows(() => plugin.build(configOf(), SPEC), TypeError, "prepare()");
  const unread = { alignment: { weight: 0.1, leastR2: 1 } };
  await assertRejects(() => plugin.prepare!(configOf(unread), CELLS, rng(1), silent), Error, "alignment.weight to 0");
});

Deno.test("configurations that do not fit are refused by name", () => {
  const problems = (changes: Record<string, unknown>): string => plugin.check(configOf(changes)).join("; ");
  assertEquals(problems({}), "");
  assert(problems({ confidence: { kind: "best" } }).includes("confidence.kind"));
  assert(problems({ confidence: { clip: [2, 3] } }).includes("confidence.clip"));
  assert(problems({ transitions: { table: ["a to b"] } }).includes("transitions.table"));
  assert(problems({ dropping: { probability: 0 } }).includes("sampling.guidance"));
  assert(problems({ network: { name: "huge" } }).includes("network.name"));
  assert(problems({ sampling: { grid: "edm", steps: 1 } }).includes("sampling.steps"));
});
