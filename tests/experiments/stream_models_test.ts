import {
  type AnyPlugin,
  dispose,
  leaves,
  mergeConfig,
  openAnnData,
  readAnnData,
  rng,
  type Tensor,
  type Trained,
} from "../../core/mod.ts";
import { openTableDraft } from "../../core/io/table_draft.ts";
import { assertNoLeak, tinyTissue } from "../../core/testing/mod.ts";
import { PLUGINS } from "../../plugins/registry.ts";
import { assert, assertEquals, assertNotEquals } from "../assert.ts";
import { SMALL_PLUGINS } from "../contract/small_plugins.ts";
import { inTempFolder } from "../core/run/helpers.ts";

/** Plugins that draw cells by number, and a setting of each. */
const CASES: readonly (readonly [name: string, config: Readonly<Record<string, unknown>>])[] = [
  ["cfm", {}],
  ["cfm", { condition: "kind" }],
  ["cfm", { condition: "time" }],
  ["gmflow", {}],
  ["nicheflow", {}],
];

for (const [name, config] of CASES) {
  Deno.test(`${name} ${JSON.stringify(config)} draws cells in blocks that fit together, each from its stream alone`, () =>
    inTempFolder(async (folder) => {
      const plugin: AnyPlugin = await PLUGINS[name]!();
      const data = tinyTissue();
      const small = mergeConfig(plugin.defaults, SMALL_PLUGINS[name]!, "the test");
      const merged = mergeConfig(small, config, "the test");
      const prepared = await plugin.prepare?.(merged, data, rng(1), () => {}) ?? {};
      const model = plugin.build(merged, data.spec, prepared);
      assert(model.stream !== undefined);
      const params = model.trainable.init(rng(2));
      const notes: string[] = [];
      const trained: Trained = {
        params,
        data,
        rng: rng(3),
        progress: () => {},
        note: (message) => void notes.push(message),
      };
      try {
        const stream = await model.stream(trained);
        const { groupRows, empty } = stream;
        assertEquals(stream.blockRows % groupRows, 0);
        const blockRows = groupRows * Math.ceil(20 / groupRows);
        const rows = 2 * blockRows + groupRows;
        const origin = { seed: 1 };
        const draft = (await openTableDraft(`${folder}/a.zarr`, { empty, rows, blockRows, origin }))!;
        const make = (block: number, seed = block) =>
          stream.make({ first: block * blockRows, rows: draft.rowsOf(block), rng: rng(seed) });
        for (let block = draft.blocks - 1; block >= 0; block--) await draft.write(block, await make(block));
        assertEquals(await draft.finish(), 0);
        assertEquals((await make(1)).X, (await make(1)).X);
        await assertNoLeak(async () => void await make(1));
        assertNotEquals((await make(1)).X, (await make(1, 5)).X);
        const table = await readAnnData(`${folder}/a.zarr`);
        assertEquals(table.obs.index, Array.from({ length: rows }, (_, i) => `generated_${i}`));
        assertEquals(Object.keys(table.obs.columns), Object.keys(empty.obs.columns));
        const x = (table.X as { readonly data: Float32Array }).data;
        assert(x.every(Number.isFinite));
        assertEquals(x.subarray(0, 6 * blockRows), ((await make(0)).X as { readonly data: Float32Array }).data);
        if (config["condition"] === "time" || name === "gmflow") {
          const stage = table.obs.columns["stage"] as { readonly codes: Int32Array };
          const counts = [0, 1, 2].map((time) => stage.codes.filter((code) => code === time).length);
          // Days 2 and 3 have sections that are held out.
          assertEquals(counts, [0, 21, 20]);
        }
        if (name === "nicheflow") {
          const niche = table.obs.columns["niche"] as Int32Array;
          assertEquals(new Set(niche).size, rows / groupRows);
          assertEquals(Math.max(...niche), rows / groupRows - 1);
        }
        const metrics = await model.measure?.(trained, await openAnnData(`${folder}/a.zarr`)) ?? [];
        assertEquals(metrics.length > 0, name !== "nicheflow");
        assert(metrics.every(({ value }) => Number.isFinite(value)), JSON.stringify(metrics));
      } finally {
        dispose(leaves<Tensor>(params));
        model[Symbol.dispose]?.();
      }
    }));
}

Deno.test("plugins that draw what belongs to each row of their data do not pretend to draw by number", async () => {
  const data = tinyTissue();
  const streaming: string[] = [];
  for (const [name, load] of Object.entries(PLUGINS)) {
    const plugin: AnyPlugin = await load();
    if (plugin.prepare !== undefined && name !== "nicheflow") continue;
    const model = plugin.build(mergeConfig(plugin.defaults, SMALL_PLUGINS[name]!, "the test"), data.spec);
    if (model.stream !== undefined) streaming.push(name);
    model[Symbol.dispose]?.();
  }
  assertEquals(streaming.sort(), ["cfm", "gmflow", "nicheflow"]);
});
