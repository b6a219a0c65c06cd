import { inTempFolder } from "../core/run/helpers.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { assertFailed, exists, run } from "./process.ts";
import { TOY } from "./toy_runs.ts";

/** Wrong usage: command line and what the one sentence says. */
const WRONG: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
  [["nichflow-med"], /^Cannot find experiment "nichflow-med", did you mean "nicheflow-med"\?$/],
  [["protein-folding"], /^Cannot find experiment "protein-folding", known are cfm-toy, .*nicheflow-ladder\b/],
  [["cfm-toy", "nicheflow-med"], /expected one experiment, got 2 names$/],
  [["cfm-toy", "--sed=1"], /^Unknown flag "--sed", did you mean "--seed"\?$/],
  [["cfm-toy", "--seed=-1"], /expects a whole number of at least 0, got "-1"$/],
  [["cfm-toy", "--steps=0"], /expects a whole number of at least 1, got "0"$/],
  [["cfm-toy", "--backend=cuda"], /expects one of auto, webgpu, native, wasm, cpu, got "cuda"$/],
  [
    ["cfm-toy", "--set=train.lrr=1e-3"],
    /^Cannot apply override "train\.lrr=1e-3": unknown key .*did you mean "train\.lr"\?$/,
  ],
  [
    ["cfm-toy", "--set=train.steps=many"],
    /^Cannot apply override "train\.steps=many": expected a number like 1000, got "many"$/,
  ],
  [["cfm-toy", "--set=train.lr"], /expected path=value/],
  [["cfm-toy", "--set=train.lr=-1"], /^Cannot use this configuration: train\.lr is -1, expected a positive number$/],
  [["cfm-toy", "--set=plugin.config.coupling=optimal"], /plugin\.config\.coupling is "optimal", expected/],
  [["cfm-toy", "--set=plugin.name=cfn"], /^Cannot find plugin "cfn", did you mean "cfm"\?$/],
  [["cfm-toy", "--set=dataset.name=toy-3d"], /^Cannot find data set "toy-3d", did you mean "toy-2d"\?$/],
  [["cfm-toy", '--set=dataset={"name":"med"}'], /set dataset\.name=med by itself$/],
  [["nicheflow-med", "--set=preset=smal"], /^Cannot find preset "smal", did you mean "small"\?$/],
  [["cfm-toy", "--plugin=./missing.ts"], /^Cannot load plugin "\.\/missing\.ts": Module not found/],
  [["cfm-toy", "--plugin=./mod.ts"], /^Cannot load plugin "\.\/mod\.ts": expected an export named "plugin"/],
  [["cfm-toy", "--config=missing.json"], /^Cannot read configuration "missing\.json": there is no such file$/],
  [["cfm-toy", "--data=cells.zarr"], /data set "toy-2d" reads none; .*--set dataset\.name=anndata$/],
  [["cfm-toy", "--sweep=train.lr"], /^Cannot read sweep "train\.lr"/],
  [["cfm-toy", "--sweep=train.lrr=1,2"], /unknown key "train\.lrr"/],
  [["nicheflow-ladder", "--seed=1"], /^Cannot run study "nicheflow-ladder" with --seed/],
  [["nicheflow-ladder", "--sweep=seed=1,2"], /^Cannot run study "nicheflow-ladder" with --sweep/],
];

Deno.test("exp ends with 2 and one sentence on wrong usage, and leaves no folder", () =>
  inTempFolder(async (out) => {
    for (const [args, sentence] of WRONG) assertFailed(await run("exp", [...args, `--out=${out}/runs`]), 2, sentence);
    assertEquals(await exists(`${out}/runs`), false);
  }));

Deno.test("exp names file and key of a configuration file that does not fit", () =>
  inTempFolder(async (folder) => {
    const files = {
      "text.json": ["steps = 3", /^Cannot read configuration ".*text\.json": it is not valid JSON/],
      "list.json": ["[1]", /expected a JSON object, got \[1\]$/],
      "key.json": ['{"train":{"stepz":3}}', /key\.json: unknown key "train\.stepz", did you mean "train\.steps"\?$/],
      "type.json": ['{"train":{"steps":"3"}}', /type\.json: key "train\.steps": expected a number like 1000, got "3"$/],
      "data.json": ['{"data":3}', /data\.json: key "data": expected text like "cells\.zarr", got 3$/],
    } as const;
    for (const [name, [text, sentence]] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
      assertFailed(await run("exp", ["cfm-toy", `--config=${folder}/${name}`]), 2, sentence);
    }
  }));

