import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { readPart } from "../../core/data.ts";
import { zebrafish } from "../../datasets/zebrafish_embryo_stereoseq_pcs.ts";
import { listening } from "./helpers.ts";

Deno.test("zebrafish.load() gives two training stages of 50 z-scored components without labels", async () => {
  const data = await zebrafish.load(zebrafish.defaults, listening());
  assertEquals(data.sections.map(({ name, rows, split }) => [name, rows, split]), [
    ["stage 0", 563, "train"],
    ["stage 1", 1036, "train"],
  ]);
  assertEquals([data.spec.labels, data.spec.parts["x"]!.shape], [{}, [50]]);
  assert(data.notes.some((note) => note.includes("F1")));
  const parts = await Promise.all(data.sections.map((section) => readPart(section, "x")));
  for (const j of [0, 49]) {
    const column = parts.flatMap(({ data }) => [...data].filter((_, at) => at % 50 === j));
    const mean = column.reduce((a, b) => a + b, 0) / column.length;
    assertAlmostEquals(mean, 0, 1e-5);
    assertAlmostEquals(column.reduce((a, b) => a + b * b, 0) / column.length, 1, 1e-4);
  }
  assertEquals((await zebrafish.load({ components: 7 }, listening())).spec.parts["x"]!.shape, [7]);
  assertEquals(zebrafish.check({ components: 51 }), ["components is 51, expected a whole number from 1 to 50"]);
});
