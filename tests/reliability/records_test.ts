import { readConfigFile } from "../../core/config/mod.ts";
import { CheckpointError, ConfigError } from "../../core/errors.ts";
import {
  appendMetrics,
  loadCheckpoint,
  loadLatest,
  loadPrepared,
  openRun,
  readMetrics,
  readResult,
  readRunRecord,
  saveCheckpoint,
  savePrepared,
  writeResult,
} from "../../core/run/mod.ts";
import { readReport, writeReport } from "../../experiments/report_file.ts";
import { assert, assertEquals, assertGreater } from "../assert.ts";
import { sampleReport } from "../core/report/samples.ts";
import { exampleTree, inTempFolder } from "../core/run/helpers.ts";
import { cutFiles, type DamageOptions, filesIn, flipBytes, type Tally } from "./damage.ts";

/** Flip and cut; a record that is cut is never read as whole. */
async function tellsDamage(options: DamageOptions): Promise<Tally> {
  const flips = await flipBytes(options, 1000);
  const cuts = await cutFiles(options, 100);
  assertEquals(cuts.wrong, 0);
  return flips;
}

const TREES = { params: exampleTree(1.5), ema: exampleTree(2), opt: { mu: exampleTree(0.25) } };

async function checkpoint(folder: string, step: number): Promise<string> {
  const meta = { seconds: 12.25, backend: "native", score: step / 8 };
  return await saveCheckpoint({ folder }, { step, trees: TREES, meta, best: step === 10 });
}

Deno.test("a damaged checkpoint is refused by name", () =>
  inTempFolder(async (folder) => {
    const path = await checkpoint(folder, 10);
    const files = await filesIn(path);
    assertEquals(files.length, 4);
    const { refused, unharmed } = await tellsDamage({
      ...{ name: "checkpoint", files, named: () => path },
      read: () => loadCheckpoint(path),
    });
    // What is left is the name of the key that seals state.json.
    assertGreater(refused, 990);
    assertEquals(refused + unharmed, 1000);
  }));

Deno.test("a run whose newest checkpoint or pointer is damaged says so and goes on from an intact one", () =>
  inTempFolder(async (folder) => {
    await checkpoint(folder, 10);
    const newest = await checkpoint(folder, 20);
    const [older, newer] = await Promise.all(
      [10, 20].map((step) => loadCheckpoint(`${folder}/checkpoints/step-000000${step}`)),
    );
    let said: readonly string[] = [];
    const { refused, unharmed } = await flipBytes({
      ...{ name: "latest", files: [...await filesIn(newest), `${folder}/checkpoints/latest`], named: () => folder },
      read: async () => {
        said = [];
        const notify = (sentence: string): unknown => said = [...said, sentence];
        const found = await loadLatest({ folder }, { notify });
        if (found?.step === 20) {
          assertEquals(found, newer);
          return "whole";
        }
        assertEquals(found, older);
        assertEquals(said.length, 1);
        assert(said[0]!.startsWith(`WARNING: Cannot read`) && said[0]!.includes(newest), said[0]);
        return "whole";
      },
    }, 1000);
    // A digit of the version of the layout may say that a newer Morphogen wrote it.
    assertEquals([refused + unharmed, refused < 10], [1000, true]);
  }));

Deno.test("a damaged record of a run is refused by name, also as a configuration", () =>
  inTempFolder(async (folder) => {
    const config = { plugin: { name: "cfm", lr: 0.002, layers: [3, 16] }, data: "cells ü.zarr", on: true, none: null };
    const options = {
      folder,
      experiment: "toy",
      config,
      seed: 7,
      overrides: ["a=1"],
      versions: { morphogen: "0.1.0" },
    };
    (await openRun(options))[Symbol.dispose]();
    const path = `${folder}/config.json`;
    for (
      const [name, read] of [["record", () => readRunRecord(folder)], [
        "configuration",
        () => readConfigFile(path),
      ]] as const
    ) {
      const { refused } = await tellsDamage({ name, files: [path], read, named: () => path });
      assertGreater(refused, 850);
    }
  }));

Deno.test("a damaged result is refused by name", () =>
  inTempFolder(async (folder) => {
    const metrics = { SPD: 0.0232, "1NN-F1": 0.255, missing: null };
    const result = {
      experiment: "toy",
      run: folder,
      seed: 1,
      backend: "cpu",
      steps: 10,
      seconds: 1.5,
      data: "d",
      params: 9,
      metrics,
    };
    await writeResult({ folder }, result);
    assertEquals(await readResult({ folder }), result);
    const path = `${folder}/result.json`;
    const options = { name: "result", files: [path], read: () => readResult({ folder }), named: () => path };
    assertGreater((await tellsDamage(options)).refused, 850);
  }));

Deno.test("what a report shows is refused by name if it is damaged", () =>
  inTempFolder(async (folder) => {
    await writeReport(folder, { ...sampleReport(), figures: [] });
    const path = `${folder}/report.json`;
    const options = { name: "report", files: [path], read: () => readReport(folder), named: () => folder };
    assertGreater((await tellsDamage(options)).refused, 800);
  }));

Deno.test("a damaged log is refused by name and line", () =>
  inTempFolder(async (folder) => {
    for (let step = 1; step <= 20; step++) {
      await appendMetrics({ folder }, { step, loss: 1 / step, lr: step % 2 ? 0.001 : null });
    }
    const path = `${folder}/metrics.jsonl`;
    const read = (): Promise<unknown> => readMetrics({ folder });
    const { refused } = await flipBytes({
      name: "log",
      files: [path],
      read,
      named: () => `"${path}": line `,
    }, 1000);
    assertGreater(refused, 850);
    // A log that ends early is that of a process that was killed, and what is there of it is right.
    const whole = await readMetrics({ folder });
    await cutFiles({
      ...{ name: "log", files: [path], named: () => path },
      read: async () => {
        const lines = await readMetrics({ folder });
        assertEquals(lines, whole.slice(0, lines.length));
        return "a beginning";
      },
    }, 100);
  }));

Deno.test("what a plugin fitted is fitted again if it is damaged, and that is said", () =>
  inTempFolder(async (folder) => {
    await savePrepared({ folder }, TREES);
    const read = async (): Promise<unknown> => {
      let said = "";
      const found = await loadPrepared({ folder }, { notify: (sentence) => said = sentence });
      if (found === undefined) throw new CheckpointError(said);
      return found;
    };
    const files = await filesIn(`${folder}/prepared`);
    const { refused } = await tellsDamage({ name: "prepared", files, read, named: () => `${folder}/prepared` });
    assertGreater(refused, 990);
  }));

Deno.test("a configuration by hand has no checksum: it is refused by name or is another one", () =>
  inTempFolder(async (folder) => {
    const path = `${folder}/mine.json`;
    await Deno.writeTextFile(path, '{\n  "train": { "lr": 0.125, "steps": 40 },\n  "preset": "größer"\n}\n');
    const options = { name: "by hand", files: [path], read: () => readConfigFile(path), named: () => path };
    assertGreater((await flipBytes({ ...options, unchecked: true }, 1000)).refused, 100);
    assertEquals((await cutFiles(options, 100)).wrong, 0);
    assertEquals(await readConfigFile(`${folder}/none.json`).catch((error) => error instanceof ConfigError), true);
  }));
