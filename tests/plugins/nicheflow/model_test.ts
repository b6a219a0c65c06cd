import {
  type Data,
  hostArray,
  inMemory,
  type Metric,
  rng,
  type Section,
  tidy,
  type Trained,
} from "../../../core/mod.ts";
import { disposeTree } from "../../../core/tree.ts";
import { NICHEFLOW_DEFAULTS, type NicheFlowConfig } from "../../../plugins/nicheflow/config.ts";
import { itemsOf } from "../../../plugins/nicheflow/items.ts";
import { plugin } from "../../../plugins/nicheflow/mod.ts";
import type { NicheSamples } from "../../../plugins/nicheflow/samples.ts";
import { assert, assertEquals } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";

const [CELLS, FEATURES] = [90, 3];

/** A section of cells in a disc; the type is the side they lie on, the features follow the type. */
function sectionOf(name: string, time: number, split: Section["split"]): Section {
  const host = rng(3).fold(name).host;
  const pos = host.normal(CELLS * 2);
  const type = Int32Array.from({ length: CELLS }, (_, i) => pos[2 * i]! > 0 ? 1 : 0);
  const x = host.normal(CELLS * FEATURES).map((value, i) => 0.3 * value + 2 * type[Math.floor(i / FEATURES)]!);
  return {
    name,
    time,
    split,
    rows: CELLS,
    parts: { x: inMemory(hostArray(x, [CELLS, FEATURES])), pos: inMemory(hostArray(pos, [CELLS, 2])) },
    labels: { side: type },
  };
}

const DATA: Data = {
  spec: {
    name: "discs",
    parts: { x: { shape: [FEATURES], unit: "sd" }, pos: { shape: [2], unit: "µm" } },
    times: [0, 1, 2].map((value) => ({ name: `day ${value}`, value, unit: "d" })),
    labels: { side: ["left", "right"] },
  },
  sections: [
    sectionOf("a", 0, "train"),
    sectionOf("b", 1, "train"),
    sectionOf("c", 2, "train"),
    sectionOf("c, held out", 2, "test"),
  ],
  citation: { title: "Discs", authors: "Nobody", year: 2025, url: "about:blank" },
  source: "memory",
  notes: [],
};

const BASE: NicheFlowConfig = {
  ...NICHEFLOW_DEFAULTS,
  niche: { ...NICHEFLOW_DEFAULTS.niche, radius: 0.4, dx: 0.5, dy: 0.5 },
  regions: { count: 4, niches: 16, pairs: 8, cells: 40 },
  network: { ...NICHEFLOW_DEFAULTS.network, embed: 12, heads: 2, feedForward: 8, hidden: 4, timeDim: 4 },
  sampling: { points: 4, upsample: 2, chunk: 16 },
  classifier: { ...NICHEFLOW_DEFAULTS.classifier, hidden: 4, epochs: 30, batch: 64, lr: 0.05 },
};

/** Without a training step, since only what follows it is looked at. */
async function evaluated(config: NicheFlowConfig): Promise<{ samples: NicheSamples; metrics: readonly Metric[] }> {
  const root = rng(1);
  const prepared = await plugin.prepare!(config, DATA, root.fold("prepare"), () => {});
  const model = plugin.build(config, DATA.spec, prepared);
  const params = tidy(() => model.trainable.init(root.fold("init")));
  const trained: Trained = { params, data: DATA, rng: root.fold("eval"), progress: () => {}, note: () => {} };
  const samples = await model.sample(trained);
  const metrics = await model.evaluate(trained, samples);
  const figures = await model.figures(trained, samples);
  disposeTree(params);
  assert(figures.length > 0);
  return { samples: samples as NicheSamples, metrics };
}

for (const model of ["nicheflow", "rpcflow", "spflow"] as const) {
  forEachBackend(`plugin samples and evaluates ${model}`, async () => {
    await assertNoLeak(async () => {
      const { samples, metrics } = await evaluated({ ...BASE, model });
      assertEquals(samples.steps.length, 2);
      for (const { repeats } of samples.steps) {
        // Two repeats; random clouds of 40 cells cover 90 cells three at a time.
        assertEquals(itemsOf(repeats, model).length, model === "nicheflow" ? 2 : 6);
      }
      const byName = new Map(metrics.map((metric) => [metric.name, metric]));
      for (const name of ["1nn-f1", "psd", "spd", "spd-equal-budget", "seen/psd", "classifier-f1"]) {
        assert(byName.has(name), `${name} is missing in ${[...byName.keys()]}`);
      }
      for (const { name, value, anchors } of metrics) {
        assert(Number.isFinite(value), `${name} is ${value}`);
        for (const [anchor, other] of Object.entries(anchors)) assert(Number.isFinite(other), `${name} ${anchor}`);
      }
      assertEquals(byName.get("psd")!.anchors["oracle"], 0);
      // A network that was never trained gathers its cells in one place; the copied source has the shape.
      assert(byName.get("spd")!.value > byName.get("spd")!.anchors["copy-source"]!);
    });
  });
}
