import { fileURLToPath } from "node:url";
import type { FileChange } from "./changes.ts";
import { repositoryExperiment, repositoryReadme, repositoryTest, SMALL } from "./files.ts";
import type { PluginNames } from "./names.ts";
import { withEntry } from "./tables.ts";
import { templateFiles } from "./template.ts";

/**
 * Plan a plugin of the repository: its folder, an experiment, tests, and its lines in the tables.
 *
 * @param names Forms of its name.
 * @param root Root of the checkout.
 * @returns The files to write and to change.
 * @throws {TypeError} If a table is not where it is expected.
 */
export async function repositoryChanges(names: PluginNames, root: URL): Promise<readonly FileChange[]> {
  const { kebab, snake, camel } = names;
  const at = (path: string): string => fileURLToPath(new URL(path, root));
  const changed = async (path: string, change: (text: string) => string): Promise<FileChange> => {
    const was = await Deno.readTextFile(at(path));
    return { path: at(path), text: change(was), was };
  };
  const template = await templateFiles(names);
  const readme = template["README.md"]! + repositoryReadme(names);
  return [
    ...Object.entries({ ...template, "README.md": readme })
      .map(([name, text]) => ({ path: at(`plugins/${kebab}/${name}`), text })),
    { path: at(`experiments/${snake}_emt.ts`), text: repositoryExperiment(names) },
    { path: at(`tests/plugins/${snake}/network_test.ts`), text: repositoryTest(names) },
    await changed(
      "plugins/registry.ts",
      (text) =>
        withEntry(
          text,
          "export const PLUGINS",
          `  "${kebab}": async () => (await import("./${kebab}/mod.ts")).plugin,`,
        ),
    ),
    await changed("experiments/registry.ts", (text) => {
      const value = `(await import("./${snake}_emt.ts")).${camel}Emt`;
      return withEntry(text, "export const EXPERIMENTS", `  "${kebab}-emt": async () => ${value},`);
    }),
    await changed("tests/contract/small_plugins.ts", (text) => {
      const key = kebab === camel ? kebab : `"${kebab}"`;
      return withEntry(text, "export const SMALL_PLUGINS", `  ${key}: ${SMALL},`);
    }),
    await changed("deno.json", (text) => {
      const entry = `    "./plugins/${kebab}": "./plugins/${kebab}/mod.ts",`;
      const mod = " datasets/mod.ts datasets/preprocess/mod.ts";
      return withEntry(text, '"exports": {', entry, "./plugins/").replace(mod, ` plugins/${kebab}/mod.ts${mod}`);
    }),
  ];
}
