import { DATASETS } from "../../datasets/registry.ts";
import { EXPERIMENTS } from "../../experiments/registry.ts";
import { PLUGINS } from "../../plugins/registry.ts";
import { assert, assertEquals } from "../assert.ts";
import { ROOT } from "./sources.ts";

/** What the top level holds; nothing else, except names that begin with a dot. */
const TOP = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "core",
  "datasets",
  "deno.json",
  "deno.lock",
  "docs",
  "experiments",
  "mod.ts",
  "plugins",
  "tests",
];

async function names(folder: URL): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(folder)) found.push(name);
  return found.sort();
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(new URL(path, ROOT)).then(({ isFile }) => isFile, () => false);
}

/** Names that git ignores, for example run folders. */
async function ignored(): Promise<string[]> {
  const lines = (await Deno.readTextFile(new URL(".gitignore", ROOT))).split("\n");
  return lines.map((line) => line.replaceAll("/", "").trim()).filter((line) => line !== "");
}

Deno.test("the top level holds what the layout says and nothing else", async () => {
  const skip = await ignored();
  const found = (await names(ROOT)).filter((name) => !name.startsWith(".") && !skip.includes(name));
  assertEquals(found.filter((name) => !TOP.includes(name)), []);
});

Deno.test("every plugin is a folder with mod.ts and README.md, and a line of the registry", async () => {
  const folders: string[] = [];
  for (const name of await names(new URL("plugins/", ROOT))) {
    if ((await Deno.stat(new URL(`plugins/${name}`, ROOT))).isDirectory && !name.startsWith("_")) folders.push(name);
  }
  assertEquals(Object.keys(PLUGINS).sort(), folders);
  for (const name of folders) {
    assert(await isFile(`plugins/${name}/mod.ts`), `plugins/${name} has no mod.ts`);
    assert(await isFile(`plugins/${name}/README.md`), `plugins/${name} has no README.md`);
  }
});

Deno.test("plugins, data sets and experiments are called what their registries call them", async () => {
  for (const registry of [PLUGINS, DATASETS, EXPERIMENTS]) {
    for (const [name, load] of Object.entries<() => Promise<{ readonly name: string }>>(registry)) {
      assertEquals((await load()).name, name);
      assert(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name), `"${name}" is not kebab-case`);
    }
  }
});

Deno.test("every folder of core that has an interface keeps it in mod.ts", async () => {
  for (const folder of ["prior", "path", "objective", "backbone", "sampler"]) {
    const text = await Deno.readTextFile(new URL(`core/${folder}/mod.ts`, ROOT));
    assert(/^export interface /m.test(text), `core/${folder}/mod.ts declares no interface`);
    assert(!/^export (function|const) /m.test(text), `core/${folder}/mod.ts holds more than interfaces`);
  }
});
