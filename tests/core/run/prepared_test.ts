import { CheckpointError } from "../../../core/errors.ts";
import { loadPrepared, savePrepared } from "../../../core/run/mod.ts";
import { assertEquals, assertMatch, assertRejects } from "../../assert.ts";
import { damage, exampleTree, inTempFolder } from "./helpers.ts";

Deno.test("savePrepared() writes what loadPrepared() reads back", async () => {
  await inTempFolder(async (folder) => {
    assertEquals(await loadPrepared({ folder }), undefined);
    await savePrepared({ folder }, { classifier: exampleTree(1), zinb: {} });
    assertEquals(await loadPrepared({ folder }), { classifier: exampleTree(1), zinb: {} });
  });
});

Deno.test("loadPrepared() of damaged files says so and asks for a new fit", async () => {
  await inTempFolder(async (folder) => {
    await savePrepared({ folder }, { classifier: exampleTree(1) });
    await damage(`${folder}/prepared/classifier.safetensors`, -1);
    const said: string[] = [];
    assertEquals(await loadPrepared({ folder }, { notify: (sentence) => said.push(sentence) }), undefined);
    assertEquals(said.length, 1);
    assertMatch(said[0]!, /^WARNING: Cannot read .*classifier\.safetensors": .*; fitting it again$/);
  });
});

Deno.test("loadPrepared() refuses files of a newer version", async () => {
  await inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/prepared`);
    await Deno.writeTextFile(`${folder}/prepared/state.json`, '{"format":9,"files":{}}');
    await assertRejects(() => loadPrepared({ folder }), CheckpointError, "a newer Morphogen wrote it (format 9");
  });
});
