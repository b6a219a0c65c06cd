import { CheckpointError } from "../../../core/errors.ts";
import { loadBest, loadCheckpoint, loadLatest, saveCheckpoint } from "../../../core/run/mod.ts";
import { assertEquals, assertMatch, assertRejects } from "../../assert.ts";
import { damage, exampleTree, inTempFolder } from "./helpers.ts";

async function withTwo(fn: (folder: string, newest: string) => Promise<void>): Promise<void> {
  await inTempFolder(async (folder) => {
    for (const step of [10, 20]) await saveCheckpoint({ folder }, { step, trees: { params: exampleTree(step) } });
    await fn(folder, `${folder}/checkpoints/step-00000020`);
  });
}

async function loadAloud(folder: string): Promise<readonly [step: number | undefined, said: readonly string[]]> {
  const said: string[] = [];
  const found = await loadLatest({ folder }, { notify: (sentence) => said.push(sentence) });
  return [found?.step, said];
}

Deno.test("loadLatest() of a run without checkpoints is undefined", async () => {
  await inTempFolder(async (folder) => assertEquals(await loadAloud(folder), [undefined, []]));
});

Deno.test("loadLatest() takes the newest in silence when it is intact", async () => {
  await withTwo(async (folder) => assertEquals(await loadAloud(folder), [20, []]));
});

Deno.test("loadLatest() falls back loudly from every kind of damage", async () => {
  const damages: Readonly<Record<string, readonly [(newest: string) => Promise<void>, RegExp]>> = {
    "flipped byte": [(newest) => damage(`${newest}/params.safetensors`, -2), /does not have the recorded SHA-256/],
    "flipped header": [(newest) => damage(`${newest}/params.safetensors`, 0), /does not have the recorded SHA-256/],
    truncated: [(newest) => Deno.truncate(`${newest}/params.safetensors`, 30), /it has 30 bytes instead of \d+/],
    "missing file": [(newest) => Deno.remove(`${newest}/params.safetensors`), /params\.safetensors": it is missing/],
    "missing state": [(newest) => Deno.remove(`${newest}/state.json`), /state\.json is missing/],
    "broken state": [(newest) => Deno.truncate(`${newest}/state.json`, 20), /it is not valid JSON/],
    "empty state": [
      (newest) => Deno.writeTextFile(`${newest}/state.json`, '{"format":1}'),
      /state\.json is incomplete/,
    ],
    "missing folder": [(newest) => Deno.remove(newest, { recursive: true }), /step-00000020": it is missing/],
  };
  for (const [name, [harm, reason]] of Object.entries(damages)) {
    await withTwo(async (folder, newest) => {
      await harm(newest);
      const [step, said] = await loadAloud(folder);
      assertEquals(step, 10, name);
      assertEquals(said.length, 1, name);
      assertMatch(said[0]!, /^WARNING: Cannot read .*; going on from step 10 instead$/);
      assertMatch(said[0]!, reason);
    });
  }
});

Deno.test("loadLatest() without an intact checkpoint is an error that names the way out", async () => {
  await withTwo(async (folder) => {
    for (const step of ["step-00000010", "step-00000020"]) {
      await damage(`${folder}/checkpoints/${step}/params.safetensors`, -1);
    }
    const { message } = await assertRejects(() => loadLatest({ folder }), CheckpointError);
    assertEquals(
      message,
      `Cannot read "${folder}/checkpoints/step-00000020/params.safetensors": it does not have the recorded SHA-256, ` +
        "and no other checkpoint is intact; start anew with --fresh",
    );
  });
});

Deno.test("loadLatest() does not fall back from a checkpoint of a newer version", async () => {
  await withTwo(async (folder, newest) => {
    const state: unknown = JSON.parse(await Deno.readTextFile(`${newest}/state.json`));
    await Deno.writeTextFile(`${newest}/state.json`, JSON.stringify(Object.assign({}, state, { format: 2 })));
    await assertRejects(() => loadLatest({ folder }), CheckpointError, "a newer Morphogen wrote it (format 2");
    await assertRejects(() => loadCheckpoint(newest), CheckpointError, "a newer Morphogen wrote it (format 2");
  });
});

Deno.test("loadLatest() works without the file latest, and with one that lags behind", async () => {
  await withTwo(async (folder) => {
    await Deno.writeTextFile(`${folder}/checkpoints/latest`, "step-00000010\n");
    assertEquals(await loadAloud(folder), [20, []]);
    await Deno.remove(`${folder}/checkpoints/latest`);
    assertEquals(await loadAloud(folder), [20, []]);
  });
});

Deno.test("a damaged checkpoint does not push out the good one when training goes on", async () => {
  await withTwo(async (folder, newest) => {
    await damage(`${newest}/params.safetensors`, -1);
    assertEquals((await loadAloud(folder))[0], 10);
    await saveCheckpoint({ folder }, { step: 15, trees: { params: exampleTree(15) } });
    assertEquals(await loadAloud(folder), [15, []]);
  });
});

Deno.test("loadBest() takes the newest that was saved as best, and says which one is damaged", async () => {
  await withTwo(async (folder) => {
    assertEquals(await loadBest({ folder }), undefined);
    for (const [step, best] of [[30, true], [40, true], [50, false]] as const) {
      await saveCheckpoint({ folder }, { step, trees: { params: exampleTree(step) }, best }, { keep: 9 });
    }
    assertEquals((await loadBest({ folder }))?.step, 40);
    await damage(`${folder}/checkpoints/step-00000040/params.safetensors`, -2);
    const said: string[] = [];
    assertEquals((await loadBest({ folder }, { notify: (sentence) => said.push(sentence) }))?.step, 30);
    assertMatch(said.join("\n"), /step-00000040.*recorded SHA-256; it was the best/);
  });
});
