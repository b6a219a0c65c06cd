import { assert, assertAlmostEquals, assertEquals, assertGreater, assertNotEquals } from "../assert.ts";
import { type Data, readPart } from "../../core/data.ts";
import { type HostArray, hostArray, type NumericArray } from "../../core/host_array.ts";
import type { AnnData } from "../../core/io/anndata.ts";
import { readAnnData } from "../../core/io/anndata_reader.ts";
import { kNearest } from "../../core/spatial/knn.ts";
import { drosophila } from "../../datasets/drosophila_embryo_bdtnp.ts";
import { osmfish } from "../../datasets/mouse_cortex_osmfish.ts";
import type { LoadOptions } from "../../datasets/mod.ts";
import { listening, withStore } from "./helpers.ts";

const store = (name: string): URL => new URL(`../../datasets/embedded/${name}.zarr`, import.meta.url);

async function parts(data: Data, part: string): Promise<readonly Float32Array[]> {
  return await Promise.all(data.sections.map(async (section) => (await readPart(section, part)).data));
}

/** Distance from each test row to the nearest training row, smallest first. */
async function distances(data: Data): Promise<readonly number[]> {
  const [train, test] = await Promise.all(data.sections.map((section) => readPart(section, "pos")));
  const { distance } = kNearest(train!, test!, 1);
  return Array.from(distance).sort((a, b) => a - b);
}

Deno.test("osmfish.load() holds out a strip with all layers", async () => {
  const data = await osmfish.load(osmfish.defaults, listening());
  assertEquals(data.sections.map(({ name, split, time }) => [name, split, time]), [
    ["outside the strip", "train", -1],
    ["strip", "test", -1],
  ]);
  assertEquals([data.spec.labels["cell_type"]!.length, data.spec.labels["region"]!.length], [31, 11]);
  const regions = data.sections.map(({ labels }) => new Set(labels["region"]));
  const names = [...regions[1]!].map((code) => data.spec.labels["region"]![code]!);
  for (const layer of ["Pia Layer 1", "Layer 4", "Layer 5", "Layer 6", "White matter"]) assert(names.includes(layer));
  assertGreater((await distances(data))[0]!, 20);
  const [x] = await parts(data, "x");
  for (const j of [0, 32]) {
    const column = x!.filter((_, at) => at % 33 === j);
    assertAlmostEquals(column.reduce((a, b) => a + b, 0) / column.length, 0, 1e-4);
    assertAlmostEquals(column.reduce((a, b) => a + b * b, 0) / column.length, 1, 1e-4);
  }
});

Deno.test("osmfish.load() with scale none and normalize none gives the counts", async () => {
  const data = await osmfish.load({ ...osmfish.defaults, normalize: "none", scale: "none" }, listening());
  const { X, obsm } = await readAnnData(store("mouse-cortex-osmfish"));
  const { data: counts } = X as HostArray<NumericArray>;
  const [[x], [pos]] = [await parts(data, "x"), await parts(data, "pos")];
  const { data: places } = obsm["spatial"]!;
  const row = Array.from({ length: 4839 }, (_, i) => i).find((i) =>
    places[2 * i] === pos![0] && places[2 * i + 1] === pos![1]
  )!;
  assertEquals(Array.from(x!.subarray(0, 33)), Array.from(counts.subarray(33 * row, 33 * row + 33)));
  assertEquals(data.spec.parts["x"]!.unit, "as in the table");
});

Deno.test("drosophila.load() holds out a strip from head to tail", async () => {
  const data = await drosophila.load(drosophila.defaults, listening());
  assertGreater((await distances(data))[0]!, 5 - 1e-6);
  const pos = await parts(data, "pos");
  const extents = pos.map((points) => points.filter((_, at) => at % 3 === 0)).map((x) =>
    Math.max(...x) - Math.min(...x)
  );
  assert(extents.every((extent) => extent > 0.9 * 392), `both parts reach from head to tail: ${extents}`);
  assertEquals(data.spec.parts["x"]!.names!.length, 84);
  assertEquals(drosophila.check({ ...drosophila.defaults, components: 85, scale: "all" as "none" }), [
    "components is 85, expected a whole number from 0 to 84",
    'scale is "all", expected "training" or "none"',
  ]);
});

/** The table with all values of the rows in the middle changed. */
function perturbed(table: AnnData, rows: (row: number) => boolean): AnnData {
  const { data, shape } = table.X as HostArray<NumericArray>;
  const changed = Float32Array.from(data, (value, at) => rows(Math.floor(at / shape[1]!)) ? 3 * value + at % 5 : value);
  return { ...table, X: hostArray(changed, shape) };
}

Deno.test("rows of the strip change no bit of the training features", async () => {
  const sets = [
    [
      "mouse-cortex-osmfish",
      osmfish.defaults,
      (options: LoadOptions) => osmfish.load({ ...osmfish.defaults, components: 5 }, options),
      2,
      0,
    ],
    [
      "drosophila-embryo-bdtnp",
      drosophila.defaults,
      (options: LoadOptions) => drosophila.load({ ...drosophila.defaults, highlyVariable: 20 }, options),
      3,
      2,
    ],
  ] as const;
  for (const [name, { strip }, load, dims, axis] of sets) {
    const table = await readAnnData(store(name));
    const place = (row: number): number => table.obsm["spatial"]!.data[row * dims + axis]!;
    const all = table.obs.index.map((_, row) => place(row));
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const inside = (row: number): boolean =>
      place(row) > low + (strip.from + 0.01) * (high - low) && place(row) < low + (strip.to - 0.01) * (high - low);
    const data = await load(listening());
    const other = await withStore(perturbed(table, inside), (path) => load(listening(path)));
    const [x, y] = [await parts(data, "x"), await parts(other, "x")];
    assertEquals(y[0], x[0]);
    assertNotEquals(y[1], x[1]);
  }
});
