import { gaussianPrior } from "../../../core/prior/gaussian.ts";
import { sourcePrior } from "../../../core/prior/source.ts";
import { rng } from "../../../core/rng/stream.ts";
import { dispose, tensor, zeros } from "../../../core/tensor/mod.ts";
import { assert, assertEquals } from "../../assert.ts";
import { takeValues } from "../../contract/numbers.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";

forEachBackend("gaussianPrior() draws the same bits on every backend", async () => {
  await assertNoLeak(async () => {
    const like = { x: zeros([2, 3]), pos: zeros([2, 1]) };
    const drawn = await takeValues(gaussianPrior().sample(like, undefined, rng(42)));
    const host = rng(42);
    assertEquals(drawn, { x: host.fold("x").host.normal(6), pos: host.fold("pos").host.normal(2) });
    dispose(Object.values(like));
  });
});

forEachBackend("gaussianPrior() has the tails of a normal distribution and independent parts", async () => {
  await assertNoLeak(async () => {
    const n = 20000;
    const like = { x: zeros([n]), pos: zeros([n]) };
    const { x, pos } = await takeValues(gaussianPrior().sample(like, undefined, rng(5)));
    // P(|z| > 1) = 0.317311 and P(|z| > 2) = 0.0455003.
    for (const [limit, share] of [[1, 0.317311], [2, 0.0455003]] as const) {
      const seen = x!.filter((value) => Math.abs(value) > limit).length / n;
      assert(Math.abs(seen - share) < 5 * Math.sqrt(share * (1 - share) / n), `beyond ${limit}: ${seen}`);
    }
    const correlation = x!.reduce((sum, value, i) => sum + value * pos![i]!, 0) / n;
    assert(Math.abs(correlation) < 5 / Math.sqrt(n), `correlation of parts ${correlation}`);
    dispose(Object.values(like));
  });
});

forEachBackend("sourcePrior() copies the source, not the target", async () => {
  await assertNoLeak(async () => {
    const [like, source] = [{ x: zeros([2, 2]) }, { x: tensor([1, 2, 3, 4], [2, 2]) }];
    const start = sourcePrior().sample(like, source, rng(0));
    dispose([source.x, like.x]);
    assertEquals(Array.from((await takeValues(start))["x"]!), [1, 2, 3, 4]);
  });
});
