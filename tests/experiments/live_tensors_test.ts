import { adamW, chain, clipByGlobalNorm, constantSchedule, createTrainer, memory, rng } from "../../core/mod.ts";
import { anndata } from "../../datasets/anndata.ts";
import { plugin } from "../../plugins/nicheflow/mod.ts";
import { mergeConfig } from "../../core/config/mod.ts";
import { assertNoLeak, forEachBackend } from "../core/backends.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { assertEquals } from "../assert.ts";
import { tissueTable, writeTissue } from "./tissue_store.ts";

const small = {
  niche: { radius: 0.5, dx: 0.8, dy: 0.8 },
  regions: { count: 4, niches: 8, pairs: 4, cells: 32 },
  network: { embed: 24, feedForward: 16, encoders: 1, decoders: 1, hidden: 8, timeDim: 4 },
  classifier: { epochs: 2 },
  sampling: { points: 3, upsample: 1 },
};

for (const model of ["nicheflow", "rpcflow", "spflow"] as const) {
  forEachBackend(`${model}: live tensors are constant over training steps, and none is left in the end`, async () => {
    await inTempFolder(async (folder) => {
      const config = mergeConfig(plugin.defaults, { ...small, model }, "test");
      const location = await writeTissue(folder, "cells", tissueTable());
      const columns = { time: "timepoint", label: "annotation", components: 4 };
      const options = { location, seed: 1, note: () => {}, warn: () => {} };
      const data = await anndata.load({ ...anndata.defaults, ...columns }, options);
      const root = rng(1);
      const silent = { data, rng: root, progress: () => {}, note: () => {} };
      await assertNoLeak(async () => {
        const prepared = await plugin.prepare!(config, data, root, () => {});
        const built = plugin.build(config, data.spec, prepared);
        using trainer = createTrainer({
          trainable: built.trainable,
          batches: await built.batches(data, root.fold("data")),
          optimizer: chain(clipByGlobalNorm(1), adamW({ schedule: constantSchedule(1e-3), weightDecay: 1e-5 })),
          rng: root,
          accumulate: 2,
          ema: 0.9,
        });
        const counts: number[] = [];
        for (let step = 0; step < 8; step++) {
          await trainer.advance();
          counts.push(memory().numTensors);
        }
        assertEquals(counts, counts.map(() => counts[0]!));
        const trained = { params: trainer.params, ...silent };
        const samples = await built.sample(trained);
        await built.evaluate(trained, samples);
        await built.figures(trained, samples);
        assertEquals(memory().numTensors, counts[0]!);
      });
    });
  });
}
