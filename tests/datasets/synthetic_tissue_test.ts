import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess, assertNotEquals } from "../assert.ts";
import { readPart } from "../../core/data.ts";
import type { HostArray } from "../../core/host_array.ts";
import type { AnnData, Categorical } from "../../core/io/anndata.ts";
import { readAnnData } from "../../core/io/anndata_reader.ts";
import { divisionProbability, flow, RADIUS } from "../../datasets/synthetic_growth.ts";
import { syntheticTable, syntheticTissue, type SyntheticTissueConfig } from "../../datasets/synthetic_tissue.ts";
import { listening, withStore } from "./helpers.ts";

const CONFIG: SyntheticTissueConfig = { ...syntheticTissue.defaults, cells: 4000, replicates: 2 };

interface Truth {
  readonly pos: Float32Array;
  readonly type: Int32Array;
  readonly parent: Int32Array;
  readonly time: Int32Array;
  readonly section: Int32Array;
  readonly counts: Float32Array;
}

function truthOf({ obs: { columns }, obsm, X }: AnnData): Truth {
  return {
    pos: obsm["spatial"]!.data as Float32Array,
    type: (columns["cell_type"] as Categorical).codes,
    parent: columns["parent"] as Int32Array,
    time: columns["time"] as Int32Array,
    section: (columns["section"] as Categorical).codes,
    counts: (X as HostArray).data,
  };
}

Deno.test("syntheticTable() gives the same bits for the same seed, and others for another", () => {
  const config = { ...CONFIG, cells: 300, times: 3 };
  const [a, b, c] = [syntheticTable(config, 5), syntheticTable(config, 5), syntheticTable(config, 6)];
  assertEquals(a, b);
  assertNotEquals(truthOf(a).pos, truthOf(c).pos);
  assertNotEquals(truthOf(a).counts.subarray(0, 600), truthOf(c).counts.subarray(0, 600));
  assert(String(a.uns["title"]).startsWith("Synthetic"));
});

Deno.test("synthetic cells have a parent one step earlier in their own tissue, which has one or two daughters", () => {
  const { parent, time, section } = truthOf(syntheticTable(CONFIG, 1));
  const daughters = new Int32Array(parent.length);
  parent.forEach((mother, row) => {
    assertEquals(mother < 0, time[row] === 0);
    if (mother < 0) return;
    assertEquals([time[mother], section[mother]], [time[row]! - 1, section[row]! - 1]);
    daughters[mother]!++;
  });
  daughters.forEach((count, row) => assert(time[row] === 3 ? count === 0 : count === 1 || count === 2));
});

