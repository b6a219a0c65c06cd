import { publishedOf, publishedText } from "../../experiments/published.ts";
import type { SeedGroup } from "../../experiments/seed_groups.ts";
import { assertEquals, assertMatch } from "../assert.ts";

function group(plugin: string): SeedGroup {
  return { name: plugin, runs: [] as unknown as SeedGroup["runs"], detail: [], config: { plugin: { name: plugin } } };
}

Deno.test("publishedOf() gives the tables of every method once, and publishedText() says whose they are", async () => {
  const tables = await publishedOf([group("stflow"), group("mine"), group("stflow"), group("cfm")]);
  assertEquals(new Set(tables.map(({ title }) => title)).size, tables.length);
  const text = publishedText(tables);
  assertMatch(text, /^Printed in the paper, not computed here\. .*; its data: /);
  assertMatch(text, /^IDC .*0\.587 ± 0\.003/m);
  assertEquals(await publishedOf([group("mine"), group("cfm")]), []);
  assertEquals(publishedText([]), "");
});
