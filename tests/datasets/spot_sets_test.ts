import { readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { dlpfc } from "../../datasets/human_dlpfc_visium.ts";
import { humanHeart } from "../../datasets/human_heart_st.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { listening } from "./helpers.ts";

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0);
}

Deno.test({
  name: "humanHeart.load() reads nine sections with full counts, regions and depths",
  ignore: !hasShared,
  fn: async () => {
    const data = await humanHeart.load(
      humanHeart.defaults,
      listening(sharedPath("data/human-heart-st").pathname),
    );
    // Numbers of the table in the folder's README.
    assertEquals(data.sections.map(({ rows }) => rows), [91, 94, 153, 173, 209, 202, 175, 184, 186]);
    assertEquals(data.spec.times.map(({ value }) => value), [192, 205, 230, 250, 285, 289, 321, 327, 353]);
    assertEquals(data.sections.filter(({ split }) => split === "test").map(({ name }) => name), ["section 5"]);
    assertEquals([data.spec.parts["x"]!.shape, data.spec.labels["region"]!.length], [[20658], 9]);
    let values = 0;
    for (const section of data.sections) {
      const x = await readPart(section, "x");
      values += x.data.reduce((count, value) => count + Number(value > 0), 0);
      assertEquals(section.labels["region"]!.length, section.rows);
    }
    assertEquals(values, 3098416);
    const first = data.sections[0]!;
    const [row] = [Int32Array.of(4)];
    const all = await readPart(first, "x");
    assertEquals((await readPart(first, "x", row)).data, all.data.slice(4 * 20658, 5 * 20658));
  },
});

Deno.test({
  name: "dlpfc.load() reads either section with its layers",
  ignore: !hasShared,
  fn: async () => {
    for (const [section, rows, values] of [["151673", 3639, 118617], ["151510", 4634, 1112107]] as const) {
      const data = await dlpfc.load({ section }, listening(sharedPath("data/human-dlpfc-visium").pathname));
      const [only] = data.sections;
      assertEquals([only!.name, only!.rows], [section, rows]);
      const x = await readPart(only!, "x");
      assertEquals(x.data.reduce((count, value) => count + Number(value > 0), 0), values);
      assertEquals(data.spec.labels["layer"], ["Layer1", "Layer2", "Layer3", "Layer4", "Layer5", "Layer6", "WM"]);
      assert(only!.labels["layer"]!.some((code) => code === -1));
    }
    assertEquals(dlpfc.check({ section: "151674" }).length, 1);
  },
});

async function packed(path: string, text: string): Promise<void> {
  await Deno.writeFile(path, new Blob([text]).stream().pipeThrough(new CompressionStream("gzip")));
}

Deno.test("tables of spots that do not fit each other are refused", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const load = (holdOut: readonly string[] = []) => humanHeart.load({ holdOut }, listening(`${folder}/`));
    await assertRejects(load, DataError, "spots.csv.gz: there is no such file");
    const spots = "spot_id,section,grid_x,grid_y,anterior_posterior,region\n";
    await packed(`${folder}/spots.csv.gz`, `${spots}a,1,1,1,10,left\nb,1,2,3,10,\nc,2,1,1,20,left\nd,2,2,2,20,right\n`);
    await packed(`${folder}/genes.csv.gz`, "gene_id,symbol\nE1,A\nE2,\nE3,C\n");
    await assertRejects(load, DataError, "counts.mtx.gz");
    const head = "%%MatrixMarket matrix coordinate integer general\n";
    await packed(`${folder}/counts.mtx.gz`, `${head}4 2 1\n1 1 5\n`);
    await assertRejects(load, DataError, "expected 3 features x 4 barcodes");
    await packed(`${folder}/counts.mtx.gz`, `${head}4 3 3\n1 1 5\n3 2 7\n2 3 1\n`);
    const data = await load(["section 1"]);
    assertEquals(data.spec.parts["x"]!.names, ["A", "E2", "C"]);
    assertEquals(data.sections.map(({ split, labels }) => [split, [...labels["region"]!]]), [
      ["test", [0, -1]],
      ["train", [0, 1]],
    ]);
    const parts = await Promise.all(data.sections.map((section) => readPart(section, "x")));
    assertEquals(parts.map(({ data }) => [...data]), [[5, 0, 0, 0, 0, 1], [0, 7, 0, 0, 0, 0]]);
    assertEquals(sum((await readPart(data.sections[0]!, "pos")).data), 200 * 7);
    await assertRejects(() => load(["section 3"]), DataError, 'Cannot hold out section "section 3"');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