Deno.test("synthetic cells divide and change type as often as the truth says", () => {
  const { parent, time, type } = truthOf(syntheticTable({ ...CONFIG, cells: 20_000 }, 2));
  const [mothers, divided, switched] = [0, 1, 2].map(() => new Float64Array(6)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  time.forEach((at, row) => {
    if (at < 3) mothers[type[row]!]!++;
  });
  parent.forEach((mother, row) => {
    if (mother < 0) return;
    if (parent[row + 1] === mother) divided[type[mother]!]!++;
    if (type[row] !== type[mother]) {
      assertEquals(type[row], (type[mother]! + 1) % 6);
      switched[type[mother]!]!++;
    }
  });
  for (let k = 0; k < 6; k++) {
    const expected = divisionProbability(k, CONFIG);
    const deviation = Math.sqrt(expected * (1 - expected) / mothers[k]!);
    assertAlmostEquals(divided[k]! / mothers[k]!, expected, 4 * deviation);
    assertAlmostEquals(switched[k]! / (mothers[k]! + divided[k]!), CONFIG.switching, 0.008);
  }
  assertAlmostEquals(divided.reduce((a, b) => a + b) / mothers.reduce((a, b) => a + b), CONFIG.growth, 0.08);
});

for (const dims of [2, 3]) {
  Deno.test(`the displacement field of a synthetic tissue in ${dims}-D can be found again from parents`, () => {
    const config = { ...CONFIG, dims };
    const { parent, pos, time } = truthOf(syntheticTable(config, 3));
    let [xx, xy, yy, rows, squares] = [0, 0, 0, 0, 0];
    parent.forEach((mother, row) => {
      if (mother < 0) return;
      const at = (cell: number): readonly number[] => [...pos.subarray(cell * dims, (cell + 1) * dims)];
      const [before, after] = [at(mother), at(row)];
      const expected = flow(before, config);
      for (let d = 0; d < dims; d++) squares += (after[d]! - expected[d]!) ** 2;
      rows++;
      // Least squares of a turn and a stretch of the plane: p -> (a + ib) p.
      xx += before[0]! * after[0]! + before[1]! * after[1]!;
      xy += before[0]! * after[1]! - before[1]! * after[0]!;
      yy += before[0]! ** 2 + before[1]! ** 2;
    });
    assertAlmostEquals(Math.atan2(xy, xx), config.turn, 1e-3);
    assertAlmostEquals(Math.hypot(xx, xy) / yy, 1.2 ** (1 / dims), 1e-3);
    // Daughters stand 5 µm from their mother's place on top of the diffusion.
    const spread = Math.sqrt(squares / rows / dims);
    assertGreater(spread, config.diffusion);
    assertLess(spread, Math.hypot(config.diffusion, 5));
    const first = pos.filter((_, at) => time[Math.floor(at / dims)] === 0);
    for (let at = 0; at < first.length; at += dims) {
      assertLess(Math.hypot(...first.subarray(at, at + dims)), RADIUS * 1.0001);
    }
  });
}

Deno.test("synthetic counts follow the programs of the types", () => {
  const table = syntheticTable({ ...CONFIG, cells: 10_000, times: 2, replicates: 1 }, 4);
  const { counts, type } = truthOf(table);
  const { programs } = table.uns["truth"] as unknown as { readonly programs: HostArray };
  const genes = CONFIG.genes;
  const sums = new Float64Array(6 * genes);
  const totals = new Float64Array(6);
  let molecules = 0;
  counts.forEach((count, at) => {
    assert(Number.isInteger(count) && count >= 0);
    const k = type[Math.floor(at / genes)]!;
    sums[k * genes + at % genes]! += count;
    totals[k]! += count;
    molecules += count;
  });
  assertAlmostEquals(molecules / type.length, CONFIG.molecules, 5);
  for (let k = 0; k < 6; k++) {
    for (let g = 0; g < genes; g++) {
      const share = programs.data[k * genes + g]!;
      assertAlmostEquals(sums[k * genes + g]! / totals[k]!, share, 5 * Math.sqrt(share / totals[k]!) + 1e-5);
    }
    assertGreater(programs.data[k * genes + k]! / programs.data[((k + 1) % 6) * genes + k]!, 4);
  }
});

Deno.test("syntheticTissue.load() holds out the last tissue and says synthetic wherever results show", async () => {
  const data = await syntheticTissue.load({ ...syntheticTissue.defaults, cells: 400 }, listening());
  assertEquals(data.sections.length, 12);
  assert(data.sections.every(({ split, donor }) => (split === "test") === (donor === "tissue 3")));
  assert(data.spec.name.startsWith("synthetic") && data.source.startsWith("synthetic:"));
  assert(data.notes[0]!.startsWith("Synthetic tissue, not measurements"));
  assert(data.spec.times.every(({ name }) => name.startsWith("synthetic")));
  assert(data.citation.title.startsWith("Synthetic"));
  const other = await syntheticTissue.load({ ...syntheticTissue.defaults, cells: 400 }, listening(undefined, 9));
  assertNotEquals(await readPart(data.sections[0]!, "x"), await readPart(other.sections[0]!, "x"));
  const solid = await syntheticTissue.load(
    { ...syntheticTissue.defaults, cells: 400, dims: 3, replicates: 1 },
    listening(),
  );
  assertEquals(solid.spec.parts["pos"]!.shape, [3]);
  assert(solid.sections.every(({ split }) => split === "train"));
});

Deno.test("a synthetic table survives a store", async () => {
  const table = syntheticTable({ ...CONFIG, cells: 200 }, 7);
  const read = await withStore(table, readAnnData);
  assertEquals([read.obs, read.X, read.uns["title"]], [table.obs, table.X, table.uns["title"]]);
});

Deno.test("syntheticTable() makes 100,000 cells in seconds", () => {
  const started = performance.now();
  const table = syntheticTable({ ...CONFIG, cells: 100_000, times: 2, replicates: 1, genes: 30 }, 8);
  assertGreater(table.obs.index.length, 200_000);
  assertLess(performance.now() - started, 30_000);
});

Deno.test("syntheticTissue.check() names each key that is out of range", () => {
  const wrong = { cells: 1, dims: 4, growth: 0.7, molecules: 0, turn: NaN, components: 61 };
  assertEquals(syntheticTissue.check({ ...syntheticTissue.defaults, ...wrong }), [
    "cells is 1, expected a whole number from 2 to 10000000",
    "dims is 4, expected a whole number from 2 to 3",
    "molecules is 0, expected a number above 0",
    "growth is 0.7, expected a share from 0 to 0.6",
    "turn is NaN, expected a number of radians",
    "components is 61, expected a whole number from 0 to 60",
  ]);
});
