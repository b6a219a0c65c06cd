import { assert, assertEquals, assertRejects } from "../assert.ts";
import { DataError } from "../../core/errors.ts";
import { DATASETS } from "../../datasets/registry.ts";
import { listening } from "./helpers.ts";

/** Data sets that come without the user bringing a file. */
const EMBEDDED: readonly string[] = [
  "axolotl-brain-regeneration",
  "celegans-embryo-4d",
  "drosophila-embryo-bdtnp",
  "emt-tgfb1-latent",
  "mouse-cortex-osmfish",
  "mouse-olfactory-bulb-st-he",
  "synthetic-tissue",
  "toy-2d",
  "u2os-fkhr-translocation",
  "zebrafish-embryo-stereoseq-pcs",
];

Deno.test("DATASETS lists data sets by their names, with defaults that pass their check", async () => {
  for (const [name, open] of Object.entries(DATASETS)) {
    const dataset = await open();
    assertEquals(dataset.name, name);
    assertEquals(dataset.check(dataset.defaults), []);
    assert(dataset.description.length > 20 && !dataset.description.endsWith("."), name);
    assertEquals(JSON.parse(JSON.stringify(dataset.defaults)), dataset.defaults);
  }
  assertEquals(Object.keys(DATASETS), Object.keys(DATASETS).toSorted());
});

Deno.test("data sets that need a file say in one sentence which, and what to try instead", async () => {
  for (const [name, open] of Object.entries(DATASETS)) {
    if (EMBEDDED.includes(name)) continue;
    const dataset = await open();
    const error = await assertRejects(() => dataset.load(dataset.defaults, listening()), DataError, "--data");
    assert(error.message.startsWith(`Cannot load data set "${name}": give `), error.message);
    assert(
      /nicheflow-med|axolotl-brain-regeneration|emt-tgfb1-latent|mouse-cortex-osmfish|mouse-olfactory-bulb-st-he|u2os-fkhr-translocation/
        .test(error.message),
    );
    assert(!error.message.includes("\n") && !error.message.endsWith("."), error.message);
  }
});

Deno.test("data sets hold what their specification says", async () => {
  for (const name of EMBEDDED) {
    const dataset = await DATASETS[name]!();
    const { spec, sections, citation, notes } = await dataset.load(dataset.defaults, listening());
    assert(citation.licence !== undefined && notes.length > 0, name);
    assertEquals(new Set(sections.map((section) => section.name)).size, sections.length);
    for (const section of sections) {
      assert(section.time < spec.times.length);
      assertEquals(Object.keys(section.parts).sort(), Object.keys(spec.parts).sort());
      for (const [part, { shape, names }] of Object.entries(spec.parts)) {
        assertEquals(section.parts[part]!.shape, [section.rows, ...shape]);
        const { data } = await section.parts[part]!.read();
        assert(data.every(Number.isFinite), `${name} ${section.name} ${part}`);
        assertEquals(names?.length, shape.at(-1));
      }
      assertEquals(Object.keys(section.labels), Object.keys(spec.labels));
      for (const [label, codes] of Object.entries(section.labels)) {
        assertEquals(codes.length, section.rows);
        assert(codes.every((code) => code >= -1 && code < spec.labels[label]!.length));
      }
    }
  }
});
