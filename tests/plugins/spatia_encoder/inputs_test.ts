import { dataOf, hostArray, rng } from "../../../core/mod.ts";
import { DataError } from "../../../core/errors.ts";
import { regionBatches, SPATIA_ROWS, spatiaBatch } from "../../../plugins/spatia-encoder/batch.ts";
import { imageLayout, TURNS } from "../../../plugins/spatia-encoder/image_layout.ts";
import { imageTokens } from "../../../plugins/spatia-encoder/inputs.ts";
import { nichesOf, scaledPlaces } from "../../../plugins/spatia-encoder/places.ts";
import { drawPresence, drawRegions, turnedPlaces } from "../../../plugins/spatia-encoder/regions.ts";
import { chosenGenes, keptTokens, thinnedCounts } from "../../../plugins/spatia-encoder/tokens.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak } from "../../core/backends.ts";
import { sectionsOfData, SMALL, SPEC, TISSUE } from "./setup.ts";

const IMAGES = { ...SMALL.images, shrink: 1, patch: 2 };

function specOf(shape: readonly number[]): typeof SPEC {
  return { ...SPEC, parts: { ...SPEC.parts, img: { shape, unit: "grey values, 0 to 255" } } };
}

Deno.test("images are cut into tokens row by row, and turned as the places are", () => {
  const layout = imageLayout(IMAGES, specOf([4, 4, 1]));
  assertEquals([layout.tokens, layout.width, layout.size, layout.orders.length], [4, 4, 16, 8]);
  const image = hostArray(Float32Array.from({ length: 16 }, (_, at) => at), [1, 16]);
  assertEquals([...imageTokens(image, layout).data], [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]);
  assertEquals([...layout.places], [0, 0, 1, 0, 0, 1, 1, 1]);
  // A bright pixel and a place at the same spot move alike: x is the column, y the row.
  for (const turn of TURNS.keys()) {
    const bright = hostArray(new Float32Array(16), [1, 16]);
    bright.data[1 * 4 + 3] = 1;
    const { data } = imageTokens(bright, layout, turn);
    const token = Math.floor(data.indexOf(1) / 4);
    const within = data.indexOf(1) % 4;
    const column = 2 * (token % 2) + within % 2;
    const row = 2 * (token >> 1) + (within >> 1);
    const place = turnedPlaces(hostArray(Float32Array.of(3 - 1.5, 1 - 1.5), [1, 2]), turn);
    assertEquals([column - 1.5, row - 1.5], [...place.data], `turn ${turn}`);
  }
  assertEquals(imageLayout({ ...IMAGES, turn: false }, specOf([4, 4, 1])).orders.length, 1);
  assertEquals(imageLayout(IMAGES, specOf([4, 8, 1])).orders.length, 1);
});

Deno.test("brought features are cut into tokens and padded", () => {
  const layout = imageLayout({ ...IMAGES, tokens: 3 }, specOf([7]));
  assertEquals([layout.tokens, layout.width, layout.orders.length], [3, 3, 1]);
  const features = hostArray(Float32Array.of(1, 2, 3, 4, 5, 6, 7), [1, 7]);
  assertEquals([...imageTokens(features, layout).data], [1, 2, 3, 4, 5, 6, 7, 0, 0]);
  assertThrows(() => imageLayout({ ...IMAGES, part: "uni" }, SPEC), DataError, 'there is no part "uni"');
  assertThrows(
    () => imageLayout({ ...IMAGES, patch: 3 }, specOf([4, 4, 1])),
    DataError,
    "so that they divide the sides",
  );
});

Deno.test("counts are thinned by as much as is said, and never below 0", () => {
  const counts = hostArray(new Float32Array(40_000).fill(10), [400, 100]);
  const thinned = thinnedCounts(counts, 0.6, rng(1));
  assert(thinned.every((count) => count >= 0 && count <= 10));
  const zero = thinned.reduce((sum, count) => sum + Number(count === 0), 0) / thinned.length;
  const mean = thinned.reduce((sum, count) => sum + count, 0) / thinned.length;
  // r' = 0.66: a third of the genes are emptied, and of the others a third of the counts goes.
  assert(Math.abs(zero - 0.33) < 0.015, `${zero}`);
  assertAlmostEquals(mean, 0.67 * 6.7, 0.1);
  assertEquals(thinnedCounts(counts, 0, rng(1)), counts.data);
});

Deno.test("expressed genes stand first, the largest counts before others", () => {
  const counts = Float32Array.of(0, 5, 0, 7, 5, 1);
  assertEquals([...chosenGenes(counts, 3)], [3, 1, 4]);
  assertEquals([...chosenGenes(counts, 5)], [3, 1, 4, 5, 0]);
  assertEquals([...chosenGenes(counts, 6, Int32Array.of(5, 4, 3, 2, 1, 0))], [5, 4, 3, 1, 2, 0]);
});

