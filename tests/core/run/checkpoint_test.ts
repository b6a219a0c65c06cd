import { CheckpointError } from "../../../core/errors.ts";
import { writeFileAtomic } from "../../../core/io/atomic.ts";
import { hostArray } from "../../../core/host_array.ts";
import { loadLatest, saveCheckpoint } from "../../../core/run/mod.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { exampleTree, inTempFolder, namesIn, onSmallDisk } from "./helpers.ts";

Deno.test("saveCheckpoint() writes what loadLatest() reads back", async () => {
  await inTempFolder(async (folder) => {
    const trees = { params: exampleTree(1.5), ema: exampleTree(2), opt: { mu: exampleTree(0), empty: {} } };
    const meta = { best: 0.25, name: "x", history: [1, 2], nothing: null };
    const path = await saveCheckpoint({ folder }, { step: 1000, trees, meta, best: true });
    assertEquals(path, `${folder}/checkpoints/step-00001000`);
    assertEquals(await namesIn(path), ["ema.safetensors", "opt.safetensors", "params.safetensors", "state.json"]);
    assertEquals(await Deno.readTextFile(`${folder}/checkpoints/latest`), "step-00001000\n");
    assertEquals(await loadLatest({ folder }), { step: 1000, trees, meta, best: true, path });
  });
});

Deno.test("saveCheckpoint() keeps the last ones and the best", async () => {
  await inTempFolder(async (folder) => {
    for (const step of [10, 20, 30, 40, 50]) {
      await saveCheckpoint({ folder }, { step, trees: {}, best: step === 10 || step === 20 });
    }
    const kept = ["latest", "step-00000020", "step-00000040", "step-00000050"];
    assertEquals(await namesIn(`${folder}/checkpoints`), kept);
    await saveCheckpoint({ folder }, { step: 60, trees: {} }, { keep: 1 });
    assertEquals(await namesIn(`${folder}/checkpoints`), ["latest", "step-00000020", "step-00000060"]);
  });
});

Deno.test("saveCheckpoint() replaces one of the same step and removes later ones", async () => {
  await inTempFolder(async (folder) => {
    for (const step of [10, 20]) await saveCheckpoint({ folder }, { step, trees: { params: exampleTree(step) } });
    await Deno.mkdir(`${folder}/checkpoints/step-00000015.partial`);
    await saveCheckpoint({ folder }, { step: 10, trees: { params: exampleTree(7) } });
    assertEquals(await namesIn(`${folder}/checkpoints`), ["latest", "step-00000010"]);
    assertEquals((await loadLatest({ folder }))?.trees["params"], exampleTree(7));
  });
});

Deno.test("saveCheckpoint() sorts steps of more than eight digits as numbers", async () => {
  await inTempFolder(async (folder) => {
    for (const step of [99_999_999, 100_000_000]) await saveCheckpoint({ folder }, { step, trees: {} });
    assertEquals((await loadLatest({ folder }))?.step, 100_000_000);
  });
});

Deno.test("saveCheckpoint() that fails half-way keeps the last good one and says so", async () => {
  await inTempFolder(async (folder) => {
    const trees = { params: exampleTree(1), opt: exampleTree(2) };
    await saveCheckpoint({ folder }, { step: 10, trees });
    for (const failing of ["opt.safetensors", "state.json"]) {
      const writeFile = async (path: string, content: Uint8Array | string): Promise<void> => {
        if (path.endsWith(failing)) throw Object.assign(new Error("No space left"), { code: "ENOSPC" });
        await writeFileAtomic(path, content);
      };
      const save = (): Promise<string> => saveCheckpoint({ folder }, { step: 20, trees }, { writeFile });
      const { message } = await assertRejects(save, CheckpointError);
      assertEquals(
        message,
        `Cannot write "${folder}/checkpoints/step-00000020": the disk is full, free space or choose another folder; ` +
          "the checkpoint of step 10 is kept",
      );
      assertEquals(await namesIn(`${folder}/checkpoints`), ["latest", "step-00000010"]);
    }
    assertEquals((await loadLatest({ folder }))?.step, 10);
  });
});

Deno.test("saveCheckpoint() on a disk that is really full keeps the last good one", async () => {
  await onSmallDisk("1m", async (folder) => {
    const big = hostArray(new Float32Array(150_000).fill(1), [150_000]);
    await saveCheckpoint({ folder }, { step: 10, trees: { params: big } });
    const save = (): Promise<string> => saveCheckpoint({ folder }, { step: 20, trees: { params: big } });
    const { message } = await assertRejects(save, CheckpointError);
    assertStringIncludes(message, "step-00000020");
    assertStringIncludes(
      message,
      "the disk is full, free space or choose another folder; the checkpoint of step 10 is kept",
    );
    assertEquals(await namesIn(`${folder}/checkpoints`), ["latest", "step-00000010"]);
    assertEquals((await loadLatest({ folder }))?.trees["params"], big);
  });
});

Deno.test("saveCheckpoint() on a full disk without an earlier checkpoint says that too", async () => {
  await onSmallDisk("64k", async (folder) => {
    const big = hostArray(new Float32Array(150_000), [150_000]);
    const save = (): Promise<string> => saveCheckpoint({ folder }, { step: 20, trees: { params: big } });
    await assertRejects(save, CheckpointError, "no checkpoint was saved before");
    assertEquals(await loadLatest({ folder }), undefined);
  });
});

Deno.test("saveCheckpoint() refuses odd steps and facts that JSON cannot say", async () => {
  await inTempFolder(async (folder) => {
    await assertRejects(() => saveCheckpoint({ folder }, { step: -1, trees: {} }), RangeError, "whole number from 0");
    await assertRejects(() => saveCheckpoint({ folder }, { step: 1.5, trees: {} }), RangeError, "whole number from 0");
    const save = (): Promise<string> => saveCheckpoint({ folder }, { step: 1, trees: {}, meta: { best: Infinity } });
    await assertRejects(save, TypeError, 'Cannot write "meta.best" as JSON: it holds Infinity');
    assertEquals(await namesIn(`${folder}/checkpoints`), []);
  });
});
