import { pluginChecks } from "../../core/testing/mod.ts";
import { plugin as template } from "../../plugins/_template/mod.ts";
import { PLUGINS } from "../../plugins/registry.ts";
import { assertEquals } from "../assert.ts";
import { contractTests } from "./register.ts";
import { SMALL_PLUGINS, SMALL_TEMPLATE } from "./small_plugins.ts";

Deno.test("every plugin is held to the contract, as small as it can be", () => {
  assertEquals(Object.keys(SMALL_PLUGINS).sort(), Object.keys(PLUGINS).sort());
});

// What `deno task new-plugin` begins with.
contractTests(pluginChecks(template, { config: SMALL_TEMPLATE }));

for (const [name, load] of Object.entries(PLUGINS)) {
  contractTests(pluginChecks(await load(), { config: SMALL_PLUGINS[name] ?? {} }));
}