Deno.test("some tokens of each image are kept, and others find no way back", () => {
  const { rows, places, back, count } = keptTokens(50, 8, 0.75, rng(2));
  assertEquals(count, 2);
  for (let cell = 0; cell < 50; cell++) {
    const own = [...back.subarray(8 * cell, 8 * cell + 8)];
    assertEquals(own.filter((at) => at === 100).length, 6);
    for (const [place, at] of own.entries()) {
      if (at === 100) continue;
      assertEquals([rows[at], places[at]], [8 * cell + place, place]);
    }
  }
  // Each place is kept about as often as the others.
  const often = Array.from({ length: 8 }, (_, place) => places.filter((at) => at === place).length);
  assert(often.every((times) => times >= 4 && times <= 25), `${often}`);
  assertEquals(keptTokens(3, 8, 0.999, rng(2)).count, 1);
});

Deno.test("niches begin with the cell itself and stop at the largest distance", () => {
  const points = hostArray(Float32Array.of(0, 0, 0, 2, 2, 0, 40, 40), [4, 2]);
  const places = scaledPlaces(points);
  const { index, seen, size } = nichesOf(places, { neighbours: 2, maxDistance: 1.1 });
  assertEquals(size, 3);
  assertEquals([...index.subarray(0, 3)], [0, 1, 2]);
  assertEquals([...seen.subarray(0, 3)], [1, 1, 1]);
  assertEquals([...seen.subarray(9, 12)], [1, 0, 0]);
  const few = nichesOf(scaledPlaces(hostArray(Float32Array.of(0, 0, 1, 1), [2, 2])), { neighbours: 3, maxDistance: 0 });
  assertEquals([...few.index.subarray(0, 4)], [0, 1, 0, 0]);
  assertEquals([...few.seen.subarray(0, 4)], [1, 1, 0, 0]);
});

Deno.test("regions lose one modality at most, and none with a single one", () => {
  const region = Int32Array.from({ length: 3000 }, (_, at) => at);
  const masking = { ...SMALL.masking, dropImage: 0.3, dropGenes: 0.2 };
  const { image, genes } = drawPresence(region, { modalities: ["image", "genes"], masking }, rng(4));
  const share = (flags: Float32Array) => flags.reduce((sum, flag) => sum + flag, 0) / flags.length;
  assert(Math.abs(share(image) - 0.7) < 0.03 && Math.abs(share(genes) - 0.8) < 0.03);
  assert(image.every((flag, i) => flag + genes[i]! >= 1));
  const one = drawPresence(region, { modalities: ["genes"], masking }, rng(4));
  assert(one.genes.every((flag) => flag === 1));
});

Deno.test("batches are equal for equal streams, of training sections alone, and are cut to their first cells", async () => {
  const { sections, layout } = await sectionsOfData(TISSUE, SMALL);
  await assertNoLeak(async () => {
    const setting = { config: SMALL, layout: layout! };
    const batches = regionBatches(sections, setting, rng(5));
    const names = new Set<string>();
    for (let step = 0; step < 12; step++) {
      using batch = await batches.at(step);
      names.add(batch.host.cells.section.name);
      const { rows } = batch.host.cells;
      assertEquals(new Set(rows).size, rows.length);
    }
    assertEquals([...names].sort(), ["a", "b"]);
    using first = await batches.at(3);
    using again = await batches.at(3);
    const [x, y] = [first.inputs.genes!.values, again.inputs.genes!.values];
    assertEquals([...await dataOf(x)], [...await dataOf(y)]);
    using part = SPATIA_ROWS.first(first, 4);
    assertEquals(SPATIA_ROWS.count(part), 4);
    assertEquals(part.niches.seen.shape, [4, SMALL.niche.neighbours + 1]);
    const index = await dataOf(part.niches.index);
    assert(index.every((row) => row < 4));
    using single = spatiaBatch(
      { ...first.host.cells, rows: Int32Array.of(2), region: Int32Array.of(0) },
      setting,
      rng(1),
    );
    assertEquals(single.both, undefined);
  });
  assertThrows(
    () => regionBatches(sections.map((section) => ({ ...section, split: "test" as const })), { config: SMALL }, rng(1)),
    DataError,
    "all sections are held out",
  );
  const cells = drawRegions(sections[0]!, { count: 3, cells: 1000 }, rng(1));
  assertEquals(cells.rows.length, sections[0]!.rows);
});
