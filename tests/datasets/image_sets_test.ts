import { assert, assertAlmostEquals, assertEquals, assertGreater, assertRejects } from "../assert.ts";
import { readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { readAnnData } from "../../core/io/anndata_reader.ts";
import { olfactoryBulb } from "../../datasets/mouse_olfactory_bulb.ts";
import { u2os } from "../../datasets/u2os_fkhr_translocation.ts";
import { listening, withStore } from "./helpers.ts";

const BULB = new URL("../../datasets/embedded/mouse-olfactory-bulb-st-he.zarr", import.meta.url);

Deno.test("olfactoryBulb.load() leaves one mouse out and gives each spot its patch", async () => {
  const heard = listening();
  const data = await olfactoryBulb.load(olfactoryBulb.defaults, heard);
  assertEquals(data.sections.map(({ name, split, donor, rows }) => [name, split, donor, rows]), [
    ["MOB1", "train", "mouse 1", 379],
    ["MOB2", "train", "mouse 1", 407],
    ["MOB3", "test", "mouse 2", 438],
    ["MOB4", "test", "mouse 2", 403],
  ]);
  assertEquals([heard.notes, heard.warnings], [[], []]);
  const { obsm } = await readAnnData(BULB);
  const size = 48 * 48 * 3;
  const img = await data.sections[2]!.parts["img"]!.read([5]);
  assert(img.data instanceof Uint8Array);
  assertEquals(img.shape, [1, 48, 48, 3]);
  const row = 379 + 407 + 5;
  assertEquals(img.data, obsm["patches"]!.data.subarray(row * size, (row + 1) * size));
  assertEquals(data.spec.parts["x"]!.names!.slice(0, 2), ["mt-Rnr2", "mt-Rnr1"]);
  const warned = listening();
  await olfactoryBulb.load({ ...olfactoryBulb.defaults, holdOut: ["MOB4"] }, warned);
  assertEquals(warned.warnings, ["Sections of mouse 2 are in training and in test: results look better for it"]);
  await assertRejects(
    () => olfactoryBulb.load({ ...olfactoryBulb.defaults, holdOut: ["MOB9"] }, listening()),
    DataError,
    'Cannot hold out section "MOB9": the sections are MOB1, MOB2, MOB3, MOB4',
  );
});

Deno.test("olfactoryBulb.load() says what a store without patches lacks", async () => {
  const table = await readAnnData(BULB);
  const { patches: _, ...obsm } = table.obsm;
  const message = 'Cannot find images in obsm "patches": obsm has spatial';
  await withStore(
    { ...table, obsm },
    (path) => assertRejects(() => olfactoryBulb.load(olfactoryBulb.defaults, listening(path)), DataError, message),
  );
});

Deno.test("u2os.load() orders wells by dose and holds out a plate row", async () => {
  const data = await u2os.load(u2os.defaults, listening());
  assertEquals(data.spec.times.map(({ value }) => value), [
    ...[0, 0.98, 1.95, 3.91, 7.81, 15.63, 31.25, 62.5, 125, 150, 250],
  ]);
  assert(data.sections.every(({ name, split }) => (split === "test") === name.startsWith("C")));
  const rows = data.sections.reduce((sum, section) => sum + section.rows, 0);
  const other = await u2os.load({ ...u2os.defaults, drug: "LY294002" }, listening());
  assertEquals(other.spec.times.map(({ value }) => value), [0, 0.31, 0.63, 1.25, 2.5, 5, 20, 40, 80]);
  assert(other.sections.every(({ name, split }) => (split === "test") === name.startsWith("G")));
  assertEquals(rows + other.sections.reduce((sum, section) => sum + section.rows, 0), 11_974);
  await assertRejects(() => u2os.load({ ...u2os.defaults, holdOut: ["D"] }, listening()), DataError, "D");
});

Deno.test("u2os crops show what was measured: the GFP moves into the nucleus with the dose", async () => {
  const data = await u2os.load(u2os.defaults, listening());
  const ratio = async (time: number): Promise<number> => {
    const values: number[] = [];
    for (const section of data.sections.filter((one) => one.time === time)) {
      const { data: img } = await section.parts["img"]!.read();
      for (let i = 0; i < section.rows; i++) {
        let [inside, outside, n, m] = [0, 0, 0, 0];
        for (let y = 0; y < 32; y++) {
          for (let x = 0; x < 32; x++) {
            const radius = Math.hypot(y - 15.5, x - 15.5);
            const grey = img[((i * 32 + y) * 32 + x) * 2]!;
            if (radius < 6) [inside, n] = [inside + grey, n + 1];
            else if (radius > 10 && radius < 14) [outside, m] = [outside + grey, m + 1];
          }
        }
        values.push((inside / n + 1) / (outside / m + 1));
      }
    }
    return values.sort((a, b) => a - b)[values.length >> 1]!;
  };
  assertGreater(await ratio(10), 1.5 * await ratio(0));
  const train = data.sections.filter(({ split }) => split === "train");
  const column = (await Promise.all(train.map((section) => readPart(section, "x")))).flatMap(({ data }) =>
    [...data].filter((_, at) => at % 6 === 5)
  );
  assertAlmostEquals(column.reduce((a, b) => a + b, 0) / column.length, 0, 1e-4);
});

Deno.test("u2os.load() puts the doses of both drugs one after the other, each with its untreated wells", async () => {
  const data = await u2os.load({ ...u2os.defaults, drug: "both" }, listening());
  assertEquals(data.sections.reduce((sum, { rows }) => sum + rows, 0), 11_974);
  const untreated = data.spec.times.flatMap(({ name, value }, i) => value === 0 ? [[i, name]] : []);
  assertEquals(untreated, [[0, "0 nM wortmannin"], [11, "0 uM LY294002"]]);
  assertEquals(new Set(data.sections.map(({ time }) => time)).size, data.spec.times.length);
  const held = data.sections.filter(({ split }) => split === "test").map(({ name }) => name[0]);
  assertEquals([...new Set(held)].sort(), ["C", "G"]);
});
