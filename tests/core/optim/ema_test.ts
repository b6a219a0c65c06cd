import { type DecayLaw, emaStep, warmedDecay } from "../../../core/optim/ema.ts";
import { tidy } from "../../../core/tensor/mod.ts";
import { disposeTree, type Params } from "../../../core/tree.ts";
import { assertAlmostEquals, assertEquals } from "../../assert.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";
import { readAll, uploaded } from "./descend.ts";

async function average(start: number, values: readonly number[], law: DecayLaw): Promise<number[]> {
  let mean: Params = uploaded({ p: [start] });
  const out: number[] = [];
  for (const [step, value] of values.entries()) {
    const params = uploaded({ p: [value] });
    const next = tidy(() => emaStep(mean, params, law, step));
    disposeTree([mean, params]);
    mean = next;
    out.push(...await readAll(mean));
  }
  disposeTree(mean);
  return out;
}

forEachBackend("emaStep() with warmedDecay() follows min(decay, (1 + n) / (10 + n))", async () => {
  await assertNoLeak(async () => {
    const values = [2, -1, 0.5, 3, 3, 3];
    const decay = 0.3;
    let mean = 1;
    const want = values.map((value, step) => {
      const d = Math.min(decay, (1 + step) / (10 + step));
      return mean = d * mean + (1 - d) * value;
    });
    assertClose(await average(1, values, warmedDecay(decay)), want, 1e-6);
  });
});

forEachBackend("emaStep() with warmedDecay() starts at 1/10 and ends at the decay", async () => {
  assertAlmostEquals((await average(1, [0], warmedDecay(0.999)))[0]!, 0.1, 1e-7);
  const params = uploaded({ p: [0] });
  const mean = uploaded({ p: [1] });
  const late = tidy(() => emaStep(mean, params, warmedDecay(0.999), 1_000_000));
  assertAlmostEquals((await readAll(late))[0]!, 0.999, 1e-7);
  disposeTree([params, mean, late]);
});

forEachBackend("emaStep() with decay 0 copies the parameters", async () => {
  assertEquals(await average(1, [0.25, -3], () => 0), [0.25, -3]);
});

forEachBackend("emaStep() takes any law, for example a power function", async () => {
  // Karras et al. 2024 with gamma 7: weights of the values grow with the power 7 of the step, the start has none.
  const values = [2, -1, 0.5, 3];
  let mean = 10;
  const want = values.map((value, i) => {
    const beta = (1 - 1 / (i + 1)) ** 8;
    return mean = beta * mean + (1 - beta) * value;
  });
  assertAlmostEquals(want[0]!, 2, 1e-12);
  assertClose(await average(10, values, (step) => (1 - 1 / (step + 1)) ** 8), want, 1e-6);
});

forEachBackend("emaStep() leaves constants as they are, bit for bit", async () => {
  const values = Array.from({ length: 50 }, () => Math.fround(0.1));
  assertEquals(new Set(await average(0.1, values, warmedDecay(0.999))), new Set([Math.fround(0.1)]));
});
