import { loadLatest, readMetrics } from "../../../core/run/mod.ts";
import { assert, assertEquals } from "../../assert.ts";
import { inTempFolder } from "./helpers.ts";

const RUN = new URL("../../../core/run/mod.ts", import.meta.url).href;

/** Saves without end: every value of checkpoint `step` is `step`, the log has one line per step. */
function program(folder: string): string {
  return `import { appendMetrics, loadLatest, saveCheckpoint } from ${JSON.stringify(RUN)};
    const run = { folder: ${JSON.stringify(folder)} };
    const start = (await loadLatest(run))?.step ?? 0;
    for (let step = start + 1;; step++) {
      const tree = { data: new Float32Array(500_000).fill(step), shape: [500_000] };
      await saveCheckpoint(run, { step, trees: { params: tree, opt: [tree] } });
      await appendMetrics(run, { step });
      if (step === start + 1) console.log("saved one");
    }`;
}

async function killAfter(folder: string, milliseconds: number): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", program(folder)], stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  assertEquals(new TextDecoder().decode((await reader.read()).value), "saved one\n");
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
}

Deno.test("checkpoints survive kill -9 at any moment, without a word of damage", async () => {
  await inTempFolder(async (folder) => {
    let last = 0;
    for (const milliseconds of [90, 137, 201]) {
      await killAfter(folder, milliseconds);
      const found = await loadLatest({ folder }, {
        notify: (sentence) => {
          throw new Error(sentence);
        },
      });
      assert(found !== undefined && found.step > last, `step ${found?.step} after ${last}`);
      const { data } = found.trees["params"] as { readonly data: Float32Array };
      assert(data.length === 500_000 && data.every((value) => value === found.step));
      const logged = (await readMetrics({ folder })).at(-1)?.step ?? 0;
      assert(logged === found.step || logged === found.step - 1, `logged ${logged}, saved ${found.step}`);
      last = found.step;
    }
  });
});
