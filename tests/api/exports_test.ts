import { PLUGINS } from "../../plugins/registry.ts";
import { assert, assertEquals } from "../assert.ts";
import { LIST, listExports } from "./exports.ts";

Deno.test("exported names are those of exports.txt; write it with: deno run -A tests/api/exports.ts", async () => {
  const listed = (await Deno.readTextFile(LIST)).trimEnd().split("\n");
  const found = await listExports();
  const added = found.filter((line) => !listed.includes(line));
  const removed = listed.filter((line) => !found.includes(line));
  assertEquals({ added, removed }, { added: [], removed: [] });
  assertEquals(listed, listed.toSorted());
});

Deno.test("every plugin is an entry point and exports its plugin", async () => {
  const found = await listExports();
  for (const name of Object.keys(PLUGINS)) {
    assert(found.includes(`./plugins/${name} variable plugin`), `./plugins/${name} does not export "plugin"`);
  }
});

Deno.test("the package exports no name twice with different meanings", async () => {
  const root = (await listExports()).filter((line) => line.startsWith(". "));
  const kinds = new Map<string, string[]>();
  for (const line of root) {
    const [, kind, name] = line.split(" ") as [string, string, string];
    kinds.set(name, [...kinds.get(name) ?? [], kind]);
  }
  assert(kinds.size > 100);
  assertEquals([...kinds].filter(([, list]) => list.length > 1), []);
});
