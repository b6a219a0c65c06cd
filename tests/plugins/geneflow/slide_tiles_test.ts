import { chooseBackend } from "../../../core/backend/mod.ts";
import { DataError, dispose, gaussianPrior, rng, tensor, tidy, toHost, zeros } from "../../../core/mod.ts";
import { disposeTree } from "../../../core/tree.ts";
import { blendOf } from "../../../plugins/geneflow/slide/blend.ts";
import {
  type CellPlaces,
  layOutCells,
  layOutGrid,
  type LayoutOptions,
  type SlideLayout,
} from "../../../plugins/geneflow/slide/layout.ts";
import { slideNoise } from "../../../plugins/geneflow/slide/noise.ts";
import { overlapAdd } from "../../../plugins/geneflow/slide/overlap_add.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { SHAPE, SIDE } from "./slides.ts";

Deno.test("layOutGrid() begins tiles at multiples of their stride, and leaves out those without cells", () => {
  const cells: CellPlaces = { x: Float64Array.of(4, 30, 5), y: Float64Array.of(4, 4, 6) };
  const region = { x: 0, y: 0, width: 32, height: 8 };
  const { shown, canvas, tiles } = layOutGrid(cells, 0.5, { shape: SHAPE, region });
  assertEquals([shown, canvas], [region, region]);
  // Tiles begin at 0, 4, ..., 24; the cell at 4 lies in those of 0 and 4, that at 30 in that of 24.
  assertEquals(tiles, [{ x: 0, y: 0, cells: [0, 2] }, { x: 4, y: 0, cells: [0, 2] }, { x: 24, y: 0, cells: [1] }]);
  const around = layOutGrid(cells, 0.5, { shape: SHAPE });
  assertEquals(around.shown, { x: 0, y: 0, width: 34, height: 10 });
  const part = layOutGrid(cells, 0.5, { shape: SHAPE, region: { x: 21, y: -3, width: 11, height: 9 } });
  assertEquals([part.shown.width, part.canvas], [11, { x: 21, y: -3, width: 11, height: 11 }]);
  assertEquals(part.tiles.map(({ x, y }) => [x + part.canvas.x, y + part.canvas.y]), [[24, 0]]);
});

Deno.test("layOutCells() lays a tile around each cell, and draws as far as the tiles of the region reach", () => {
  const cells: CellPlaces = { x: Float64Array.of(4.6, 30, 5), y: Float64Array.of(4, 4.2, 16) };
  const { shown, canvas, tiles, spacing } = layOutCells(cells, { shape: SHAPE });
  assertEquals([shown, canvas], [{ x: 0, y: 0, width: 34, height: 20 }, { x: 0, y: 0, width: 34, height: 20 }]);
  assertEquals(tiles, [{ x: 0, y: 0, cells: [0] }, { x: 26, y: 0, cells: [1] }, { x: 1, y: 12, cells: [2] }]);
  assertEquals(spacing, Math.sqrt(25.4 * 12 / 3));
  const part = layOutCells(cells, { shape: SHAPE, region: { x: 6, y: 5, width: 4, height: 4 } });
  assertEquals(part.canvas, { x: 0, y: 0, width: 10, height: 9 });
  assertEquals([part.tiles, part.spacing], [[{ x: 0, y: 0, cells: [0] }], spacing]);
});

Deno.test("layouts refuse regions without cells and slides that are too large, and name the fix", () => {
  const cells: CellPlaces = { x: Float64Array.of(4), y: Float64Array.of(4) };
  const far: CellPlaces = { x: Float64Array.of(4, 50_000), y: Float64Array.of(4, 4_000) };
  const region = { x: 100, y: 0, width: 8, height: 8 };
  const nothing =
    "Cannot draw columns 100 to 108 and rows 0 to 8: none of the 1 cells lies there, the first is at 4.0, 4.0";
  for (const lay of [layOutCells, (of: CellPlaces, options: LayoutOptions) => layOutGrid(of, 0.5, options)]) {
    assertThrows(() => lay(cells, { shape: SHAPE, region }), DataError, nothing);
    assertThrows(() => lay(far, { shape: SHAPE }), DataError, "draw a part of it with --region");
  }
});

