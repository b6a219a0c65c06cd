import {
  type Data,
  hostArray,
  inMemory,
  nearestStage,
  noStage,
  readStages,
  REAL_CELLS,
  rng,
  type Section,
  sectionMetrics,
  type Stage,
  stageAnchors,
  stageCondition,
  stageDistances,
  stageFigures,
  stageMetrics,
  stageTable,
} from "../../../core/mod.ts";
import { DataError } from "../../../core/errors.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "../../assert.ts";

const TIMES = [0, 1, 2, 4].map((value) => ({ name: `day ${value}`, value, unit: "days" }));

/** Cells around (value, 0, 0); two types, the second rarer at later stages. */
function section(time: number, split: "train" | "test", rows = 60, spoil?: number): Section {
  const x = rng(time).host.normal(3 * rows).map((v, i) => 0.3 * v + (i % 3 === 0 ? TIMES[time]!.value : 0));
  if (spoil !== undefined) x[spoil] = NaN;
  return {
    name: `section ${time}`,
    time,
    split,
    rows,
    parts: { x: inMemory(hostArray(x, [rows, 3])) },
    labels: { type: Int32Array.from({ length: rows }, (_, i) => i % (time + 2) === 0 ? 1 : 0) },
  };
}

function dataOf(sections: readonly Section[], times = TIMES): Data {
  return {
    spec: { name: "made up", parts: { x: { shape: [3], unit: "sd" } }, times, labels: { type: ["a", "b"] } },
    sections,
    citation: { title: "made up", authors: "", url: "" },
    source: "test",
    notes: [],
  };
}

const HELD_OUT = dataOf([section(0, "train"), section(1, "train"), section(2, "test"), section(3, "train")]);

Deno.test("readStages() joins sections of a stage and keeps held-out ones apart", async () => {
  const twice = dataOf([...HELD_OUT.sections, { ...section(1, "train", 20), name: "more" }]);
  const { trained, heldOut } = await readStages(twice);
  assertEquals(trained.map(({ name, x }) => [name, x.shape[0]]), [["day 0", 60], ["day 1", 80], ["day 4", 60]]);
  assertEquals(heldOut.map(({ name, time, labels }) => [name, time, labels["type"]!.length]), [["day 2", 2, 60]]);
});

Deno.test("readStages() says in one sentence what is wrong with data", async () => {
  await assertRejects(
    () => readStages(dataOf([section(0, "train", 60, 3 * 17 + 1)])),
    DataError,
    'Cannot use the features of section "section 0": cell 17 has NaN in column 1, expected finite numbers',
  );
  await assertRejects(() => readStages(dataOf([section(0, "test")])), DataError, "all of its stages are held out");
  await assertRejects(() => readStages(dataOf([], [])), DataError, "no time points");
});

Deno.test("stageCondition() interpolates by position, and takes the nearest or the untrained row where told to", () => {
  const axis = { times: TIMES, nullRow: false } as const;
  const known = [0, 1, 3];
  const weights = (
    mode: "interp" | "nearest" | "untrained",
  ): number[] => [...stageCondition({ ...axis, mode }, known, 2)];
  assertEquals(weights("interp").map((w) => Math.round(1e6 * w) / 1e6), [0, 0.666667, 0, 0.333333]);
  assertEquals(weights("nearest"), [0, 1, 0, 0]);
  assertEquals(weights("untrained"), [0, 0, 1, 0]);
  assertEquals([...stageCondition({ ...axis, mode: "interp" }, known, 1)], [0, 1, 0, 0]);
  assertEquals([...stageCondition({ ...axis, mode: "continuous" }, known, 2)], [0.5, 1]);
  assertEquals([...stageCondition({ ...axis, mode: "interp", nullRow: true }, known, 0)], [1, 0, 0, 0, 0]);
  assertEquals([...noStage({ ...axis, mode: "interp", nullRow: true })], [0, 0, 0, 0, 1]);
  assertEquals([...noStage({ ...axis, mode: "continuous" })], [0, 0]);
});

Deno.test("stageCondition() extrapolates only on a continuous axis", () => {
  const axis = { times: TIMES, nullRow: false } as const;
  assertThrows(
    () => stageCondition({ ...axis, mode: "interp" }, [1, 2], 3),
    DataError,
    'Cannot interpolate stage "day 4": it lies outside the trained stages day 1, day 2; set',
  );
  assertEquals([...stageCondition({ ...axis, mode: "continuous" }, [1, 2], 3)], [1, 1]);
});

Deno.test("nearestStage() measures on the time axis and prefers the earlier of two", () => {
  assertEquals(nearestStage(TIMES, [0, 1, 3], 2), 1);
  assertEquals(nearestStage(TIMES, [0, 2], 1), 0);
  assertEquals(nearestStage(TIMES, [0, 1], 3), 1);
});

async function stagesOf(): Promise<{ trained: readonly Stage[]; stage: Stage }> {
  const { trained, heldOut } = await readStages(HELD_OUT);
  return { trained, stage: heldOut[0]! };
}

function meanOf(x: { readonly data: ArrayLike<number> }): number {
  const first = Array.from(x.data).filter((_, i) => i % 3 === 0);
  return first.reduce((a, b) => a + b, 0) / first.length;
}

