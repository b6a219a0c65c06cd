import { emaStep } from "../../../core/optim/ema.ts";
import { tidy } from "../../../core/tensor/mod.ts";
import { disposeTree, type Params } from "../../../core/tree.ts";
import { assertAlmostEquals, assertEquals } from "../../assert.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";
import { readAll, uploaded } from "./descend.ts";

async function average(start: number, values: readonly number[], decay: number): Promise<number[]> {
  let mean: Params = uploaded({ p: [start] });
  const out: number[] = [];
  for (const [step, value] of values.entries()) {
    const params = uploaded({ p: [value] });
    const next = tidy(() => emaStep(mean, params, decay, step));
    disposeTree([mean, params]);
    mean = next;
    out.push(...await readAll(mean));
  }
  disposeTree(mean);
  return out;
}

forEachBackend("emaStep() follows min(decay, (1 + n) / (10 + n))", async () => {
  await assertNoLeak(async () => {
    const values = [2, -1, 0.5, 3, 3, 3];
    const decay = 0.3;
    let mean = 1;
    const want = values.map((value, step) => {
      const d = Math.min(decay, (1 + step) / (10 + step));
      return mean = d * mean + (1 - d) * value;
    });
    assertClose(await average(1, values, decay), want, 1e-6);
  });
});

forEachBackend("emaStep() starts at 1/10 and ends at the decay", async () => {
  assertAlmostEquals((await average(1, [0], 0.999))[0]!, 0.1, 1e-7);
  const params = uploaded({ p: [0] });
  const mean = uploaded({ p: [1] });
  const late = tidy(() => emaStep(mean, params, 0.999, 1_000_000));
  assertAlmostEquals((await readAll(late))[0]!, 0.999, 1e-7);
  disposeTree([params, mean, late]);
});

forEachBackend("emaStep() with decay 0 copies the parameters", async () => {
  assertEquals(await average(1, [0.25, -3], 0), [0.25, -3]);
});