Deno.test("overlapAdd() adds pieces at their places", async () => {
  await chooseBackend("cpu");
  const starts = [0, 2, 3, 9];
  const sum = tidy(() =>
    overlapAdd(starts.map((start, i) => ({ start, tensor: tensor([1, 2, 3].map((v) => v + 10 * i), [1, 3]) })), 14, 1)
  );
  const { data: values } = await toHost(sum);
  dispose([sum]);
  const expected = new Float32Array(14);
  starts.forEach((start, i) => [1, 2, 3].forEach((v, j) => expected[start + j]! += v + 10 * i));
  assertEquals([...values], [...expected]);
});

Deno.test("weights of all tiles sum to 1 wherever a tile lies, also far from all cells", () => {
  const cells = { x: Float64Array.of(3, 20, 37, 38), y: Float64Array.of(3, 22, 5, 36) };
  const crowd = { x: Float64Array.of(4, 4.01, 4.02, 4.03), y: Float64Array.of(4, 4.03, 4, 4.01) };
  const layouts: readonly SlideLayout[] = [
    ...[0, 0.3, 0.5, 0.75].map((overlap) => layOutGrid(cells, overlap, { shape: SHAPE })),
    layOutCells(cells, { shape: SHAPE }),
    layOutCells(crowd, { shape: SHAPE }),
  ];
  for (const layout of layouts) {
    const blend = blendOf(layout);
    const sum = new Float64Array(layout.canvas.width * layout.canvas.height);
    const weights = blend.weights(0, layout.tiles.length);
    layout.tiles.forEach(({ x, y }, tile) => {
      for (let i = 0; i < SIDE * SIDE; i++) {
        sum[(y + Math.floor(i / SIDE)) * layout.canvas.width + x + i % SIDE]! += weights.data[tile * SIDE * SIDE + i]!;
      }
    });
    assertClose(sum, Float64Array.from(blend.covered), 1e-6);
    assert(weights.data.every((weight) => weight > 0));
  }
  const { data } = blendOf(layOutCells({ x: Float64Array.of(4, 8), y: Float64Array.of(4, 4) }, { shape: SHAPE }))
    .weights(0, 2);
  assert(data[3 * SIDE + 4]! > 0.9, "the middle of a cell's tile is its own");
});

Deno.test("a pixel has its noise in whatever region it is drawn, on both sides of 0", async () => {
  await chooseBackend("cpu");
  const noise = async (x: number, y: number, width: number, height: number): Promise<Float32Array> => {
    const made = tidy(() => slideNoise(gaussianPrior(), [4, 6, 2], { x, y, width, height }, rng(3)));
    assertEquals(made.shape, [1, height, width, 2]);
    const { data } = await toHost(made);
    dispose([made]);
    return data;
  };
  const whole = await noise(-20, -15, 50, 40);
  for (const [x, y, width, height] of [[-20, -15, 1, 1], [-7, -3, 20, 9], [0, 0, 6, 4], [5, 11, 13, 2]] as const) {
    const part = await noise(x, y, width, height);
    const expected = Float32Array.from(part, (_, at) => {
      const [row, column] = [y + Math.floor(at / 2 / width), x + Math.floor(at / 2) % width];
      return whole[((row + 15) * 50 + column + 20) * 2 + at % 2]!;
    });
    assertEquals(part, expected);
  }
  assertEquals(new Set(whole).size, whole.length);
  const image = tidy(() =>
    gaussianPrior().sample({ img: zeros([1, 4, 6, 2]) }, undefined, rng(3).fold(0).fold("prior"))
  );
  assertEquals(await noise(0, 0, 6, 4), (await toHost(image["img"]!)).data);
  disposeTree(image);
});
