import { chooseBackend } from "../../../core/backend/mod.ts";
import { heapUseOf } from "../../../core/backend/heap_use.ts";
import { rng } from "../../../core/rng/stream.ts";
import { stepMemory } from "../../../core/step_memory.ts";
import { firstRows } from "../../../core/state.ts";
import { tidy } from "../../../core/tensor/mod.ts";
import { differentiate } from "../../../core/train_gradient.ts";
import { disposeTree } from "../../../core/tree.ts";
import { assert, assertAlmostEquals, assertEquals } from "../../assert.ts";
import { assertNoLeak } from "../backends.ts";
import { smallFlow } from "./small_flow.ts";

const ROWS = 512;

Deno.test("the memory of a step is foreseen from some of its rows", async () => {
  await chooseBackend("wasm");
  await assertNoLeak(() => {
    const { trainable, batch } = smallFlow(ROWS);
    const params = tidy(() => trainable.init(rng(1)));
    const at = { trainable, params, step: 0 };
    const { needed, limit, rows, fitting } = stepMemory(at, batch, rng(2))!;
    assertEquals([rows, limit], [ROWS, 2 ** 32]);
    const measured = heapUseOf(() => differentiate(at, batch, rng(2), false))!;
    // The estimate adds 30 % for gaps and counts the batch twice.
    assert(needed > measured.peak, `${needed} should exceed ${measured.peak}`);
    assert(needed < 1.6 * measured.peak, `${needed} should be near ${measured.peak}`);
    const [half, quarter] = [2, 4].map((part) => {
      using small = firstRows(batch, ROWS / part);
      return stepMemory(at, small, rng(2))!;
    });
    assertAlmostEquals(half!.needed - quarter!.needed, (needed - half!.needed) / 2, 0.05 * needed);
    assert(Math.abs(half!.fitting - fitting) < 0.01 * fitting);
    disposeTree(params);
    batch[Symbol.dispose]();
  });
});

Deno.test("backends without a fixed heap and batches that cannot be cut have no estimate", async () => {
  const { trainable, batch } = await chooseBackend("cpu").then(() => smallFlow(8));
  const params = tidy(() => trainable.init(rng(1)));
  assertEquals(stepMemory({ trainable, params, step: 0 }, batch, rng(2)), undefined);
  const { rows: _, ...uncut } = trainable;
  assertEquals(stepMemory({ trainable: uncut, params, step: 0 }, batch, rng(2)), undefined);
  disposeTree(params);
  batch[Symbol.dispose]();
});
