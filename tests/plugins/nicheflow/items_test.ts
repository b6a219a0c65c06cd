import { hostArray } from "../../../core/mod.ts";
import { NICHEFLOW_DEFAULTS, type NicheFlowConfig } from "../../../plugins/nicheflow/config.ts";
import type { Generated } from "../../../plugins/nicheflow/generate.ts";
import { itemsOf, itemsPerRepeat } from "../../../plugins/nicheflow/items.ts";
import { assertEquals } from "../../assert.ts";
import { vectors } from "./tiny.ts";

const VECTOR = vectors.eval_item_counts;
/** Slides of MED, ABD and MBA. */
const SLIDES = [3, 6, 20];

function itemsInAll(model: NicheFlowConfig["model"], targetCells: readonly number[]): number {
  const config = { ...NICHEFLOW_DEFAULTS, model };
  return targetCells.reduce((sum, cells) => sum + config.sampling.upsample * itemsPerRepeat(config, cells), 0);
}

Deno.test("itemsPerRepeat() reproduces eval_item_counts", () => {
  assertEquals(NICHEFLOW_DEFAULTS.sampling.upsample, VECTOR.upsample_factor);
  const niches = SLIDES.map((slides) => itemsInAll("nicheflow", Array(slides - 1).fill(15_000)));
  assertEquals(niches, VECTOR.nicheflow_MED_ABD_MBA);
  const { n_cells_t2, items } = VECTOR.rpc_example;
  assertEquals(itemsInAll("rpcflow", n_cells_t2), items);
  assertEquals(itemsInAll("spflow", n_cells_t2), items);
});

/** One repeat of `sets` sets of two cells with one feature; values count up from `first`. */
function generated(sets: number, first: number): Generated {
  const x = Float32Array.from({ length: 2 * sets }, (_, i) => first + i);
  const pos = Float32Array.from({ length: 4 * sets }, (_, i) => first + i);
  return {
    x: hostArray(x, [sets, 2, 1]),
    pos: hostArray(pos, [sets, 2, 2]),
    sourceCells: new Int32Array(sets),
    sourceSize: 1,
    frames: [],
  };
}

Deno.test("itemsOf() takes all niches of a repeat as one item and every cloud as its own", () => {
  const repeats = [generated(3, 0), generated(3, 100)];
  const niches = itemsOf(repeats, "nicheflow");
  assertEquals(niches.map(({ pos }) => pos.shape), [[6, 2], [6, 2]]);
  assertEquals(niches.map(({ x }) => x.data[0]), [0, 100]);
  for (const model of ["rpcflow", "spflow"] as const) {
    const clouds = itemsOf(repeats, model);
    assertEquals(clouds.map(({ x }) => x.shape), Array(6).fill([2, 1]));
    assertEquals(clouds.map(({ x }) => [...x.data]), [[0, 1], [2, 3], [4, 5], [100, 101], [102, 103], [104, 105]]);
    assertEquals([...clouds[4]!.pos.data], [104, 105, 106, 107]);
  }
});
