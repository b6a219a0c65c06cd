import { openRun, reopenRun } from "../../../core/run/mod.ts";
import { clearDebris } from "../../../core/run/recover.ts";
import { assertEquals } from "../../assert.ts";
import { inTempFolder, namesIn } from "./helpers.ts";

const RUN = { experiment: "toy", config: { steps: 1 }, seed: 1 };

Deno.test("clearDebris() removes what is unfinished and brings back what was put aside in vain", async () => {
  await inTempFolder(async (folder) => {
    await clearDebris(`${folder}/none`);
    for (const name of ["a.partial", "b.zarr.replaced-12", "c.zarr.replaced-7", "c.zarr", "kept.partially"]) {
      await Deno.mkdir(`${folder}/${name}`);
      await Deno.writeTextFile(`${folder}/${name}/what`, name);
    }
    await Deno.writeTextFile(`${folder}/d.json.partial-99`, "{");
    await clearDebris(folder);
    assertEquals(await namesIn(folder), ["b.zarr", "c.zarr", "kept.partially"]);
    assertEquals(await Deno.readTextFile(`${folder}/b.zarr/what`), "b.zarr.replaced-12");
    assertEquals(await Deno.readTextFile(`${folder}/c.zarr/what`), "c.zarr");
  });
});

Deno.test("openRun() takes a folder whose process was killed while it wrote config.json", async () => {
  await inTempFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/.lock`, "");
    await Deno.writeTextFile(`${folder}/config.json.partial-4711`, '{"form');
    using run = await openRun({ ...RUN, folder });
    assertEquals(await namesIn(run.folder), [".lock", "config.json"]);
  });
});

Deno.test("reopenRun() brings back samples and a checkpoint whose replacement was cut short", async () => {
  await inTempFolder(async (folder) => {
    (await openRun({ ...RUN, folder }))[Symbol.dispose]();
    for (const name of ["samples.zarr.replaced-5", "samples.zarr.partial", "checkpoints/step-00000010.replaced-5"]) {
      await Deno.mkdir(`${folder}/${name}`, { recursive: true });
    }
    using run = await reopenRun(folder);
    assertEquals(await namesIn(run.folder), [".lock", "checkpoints", "config.json", "samples.zarr"]);
    assertEquals(await namesIn(`${run.folder}/checkpoints`), ["step-00000010"]);
  });
});
