import { assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { DataError } from "../../core/errors.ts";
import { readPart } from "../../core/data.ts";
import { concatRows } from "../../core/host_array.ts";
import { emtTgfb1Latent } from "../../datasets/emt_tgfb1_latent.ts";
import { listening } from "./helpers.ts";

Deno.test("emt-tgfb1-latent gives four stages, one of them held out, z-scored by the training cells", async () => {
  const data = await emtTgfb1Latent.load(emtTgfb1Latent.defaults, listening());
  assertEquals(data.sections.map(({ name, rows, split }) => [name, rows, split]), [
    ["0 h", 577, "train"],
    ["8 h", 885, "train"],
    ["1 day", 788, "test"],
    ["3 days", 883, "train"],
  ]);
  assertEquals(data.spec.times.map(({ value }) => value), [0, 1, 2, 3]);
  assertEquals([data.spec.labels, data.spec.parts["x"]!.shape], [{}, [10]]);
  const training = data.sections.filter(({ split }) => split === "train");
  const { data: x } = concatRows(await Promise.all(training.map((section) => readPart(section, "x"))));
  const column = Array.from(x).filter((_, i) => i % 10 === 3);
  assertAlmostEquals(column.reduce((a, b) => a + b, 0) / column.length, 0, 1e-4);
  assertAlmostEquals(column.reduce((a, b) => a + b * b, 0) / column.length, 1, 1e-3);
});

Deno.test("emt-tgfb1-latent keeps the source's values and hours where told to", async () => {
  const config = { holdOut: [], axis: "hours", standardize: false };
  const data = await emtTgfb1Latent.load(config, listening());
  assertEquals(data.spec.times.map(({ value }) => value), [0, 8, 24, 72]);
  const first = await readPart(data.sections[0]!, "x", [0]);
  assertAlmostEquals(first.data[0]!, 0.7824408, 1e-6);
  assertAlmostEquals(first.data[9]!, 0.4167556, 1e-6);
  assertEquals(emtTgfb1Latent.check({ ...config, axis: "weeks" }).length, 1);
});

Deno.test("emt-tgfb1-latent refuses to hold out a stage that the data do not have", async () => {
  await assertRejects(
    () => emtTgfb1Latent.load({ ...emtTgfb1Latent.defaults, holdOut: ["5 days"] }, listening()),
    DataError,
    'Cannot hold out section "5 days": the sections are 0 h, 8 h, 1 day, 3 days',
  );
});
