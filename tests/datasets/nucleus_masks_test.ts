import { type AnnData, type Data, hostArray, readAnnData, readPart } from "../../core/mod.ts";
import { imported } from "../../datasets/imported.ts";
import { olfactoryBulb } from "../../datasets/mouse_olfactory_bulb.ts";
import { embeddedStore } from "../../datasets/embedded_store.ts";
import { u2os } from "../../datasets/u2os_fkhr_translocation.ts";
import { writeData } from "../../datasets/write_data.ts";
import { assert, assertEquals } from "../assert.ts";
import { listening, withStore } from "./helpers.ts";

/** Row numbers in the upper left corner of each mask, as a program from elsewhere would write labels. */
function withNuclei(table: AnnData, side: number): AnnData {
  const rows = table.obs.index.length;
  const labels = new Uint16Array(rows * side * side);
  for (let row = 0; row < rows; row++) labels[row * side * side] = row + 1;
  return { ...table, obsm: { ...table.obsm, nuclei: hostArray(labels, [rows, side, side]) } };
}

/** Whether every image of a section has the mask of its own row. */
async function ownMasks(data: Data, table: AnnData, images: string): Promise<void> {
  const [all, size] = [table.obsm[images]!.data, table.obsm[images]!.data.length / table.obs.index.length];
  for (const section of data.sections.slice(0, 2)) {
    const [masks, crops] = [await readPart(section, "nuclei", [0, 2]), await readPart(section, "img", [0, 2])];
    [0, 1].forEach((i) => {
      const row = masks.data[i * masks.data.length / 2]! - 1;
      assertEquals(
        crops.data.slice(i * size, (i + 1) * size),
        Float32Array.from(all.subarray(row * size, (row + 1) * size)),
      );
    });
  }
}

Deno.test("masks of nuclei beside the patches of a store become a part of the data", async () => {
  for (const [dataset, images, side] of [[olfactoryBulb, "patches", 48], [u2os, "crops", 32]] as const) {
    const table = await readAnnData(embeddedStore(dataset.name));
    await withStore(withNuclei(table, side), async (path) => {
      const data = await dataset.load(dataset.defaults as never, listening(path));
      assertEquals(data.spec.parts["nuclei"], { shape: [side, side], unit: "number of the nucleus, 0 for none" });
      await ownMasks(data, table, images);
    });
    const plain = await dataset.load(dataset.defaults as never, listening());
    assert(!("nuclei" in plain.spec.parts) && !("nuclei" in plain.sections[0]!.parts));
  }
});

Deno.test("an imported store has masks that were put in afterwards", async () => {
  const folder = await Deno.makeTempDir();
  const loading = { dataset: olfactoryBulb.name, configuration: {}, seed: 0 };
  await writeData(`${folder}/out.zarr`, await olfactoryBulb.load(olfactoryBulb.defaults, listening()), loading);
  const table = await readAnnData(`${folder}/out.zarr`);
  await withStore(withNuclei(table, 48), async (path) => {
    const data = await imported.load({}, listening(path));
    assertEquals(data.spec.parts["nuclei"]?.shape, [48, 48]);
    await ownMasks(data, table, "patches");
  });
  await Deno.remove(folder, { recursive: true });
});
