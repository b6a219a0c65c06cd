import { rng } from "../../../core/mod.ts";
import { hostArray } from "../../../core/host_array.ts";
import { regionFrames, scaledPlaces, spacingOf } from "../../../plugins/stflow/frames.ts";
import { drawRegion, REGION_LAWS, regionOf } from "../../../plugins/stflow/regions.ts";
import { divideSlides } from "../../../plugins/stflow/selection.ts";
import type { Slide } from "../../../plugins/stflow/slides.ts";
import { compactGroups, cutTiles, regionOfTile } from "../../../plugins/stflow/tiles.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { array } from "../../vectors/arrays.ts";
import { floatsOf, vectors } from "./tiny.ts";

const PLACES = hostArray(rng(1).host.uniform(600).map((value) => 100 * value), [300, 2]);

Deno.test("regions are the spots nearest to a centre, as many as the share says", () => {
  const { coords, cases } = vectors.regionSampler;
  for (const { center, u, size, indices } of cases) {
    const found = regionOf(array(coords), center, u);
    assertEquals(Array.from(found), indices);
    assertEquals(found.length, size);
  }
});

Deno.test("drawn regions are bounded, differ from stream to stream and follow their law", () => {
  const sizes = (law: (typeof REGION_LAWS)[number]): number[] =>
    Array.from({ length: 300 }, (_, i) => drawRegion(PLACES, law, 250, rng(i)).length);
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  for (const law of REGION_LAWS) assert(sizes(law).every((size) => size >= 2 && size <= 250));
  assertAlmostEquals(mean(sizes("uniform")), 146, 12);
  assert(mean(sizes("square")) < mean(sizes("uniform")) && mean(sizes("uniform")) < mean(sizes("sqrt")));
  assertEquals(drawRegion(PLACES, "uniform", 250, rng(3)), drawRegion(PLACES, "uniform", 250, rng(3)));
});

Deno.test("places are measured in typical distances if asked", () => {
  const grid = floatsOf(Array.from({ length: 25 }, (_, i) => [7 * (i % 5), 7 * Math.floor(i / 5)]));
  assertEquals(spacingOf(grid), 7);
  assertEquals(Array.from(scaledPlaces(grid, "spacing").data.slice(0, 4)), [0, 0, 1, 0]);
  assertEquals(scaledPlaces(grid, "data"), grid);
  assertEquals(spacingOf(floatsOf([[1, 1], [1, 1]])), 1);
});

Deno.test("neighbourhoods without geometry have the same neighbours and no edges", () => {
  const [plain, bare] = (["pca", "none"] as const).map((frames) =>
    regionFrames(PLACES, { neighbours: 4, frames }).frames
  );
  assertEquals(plain!.index, bare!.index);
  assert(bare!.edges.data.every((value) => value === 0) && plain!.edges.data.some((value) => value !== 0));
  assertEquals(regionFrames(floatsOf([[0, 0], [3, 4]]), { neighbours: 8, frames: "pca" }).frames.edges.data[2], 5);
});

Deno.test("groups are compact, cover all places once, and are no larger than asked", () => {
  const groups = compactGroups(PLACES, 40);
  assert(groups.every((rows) => rows.length <= 40 && rows.length >= 20));
  assertEquals(
    Int32Array.from(groups.flatMap((rows) => [...rows])).sort(),
    Int32Array.from({ length: 300 }, (_, i) => i),
  );
  const extent = (rows: Int32Array, axis: number): number => {
    const values = Array.from(rows, (row) => PLACES.data[2 * row + axis]!);
    return Math.max(...values) - Math.min(...values);
  };
  assert(groups.every((rows) => extent(rows, 0) < 60 && extent(rows, 1) < 60));
});

Deno.test("tiles have all that their spots see within as many hops", () => {
  const region = regionFrames(PLACES, { neighbours: 5, frames: "pca" });
  const tiles = cutTiles(PLACES, region, 40, 2);
  for (const tile of tiles) {
    const inside = new Set(tile.rows);
    const hop = (rows: Iterable<number>): number[] =>
      [...rows].flatMap((row) => [...region.frames.index.subarray(5 * row, 5 * row + 5)]);
    const wanted = tile.rows.subarray(0, tile.wanted);
    const first = hop(wanted);
    assert([...first, ...hop(first)].every((row) => inside.has(row)));
    const own = regionOfTile(tile, region);
    assertEquals(own.spots, tile.rows.length);
    // What is seen of a wanted spot is the same in the tile as in the slide.
    for (let i = 0; i < 3; i++) {
      const seen = own.frames.index.subarray(5 * i, 5 * i + 5);
      assertEquals(Array.from(seen, (at) => tile.rows[at]!), [
        ...region.frames.index.subarray(5 * wanted[i]!, 5 * wanted[i]! + 5),
      ]);
      assertEquals(
        own.frames.edges.data.subarray(15 * i, 15 * i + 15),
        region.frames.edges.data.subarray(15 * wanted[i]!, 15 * wanted[i]! + 15),
      );
    }
  }
  assertEquals(cutTiles(PLACES, region, 300, 2).length, 1);
});

function slide(name: string, split: "train" | "test", donor?: string): Slide {
  const y = hostArray(new Float32Array(600).map((_, i) => i), [300, 2]);
  return { name, split, coords: PLACES, y, ...(donor === undefined ? {} : { donor }) };
}

Deno.test("spots that choose among parameters are kept out of training, and test slides stay out unless asked", () => {
  const few = [slide("a", "train"), slide("b", "train"), slide("c", "test")];
  const none = divideSlides(few, "none", rng(0));
  assertEquals([none.training.map(({ name }) => name), none.validation], [["a", "b"], []]);
  const blocks = divideSlides(few, "validation", rng(0));
  assertEquals(blocks.training.map(({ y }) => y.shape[0]), [270, 270]);
  for (const [i, block] of blocks.validation.entries()) {
    const rows = (part: Slide): number[] => Array.from({ length: part.y.shape[0]! }, (_, at) => part.y.data[2 * at]!);
    const both = new Set([...rows(block), ...rows(blocks.training[i]!)]);
    assertEquals(both.size, 300, "no spot is on both sides");
    assertEquals(block.coords.shape, [30, 2]);
  }
  const test = divideSlides(few, "test", rng(0));
  assertEquals([test.training.length, test.validation.map(({ name }) => name)], [2, ["c"]]);
});

Deno.test("where there are enough donors, one is kept out whole", () => {
  const many = ["p", "q", "r", "s"].flatMap((donor) => [1, 2].map((i) => slide(`${donor}${i}`, "train", donor)));
  const { training, validation } = divideSlides(many, "validation", rng(5));
  assertEquals([training.length, validation.length], [6, 2]);
  const [kept] = validation;
  assert(training.every(({ donor }) => donor !== kept!.donor));
});

Deno.test("a slide of one spot has no neighbourhoods", () => {
  assertThrows(() => regionFrames(floatsOf([[0, 0]]), { neighbours: 8, frames: "pca" }), RangeError, "expected 1 to 0");
});
