import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertRejects } from "../assert.ts";
import { type Data, readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { hostArray } from "../../core/host_array.ts";
import type { AnnData, Categorical } from "../../core/io/anndata.ts";
import { readAnnData } from "../../core/io/anndata_reader.ts";
import { axolotl } from "../../datasets/axolotl_brain_regeneration.ts";
import { listening, withStore } from "./helpers.ts";

const STORE = new URL("../../datasets/embedded/axolotl-brain-regeneration.zarr", import.meta.url);

/** The store with all cells of one section moved and relabelled. */
async function perturbed(section: string): Promise<AnnData> {
  const table = await readAnnData(STORE);
  const { codes, categories } = table.obs.columns["section"] as Categorical;
  const types = table.obs.columns["cell_type"] as Categorical;
  const target = categories.indexOf(section);
  const changed = types.codes.map((code, row) => codes[row] === target ? (code + 1) % types.categories.length : code);
  const spatial = table.obsm["spatial"]!;
  const moved = Float32Array.from(spatial.data, (value, at) => codes[at >> 1] === target ? 2 * value + at % 17 : value);
  return {
    ...table,
    obs: { ...table.obs, columns: { ...table.obs.columns, cell_type: { ...types, codes: changed } } },
    obsm: { ...table.obsm, spatial: hostArray(moved, spatial.shape) },
  };
}

async function features(data: Data, split: "train" | "test"): Promise<readonly Float32Array[]> {
  return await Promise.all(
    data.sections.filter((section) => section.split === split).map(async (section) =>
      (await readPart(section, "x")).data
    ),
  );
}

Deno.test("axolotl.load() splits by replicate and standardizes by the training sections", async () => {
  const heard = listening();
  const data = await axolotl.load(axolotl.defaults, heard);
  assertEquals(data.sections.filter(({ split }) => split === "test").map(({ name }) => name), [
    "02dpi_rep3",
    "05dpi_rep3",
    "10dpi_rep4",
    "20dpi_rep3",
  ]);
  assertEquals(data.spec.times.map(({ name, value }) => [name, value]), [
    ["2 days", 2],
    ["5 days", 5],
    ["10 days", 10],
    ["15 days", 15],
    ["20 days", 20],
  ]);
  assertEquals(data.sections.map(({ time }) => time), [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 4, 4, 4]);
  assertEquals(data.sections.reduce((sum, { rows }) => sum + rows, 0), 120_114);
  assertEquals(data.spec.labels["cell_type"]!.length, 28);
  assertEquals([data.spec.parts["x"]!.shape, data.spec.parts["pos"]!.shape], [[20], [2]]);
  assertEquals([data.source, data.citation.licence], [
    "embedded:axolotl-brain-regeneration",
    "MIT, (c) 2022 BGI-DEV-REG",
  ]);
  assert(data.notes[0]!.includes("built from cell-type labels") && data.notes[0]!.includes("not from expression"));
  assertEquals([heard.notes, heard.warnings], [[], []]);
  const training = await features(data, "train");
  const rows = training.reduce((sum, part) => sum + part.length / 20, 0);
  for (const j of [0, 7, 19]) {
    let [sum, square] = [0, 0];
    for (const part of training) {
      for (let at = j; at < part.length; at += 20) [sum, square] = [sum + part[at]!, square + part[at]! ** 2];
    }
    assertAlmostEquals(sum / rows, 0, 1e-4);
    assertAlmostEquals(square / rows, 1, 1e-4);
  }
});

Deno.test("axolotl.load() lets a test section change no bit of the training features", async () => {
  const data = await axolotl.load(axolotl.defaults, listening());
  const other = await withStore(
    await perturbed("10dpi_rep4"),
    (path) => axolotl.load(axolotl.defaults, listening(path)),
  );
  assertEquals(await features(other, "train"), await features(data, "train"));
  assertNotEquals(await features(other, "test"), await features(data, "test"));
});

Deno.test("axolotl.load() with one neighbour gives equal features to equal labels", async () => {
  const data = await axolotl.load({ ...axolotl.defaults, smoothing: { neighbours: 1 }, components: 27 }, listening());
  const section = data.sections[3]!;
  const x = await readPart(section, "x");
  const seen = new Map<number, string>();
  section.labels["cell_type"]!.forEach((label, i) => {
    const row = x.data.subarray(27 * i, 27 * (i + 1)).join();
    assertEquals(seen.get(label) ?? row, row);
    seen.set(label, row);
  });
  assertEquals(new Set(seen.values()).size, seen.size);
});

Deno.test("axolotl.load() takes another split and names unknown sections", async () => {
  const config = { ...axolotl.defaults, holdOut: ["02dpi_rep1"], components: 3 };
  const data = await axolotl.load(config, listening());
  assertEquals(data.sections.map(({ split }) => split === "test"), data.sections.map((_, i) => i === 0));
  await assertRejects(
    () => axolotl.load({ ...config, holdOut: ["10dpi_rep3"] }, listening()),
    DataError,
    'Cannot hold out section "10dpi_rep3": the sections are 02dpi_rep1',
  );
});

Deno.test("axolotl.check() names each key that is out of range", () => {
  assertEquals(axolotl.check(axolotl.defaults), []);
  assertEquals(axolotl.check({ holdOut: [], smoothing: { neighbours: 0 }, components: 28 }), [
    "smoothing.neighbours is 0, expected a whole number from 1 to 1000",
    "components is 28, expected a whole number from 1 to 27",
  ]);
});
