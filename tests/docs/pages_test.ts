import { assert, assertEquals } from "../assert.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { denoIn, ROOT } from "../experiments/deno_in.ts";
import { blocksOf } from "./blocks.ts";

/** Pages whose blocks are the files of a folder, which a test of its own makes and runs. */
const WALKS = ["docs/write-a-plugin.md"];

async function pages(folder = "docs/"): Promise<readonly string[]> {
  const found: string[] = folder === "docs/" ? ["README.md"] : [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) found.push(...await pages(`${folder}${name}/`));
    else if (name.endsWith(".md")) found.push(`${folder}${name}`);
  }
  return found.sort();
}

Deno.test("blocksOf() lists languages, files and texts", () => {
  const page = "a\n```ts x.ts\nconst a = `b`;\n```\n\n```sh\nls\n```\n```\nplain\n```\n";
  assertEquals(blocksOf(page), [
    { language: "ts", file: "x.ts", text: "const a = `b`;\n" },
    { language: "sh", file: "", text: "ls\n" },
  ]);
});

Deno.test("every TypeScript block of the documentation is a file of a walk-through, or type-checks by itself", () =>
  inTempFolder(async (folder) => {
    let checked = 0;
    for (const page of await pages()) {
      const blocks = blocksOf(await Deno.readTextFile(new URL(page, ROOT))).filter(({ language }) => language === "ts");
      if (WALKS.includes(page)) {
        assertEquals(blocks.filter(({ file }) => file === ""), [], page);
        continue;
      }
      for (const { text } of blocks) await Deno.writeTextFile(`${folder}/block_${checked++}.ts`, text);
    }
    assert(checked > 0, "the README has an example");
    const files = Array.from({ length: checked }, (_, i) => `${folder}/block_${i}.ts`);
    const { code, err } = await denoIn(ROOT, ["check", "--config", "deno.json", ...files]);
    assertEquals(code, 0, err);
  }));
