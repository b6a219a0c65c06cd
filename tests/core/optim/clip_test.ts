import { adamW } from "../../../core/optim/adamw.ts";
import { chain } from "../../../core/optim/chain.ts";
import { clipByGlobalNorm, globalNorm } from "../../../core/optim/clip.ts";
import { constantSchedule } from "../../../core/optim/schedule.ts";
import { dataOf, tidy } from "../../../core/tensor/mod.ts";
import { disposeTree } from "../../../core/tree.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { assertClose, flat } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };
import { assertNoLeak, forEachBackend } from "../backends.ts";
import { descend, readAll, uploaded, type Vectors } from "./descend.ts";
import { referenceAdamW } from "./reference.ts";

const FLOAT32 = vectors.meta.tolerance.float32;

function named(gradients: readonly (readonly number[])[]): Vectors {
  return Object.fromEntries(gradients.map((values, i) => [`p${i}`, values]));
}

async function clipped(gradients: Vectors, maxNorm: number): Promise<number[]> {
  const grads = uploaded(gradients);
  const { updates, slots } = tidy(() => clipByGlobalNorm(maxNorm).update(grads, [], { params: grads, step: 0 }));
  const values = await readAll(updates);
  disposeTree([grads, updates, slots]);
  return values;
}

forEachBackend("clipByGlobalNorm() and globalNorm() reproduce the vector grad_clip", async () => {
  await assertNoLeak(async () => {
    const { grads, max_norm, total_norm, clipped: want, small_case } = vectors.grad_clip;
    const tree = uploaded(named(grads));
    const norm = tidy(() => globalNorm(tree));
    assertAlmostEquals((await dataOf(norm))[0]!, total_norm, FLOAT32);
    disposeTree([tree, norm]);
    assertClose(await clipped(named(grads), max_norm), flat(want), FLOAT32);
    assertEquals(small_case.unchanged, true);
    assertEquals(await clipped(named(small_case.grads), max_norm), [...Float32Array.from(flat(small_case.grads))]);
  });
});

forEachBackend("clipByGlobalNorm() divides by the norm plus 1e-6", async () => {
  // Norm 2e-6, limit 1e-6: a third, not a half.
  const [value] = await clipped({ p: [2e-6] }, 1e-6);
  assertAlmostEquals(value! / 2e-6, 1 / 3, 1e-5);
});

forEachBackend("clipByGlobalNorm() does nothing at 0 and refuses negative norms", async () => {
  assertEquals(await clipped({ p: [300, 400] }, 0), [300, 400]);
  assertThrows(() => clipByGlobalNorm(-1), RangeError, "at least 0");
  assertThrows(() => clipByGlobalNorm(NaN), RangeError, "at least 0");
});

forEachBackend("chain() clips first and keeps the slots of each transform", async () => {
  await assertNoLeak(async () => {
    const transform = chain(clipByGlobalNorm(1), adamW({ schedule: constantSchedule(0.1), weightDecay: 0 }));
    const gradients = [[3, 4], [0.3, 0.4], [-6, 8]];
    const got = await descend(transform, { p: [1, 1] }, gradients.map((p) => ({ p })));
    const limited = gradients.map((g) => {
      const scale = Math.min(1, 1 / (Math.hypot(...g) + 1e-6));
      return g.map((value) => value * scale);
    });
    const want = referenceAdamW([1, 1], limited, {
      lr: () => 0.1,
      weightDecay: 0,
      betas: [0.9, 0.999],
      eps: 1e-8,
    });
    assertClose(got.flat(), want.flat(), 1e-6);
  });
});
