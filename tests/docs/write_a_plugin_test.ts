import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { denoIn, type Ran, ROOT } from "../experiments/deno_in.ts";
import { blocksOf } from "./blocks.ts";

const BLOCKS = blocksOf(await Deno.readTextFile(new URL("docs/write-a-plugin.md", ROOT)));

Deno.test("the new objective of docs/write-a-plugin.md has fewer than 40 lines", () => {
  const { text } = BLOCKS.find(({ file }) => file === "huber.ts")!;
  assert(text.trimEnd().split("\n").length < 40, text);
});

Deno.test("docs/write-a-plugin.md: its files and commands, in an empty folder, are a plugin that trains", () =>
  inTempFolder(async (folder) => {
    const dir = `${folder}/huber-flow`;
    await Deno.mkdir(dir);
    // Where the page says the checkout is.
    await Deno.symlink(fileURLToPath(ROOT).replace(/\/$/, ""), `${folder}/morphogen`);
    for (const { file, text } of BLOCKS) if (file !== "") await Deno.writeTextFile(`${dir}/${file}`, text);
    const outputs = new Map<string, Ran>();
    for (
      const line of BLOCKS.filter(({ language }) => language === "sh").flatMap(({ text }) => text.trim().split("\n"))
    ) {
      const [program, ...args] = line.split(" ");
      assertEquals(program, "deno", `the page has a command that the test cannot run: ${line}`);
      const ran = await denoIn(dir, args);
      assertEquals(ran.code, 0, `${line}\n${ran.out}\n${ran.err}`);
      outputs.set(line, ran);
    }
    assertMatch(outputs.get("deno task test")!.out, /ok \| \d\d passed/);
    assertMatch(outputs.get("deno task exp --list")!.out, /^huber-toy +Flow matching with a Huber loss/m);
    assertMatch(outputs.get("deno task exp huber-toy --steps 2 --set plugin.config.delta=0.5")!.out, /report/);
    assertEquals(await Array.fromAsync(Deno.readDir(`${dir}/runs`), ({ name }) => name), ["huber-toy"]);
    // From the checkout, as the page says.
    const listed = await denoIn(ROOT, ["task", "exp", "--plugin", `${dir}/mod.ts`, "--list", "--json"]);
    assertEquals(listed.code, 0, listed.err);
    assertEquals(JSON.parse(listed.out)[0].name, "huber-toy");
  }));