Deno.test("stageAnchors() are what they are called", async () => {
  const { trained, stage } = await stagesOf();
  const anchors = stageAnchors(TIMES, trained, stage, rng(0));
  assertEquals(Object.keys(anchors).sort(), ["both neighbours", "interpolation", "nearest stage", "noise"]);
  assertEquals(anchors["nearest stage"]!.data, trained[1]!.x.data);
  // Day 2 lies a third of the way from day 1 to day 4.
  assertAlmostEquals(meanOf(anchors["interpolation"]!), 2, 0.15);
  assertAlmostEquals(meanOf(anchors["both neighbours"]!), 2, 0.25);
  assertEquals(Object.keys(stageAnchors(TIMES, trained, trained[0]!, rng(0))), ["noise"]);
  const edge = stageAnchors(TIMES, trained.slice(0, 2), stage, rng(0));
  assertEquals(Object.keys(edge), ["nearest stage", "noise"]);
});

Deno.test("stageDistances() puts real cells at the floor and sees a shift", async () => {
  const { stage } = await stagesOf();
  const moved = hostArray(stage.x.data.map((v) => v + 1), stage.x.shape);
  const found = stageDistances(stage.x, { moved, same: stage.x }, rng(3));
  const floor = found[REAL_CELLS]!;
  assertAlmostEquals(found["moved"]!.w1, 1, 0.1);
  assert(found["moved"]!.w2 > Math.sqrt(3) - 0.2 && found["moved"]!.slicedW2 > 0.9);
  assert(floor.w2 < 0.5 && floor.w1 < 0.2 && Math.abs(floor.energy) < 0.05);
  assert(found["moved"]!.energy > 1);
  assert(found["same"]!.w1 < floor.w1);
  assertThrows(() => stageDistances(hostArray(new Float32Array(9), [3, 3]), {}, rng(0)), RangeError, "at least 4");
});

Deno.test("sectionMetrics() compares with each section of a stage by itself", async () => {
  const moved = { ...section(2, "test", 40), name: "moved" };
  const x = hostArray(Float32Array.from((await moved.parts["x"]!.read()).data, (v) => v + 1), [40, 3]);
  const data = dataOf([section(0, "train"), section(2, "test"), { ...moved, parts: { x: inMemory(x) } }]);
  const { trained, heldOut } = await readStages(data);
  const [stage] = heldOut as [Stage];
  assertEquals(stage.sections, [{ name: "section 2", rows: 60 }, { name: "moved", rows: 40 }]);
  const metrics = sectionMetrics(stage, x, { day: trained[0]!.x });
  assertEquals(metrics.map(({ name }) => name), [
    "section 2/w1-per-coordinate",
    "section 2/w1-spread",
    "moved/w1-per-coordinate",
    "moved/w1-spread",
  ]);
  // Every coordinate lies one further on; the same draws, so that the cells of the second section are those of the first.
  assertAlmostEquals(metrics[0]!.value, 1, 0.12);
  assertAlmostEquals(metrics[0]!.anchors["other sections"]!, metrics[0]!.value, 1e-9);
  assertEquals([metrics[2]!.value, metrics[3]!.value], [0, 0]);
  assert(metrics[1]!.value < 0.1 && metrics[2]!.anchors["day"]! > 1);
  const all = await stageMetrics([{ stage, heldOut: true, x, controls: {} }], {
    spec: data.spec,
    trained,
    rng: rng(0),
    pause: () => Promise.resolve(),
  });
  assertEquals(all.filter(({ name }) => name.startsWith("moved/")).length, 2);
  assertEquals(sectionMetrics(trained[0]!, x, {}), []);
});

Deno.test("metrics, figures and table cover held-out stages, controls and trained stages", async () => {
  const { trained, stage } = await stagesOf();
  const near = hostArray(stage.x.data.map((v) => v + 0.02), stage.x.shape);
  const far = hostArray(stage.x.data.map((v) => v + 2), stage.x.shape);
  const stages = [
    { stage, heldOut: true, x: near, controls: { far } },
    { stage: trained[0]!, heldOut: false, x: trained[0]!.x, controls: { far } },
  ];
  const options = { spec: HELD_OUT.spec, trained, label: "type", rng: rng(0) };
  const seen: string[] = [];
  const pause = (name: string): Promise<void> => Promise.resolve(void seen.push(name));
  const metrics = await stageMetrics(stages, { ...options, pause });
  const value = (name: string): number => metrics.find((metric) => metric.name === name)!.value;
  assertEquals(seen, ["day 2", "day 0"]);
  assert(value("w2") < value("far/w2") && value("seen/w2") < value("seen/far/w2"));
  assert(value("type-total-variation") < 0.1 && value("types-never-generated") === 0);
  const anchors = metrics.find(({ name }) => name === "w2")!.anchors;
  assert(anchors[REAL_CELLS]! < anchors["noise"]! && anchors["interpolation"]! < anchors["noise"]!);
  assertEquals(Object.keys(metrics.find(({ name }) => name === "seen/w2")!.anchors).sort(), ["noise", REAL_CELLS]);
  const figures = stageFigures(stages, options);
  assertEquals(figures.map(({ id }) => id), ["embedding", "coordinates", "proportions", "type-distances"]);
  assertEquals(figures[0]!.frames.map(({ label }) => label), ["day 2 (held out)", "day 0 (trained on)"]);
  const table = stageTable(stages, HELD_OUT, "a test");
  assertEquals([table.obs.index.length, table.X!.shape], [120, [120, 3]]);
});
