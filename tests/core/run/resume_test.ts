import { CheckpointError } from "../../../core/errors.ts";
import { appendMetrics, cutMetrics, openRun, readMetrics, resumeRun, saveCheckpoint } from "../../../core/run/mod.ts";
import { assertEquals, assertRejects } from "../../assert.ts";
import { damage, exampleTree, inTempFolder } from "./helpers.ts";

const TOY = { experiment: "toy", config: {}, notify: () => {} };

Deno.test("resumeRun() of a new run starts from nothing", async () => {
  await inTempFolder(async (root) => {
    using run = await openRun({ root, seed: 1, ...TOY });
    assertEquals(await resumeRun(run), undefined);
  });
});

Deno.test("resumeRun() cuts what was logged after the checkpoint", async () => {
  await inTempFolder(async (root) => {
    using run = await openRun({ root, seed: 1, ...TOY });
    for (const step of [5, 10, 15]) {
      await appendMetrics(run, { step, loss: 1 / step });
      if (step === 10) await saveCheckpoint(run, { step, trees: { params: exampleTree(step) } });
    }
    await Deno.writeTextFile(`${run.folder}/metrics.jsonl`, '{"step":16,"lo', { append: true });
    assertEquals((await resumeRun(run))?.step, 10);
    await appendMetrics(run, { step: 11, loss: 0 });
    assertEquals(await readMetrics(run), [{ step: 5, loss: 0.2 }, { step: 10, loss: 0.1 }, { step: 11, loss: 0 }]);
  });
});

Deno.test("resumeRun() without a checkpoint empties the log", async () => {
  await inTempFolder(async (root) => {
    using run = await openRun({ root, seed: 1, ...TOY });
    await appendMetrics(run, { step: 0, loss: 1 });
    assertEquals(await resumeRun(run), undefined);
    assertEquals(await readMetrics(run), []);
  });
});

Deno.test("resumeRun() starts from another run, then goes on with its own checkpoints", async () => {
  await inTempFolder(async (root) => {
    const source = await openRun({ root, seed: 1, ...TOY });
    await saveCheckpoint(source, { step: 10, trees: { params: exampleTree(1) } });
    await saveCheckpoint(source, { step: 20, trees: { params: exampleTree(2) } });
    source[Symbol.dispose]();
    {
      using run = await openRun({ root, seed: 2, from: source.folder, ...TOY });
      assertEquals((await resumeRun(run))?.trees["params"], exampleTree(2));
      await saveCheckpoint(run, { step: 25, trees: { params: exampleTree(3) } });
    }
    {
      using run = await openRun({ root, seed: 2, from: source.folder, ...TOY });
      assertEquals((await resumeRun(run))?.step, 25);
    }
    using one = await openRun({ root, seed: 3, from: `${source.folder}/checkpoints/step-00000010`, ...TOY });
    assertEquals((await resumeRun(one))?.trees["params"], exampleTree(1));
  });
});

Deno.test("resumeRun() takes no other checkpoint than the one that was named", async () => {
  await inTempFolder(async (root) => {
    const source = await openRun({ root, seed: 1, ...TOY });
    for (const step of [10, 20]) await saveCheckpoint(source, { step, trees: { params: exampleTree(step) } });
    source[Symbol.dispose]();
    const from = `${source.folder}/checkpoints/step-00000020`;
    await damage(`${from}/params.safetensors`, -1);
    using run = await openRun({ root, seed: 2, from, ...TOY });
    await assertRejects(() => resumeRun(run), CheckpointError, "does not have the recorded SHA-256");
  });
});

Deno.test("cutMetrics() leaves a log alone that needs no cut", async () => {
  await inTempFolder(async (folder) => {
    await cutMetrics({ folder }, 3);
    assertEquals(await readMetrics({ folder }), []);
    await appendMetrics({ folder }, { step: 1 });
    const before = (await Deno.stat(`${folder}/metrics.jsonl`)).ino;
    await cutMetrics({ folder }, 1);
    assertEquals((await Deno.stat(`${folder}/metrics.jsonl`)).ino, before);
  });
});

Deno.test("cutMetrics() gives checksums to a log of a version that wrote none", async () => {
  await inTempFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/metrics.jsonl`, '{"step":1,"loss":2}\n{"step":2,"loss":1}\n{"step":3,"lo');
    await cutMetrics({ folder }, 1);
    await appendMetrics({ folder }, { step: 2, loss: 1.5 });
    assertEquals(await readMetrics({ folder }), [{ step: 1, loss: 2 }, { step: 2, loss: 1.5 }]);
    const lines = (await Deno.readTextFile(`${folder}/metrics.jsonl`)).trim().split("\n");
    assertEquals(lines.map((line) => /"crc32c":"[0-9a-f]{8}"\}$/.test(line)), [true, true]);
  });
});
