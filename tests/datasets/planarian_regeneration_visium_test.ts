import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { planarian } from "../../datasets/planarian_regeneration_visium.ts";
import { listening } from "./helpers.ts";

Deno.test({
  name: "planarian.load() reads the spots that have abundances, in three dimensions",
  ignore: !hasShared,
  fn: async () => {
    const heard = listening(sharedPath("data/planarian-regeneration-visium").pathname);
    const data = await planarian.load({ ...planarian.defaults, sectionSpacing: 40, holdOut: ["12h"] }, heard);
    // Spots kept less spots without abundances, from the README of the tables.
    assertEquals(data.sections.map(({ name, rows }) => [name, rows]), [
      ["0d", 10072 - 1123],
      ["6h", 7315 - 11],
      ["12h", 11020 - 870],
      ["3d", 9222 - 857],
      ["7d", 10944 - 736],
    ]);
    assertEquals(data.sections.map(({ split }) => split), ["train", "train", "test", "train", "train"]);
    assertEquals(data.spec.times.map(({ value }) => value), [0, 6, 12, 72, 168]);
    assertEquals([data.spec.parts["x"]!.shape, data.spec.parts["pos"]!.shape], [[7], [3]]);
    assertEquals(data.spec.labels["cell_type"]!.length, 7);
    assertEquals(heard.notes[0], "Left out 1123 spots of 0d without abundances");
    const pos = await readPart(data.sections[0]!, "pos");
    // Five of the 17 sections have no abundances at all.
    const depth = new Set(pos.data.filter((_, at) => at % 3 === 2));
    assertEquals([depth.size, Math.min(...depth), Math.max(...depth)], [12, 40, 12 * 40]);
    const training = await Promise.all(
      data.sections.filter(({ split }) => split === "train").map((s) => readPart(s, "x")),
    );
    const first = training.flatMap(({ data }) => [...data].filter((_, at) => at % 7 === 0));
    assertAlmostEquals(first.reduce((a, b) => a + b, 0) / first.length, 0, 1e-5);
    assertAlmostEquals(first.reduce((a, b) => a + b * b, 0) / first.length, 1, 1e-4);
    assert(data.notes[0]!.includes("40 µm apart by assumption"));
  },
});

Deno.test("planarian.load() names a missing file, a missing column and a broken row", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await assertRejects(
      () => planarian.load(planarian.defaults, listening(folder)),
      DataError,
      "spots_0d.csv.gz: there is no such file",
    );
    const write = async (text: string): Promise<void> => {
      const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
      await Deno.writeFile(`${folder}/spots_0d.csv.gz`, packed);
    };
    await write("spot_id,x\na,1\n");
    await assertRejects(
      () => planarian.load(planarian.defaults, listening(`${folder}/`)),
      DataError,
      "no abund_ columns but spot_id, x",
    );
    await write("abund_A,x_um,y_um\n1,2,3\n");
    await assertRejects(
      () => planarian.load(planarian.defaults, listening(folder)),
      DataError,
      'Cannot find column "section"',
    );
    await write("abund_A,x_um\n1,2\n3\n");
    await assertRejects(
      () => planarian.load(planarian.defaults, listening(folder)),
      DataError,
      "line 3 has 1 fields where the header has 2",
    );
    await write("abund_A,x_um\n1,2\nlots,4\n");
    await assertRejects(() => planarian.load(planarian.defaults, listening(folder)), DataError, 'row 2 holds "lots"');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  await assertRejects(
    () => planarian.load({ sectionSpacing: 1, holdOut: ["1d"] }, listening("x")),
    DataError,
    'hold out section "1d"',
  );
  assertEquals(planarian.check({ sectionSpacing: 0, holdOut: [] }), [
    "sectionSpacing is 0, expected a distance above 0 µm",
  ]);
});
