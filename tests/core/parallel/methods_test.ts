import {
  adamW,
  chooseBackend,
  constantSchedule,
  createTrainer,
  type Data,
  entries,
  type HostArray,
  type Ranks,
  rng,
  shareWork,
} from "../../../core/mod.ts";
import { EXPERIMENTS } from "../../../experiments/registry.ts";
import { resolve, type Resolved } from "../../../experiments/resolve.ts";
import { assertLess } from "../../assert.ts";
import { TINY, tissueTable, writeTissue } from "../../experiments/tissue_store.ts";
import { inTempFolder } from "../run/helpers.ts";
import { onLocalRanks } from "./local_ranks.ts";

const STEPS = 50;

type Params = ReadonlyMap<string, Float32Array>;

interface Trained {
  readonly params: Params;
  readonly losses: readonly number[];
}

interface Loaded {
  readonly resolved: Resolved;
  readonly data: Data;
}

async function load(name: string, set: readonly string[], data?: string): Promise<Loaded> {
  await chooseBackend("wasm");
  const nothing = { config: undefined, data, seed: 1, steps: STEPS };
  const resolved = await resolve(await EXPERIMENTS[name]!(), { ...nothing, set });
  const quiet = (): void => {};
  const location = data === undefined ? {} : { location: data };
  const options = { ...location, seed: 1, note: quiet, warn: quiet };
  return { resolved, data: await resolved.dataset.load(resolved.settings.dataset.config, options) };
}

async function train(
  { resolved: { plugin, settings }, data }: Loaded,
  ranks: Ranks,
  accumulate: number,
): Promise<Trained> {
  const model = plugin.build(settings.plugin.config, data.spec);
  const batches = await model.batches(data, rng(1).fold("data"));
  const options = { ranks, accumulate, steps: STEPS, rng: rng(1).fold("rows") };
  using trainer = createTrainer({
    ...await shareWork({ trainable: model.trainable, batches }, options),
    ranks,
    accumulate,
    optimizer: adamW({ schedule: constantSchedule(1e-3), weightDecay: 1e-4 }),
    rng: rng(1),
  });
  const losses: number[] = [];
  while (trainer.step < STEPS) losses.push((await trainer.advance()).scalars["loss"]!);
  const { trees } = await trainer.snapshot();
  return { params: new Map(entries<HostArray>(trees["params"]!).map(([path, { data }]) => [path, data])), losses };
}

/** Entries of attention's packed projections, query, key and value, that make keys. */
function isKey(path: string, at: number, length: number): boolean {
  return path.includes("in_proj_") && at >= length / 3 && at < 2 * length / 3;
}

/** Largest difference of the entries that make keys, and of the others. */
function furthest(a: Params, b: Params): { readonly keys: number; readonly others: number } {
  const off = { keys: 0, others: 0 };
  for (const [path, values] of a) {
    values.forEach((value, i) => {
      const kind = isKey(path, i, values.length) ? "keys" : "others";
      off[kind] = Math.max(off[kind], Math.abs(value - b.get(path)![i]!));
    });
  }
  return off;
}

const SMALL: Readonly<Record<string, (folder: string) => Promise<Loaded>>> = {
  "cfm-toy": () =>
    load("cfm-toy", ["dataset.config.size=400", "plugin.config.batch=32", "plugin.config.network.hidden=16"]),
  "gmflow-embedded": () => load("gmflow-embedded", ["plugin.config.batch=32"]),
  "nicheflow-med": async (folder) => {
    const tiny = TINY.map((flag) => flag.replace("--set=", ""));
    const more = ["plugin.config.network.dropout=0.1", "plugin.config.regions.pairs=6"];
    return await load("nicheflow-med", [...tiny, ...more], await writeTissue(folder, "cells", tissueTable()));
  },
};

for (const [name, loadSmall] of Object.entries(SMALL)) {
  Deno.test(`${name} reaches the same parameters on 1, 2 and 4 ranks`, () =>
    inTempFolder(async (folder) => {
      const loaded = await loadSmall(folder);
      for (const [accumulate, sizes] of [[1, [2, 4]], [4, [4]]] as const) {
        const [one] = await onLocalRanks(1, (ranks) => train(loaded, ranks, accumulate));
        for (const size of sizes) {
          const [many] = await onLocalRanks(size, (ranks) => train(loaded, ranks, accumulate));
          const { keys, others } = furthest(one!.params, many!.params);
          assertLess(others, 1e-5);
          // What is added to all keys alike changes no attention, so AdamW moves it by the rounding of zero gradients, which
          // is another one as soon as anything was summed in another order.
          assertLess(keys, 1e-3);
          assertLess(Math.max(...one!.losses.map((loss, i) => Math.abs(loss - many!.losses[i]!))), 1e-5);
        }
      }
    }));
}