Deno.test("exp asks for the data of experiments that have none embedded, and names one that has", () =>
  inTempFolder(async (out) => {
    for (
      const [name, source] of [["abd", "figshare.com/ndownloader/files/44714629"], [
        "mba",
        "zenodo.org/records/13883177",
      ]]
    ) {
      const outcome = await run("exp", [`nicheflow-${name}`, `--out=${out}/runs`]);
      assertFailed(outcome, 1, new RegExp(`"${name}".*${source}.* cells x .* genes.*--data.*nicheflow-med`));
    }
    assertEquals(await exists(`${out}/runs`), false);
  }));

Deno.test("exp --print-config prints the merged configuration and does nothing", () =>
  inTempFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/some.json`, '{"train":{"lr":0.5,"ema":0.25}}');
    const args = [
      "cfm-toy",
      `--config=${folder}/some.json`,
      "--set=train.lr=0.75",
      "--steps=7",
      "--seed=3",
      "--print-config",
    ];
    const { code, out, err } = await run("exp", [...args, `--out=${folder}/runs`]);
    assertEquals([code, err.length], [0, 0]);
    const { train, seed, plugin } = JSON.parse(out);
    assertEquals([train.steps, train.lr, train.ema, seed, plugin.name], [7, 0.75, 0.25, 3, "cfm"]);
    assertEquals(await exists(`${folder}/runs`), false);
    const swept = JSON.parse((await run("exp", [...args, "--sweep=train.lr=1,2"])).out);
    assertEquals(swept.map((run: { settings: { train: { lr: number } } }) => run.settings.train.lr), [1, 2]);
  }));

Deno.test("exp --dry-run loads and builds, and leaves nothing behind", () =>
  inTempFolder(async (folder) => {
    const args = [...TOY, "--steps=9", `--out=${folder}/runs`, "--dry-run"];
    const { code, out, err } = await run("exp", [...args, "--json"]);
    assertEquals(code, 0, err.join("\n"));
    const plan = JSON.parse(out);
    assertEquals([plan.experiment, plan.steps, plan.rows], ["cfm-toy", 9, 800]);
    assertMatch(plan.run, /runs\/cfm-toy\/[0-9a-f]{8}-s2025$/);
    assertEquals(await exists(`${folder}/runs`), false);
    assertStringIncludes((await run("exp", args)).out, "nothing trained; the run would be");
  }));

Deno.test("exp lists experiments and studies", async () => {
  const plain = await run("exp", []);
  assertEquals(plain.code, 0);
  for (const name of ["cfm-toy", "nicheflow-abd", "nicheflow-mba", "nicheflow-med", "nicheflow-ladder"]) {
    assertMatch(plain.out, new RegExp(`^${name} `, "m"));
  }
  assertEquals((await run("exp", ["--list"])).out, plain.out);
  assertStringIncludes((await run("exp", ["--help"])).out, "--sweep a.b=1,2,3");
});

Deno.test("a study prints its plan and its configurations", () =>
  inTempFolder(async (folder) => {
    const shared = ["nicheflow-ladder", "--steps=3", "--set=plugin.config.sampling.points=4", `--out=${folder}/runs`];
    const plan = JSON.parse((await run("exp", [...shared, "--dry-run", "--json"])).out);
    assertEquals(plan.runs.length, 15);
    assertEquals(new Set(plan.runs.map((run: { folder: string }) => run.folder)).size, 15);
    const configs = JSON.parse((await run("exp", [...shared, "--print-config"])).out);
    for (const { settings } of configs) {
      assertEquals([settings.train.steps, settings.plugin.config.sampling.points], [3, 4]);
    }
    const kinds = configs.map(({ settings: { plugin: { config } } }: {
      settings: { plugin: { config: { model: string; objective: { kind: string } } } };
    }) => `${config.model} ${config.objective.kind}`);
    assertEquals(new Set(kinds).size, 9);
    assertEquals(await exists(`${folder}/runs`), false);
  }));
