import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { FileChange } from "./changes.ts";
import { packageConfig, packageExperiments, packageReadme, packageTest } from "./files.ts";
import type { PluginNames } from "./names.ts";
import { ROOT, templateFiles } from "./template.ts";

/**
 * Plan a plugin that is a package of its own.
 *
 * @param names Forms of its name.
 * @param folder Folder of the package.
 * @param link Whether it uses this checkout instead of the published package.
 * @returns The files to write.
 */
export async function packageChanges(
  names: PluginNames,
  folder: string,
  link: boolean,
): Promise<readonly FileChange[]> {
  const { version } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const template = await templateFiles(names);
  const sources = Object.entries(template).map(([name, text]) => {
    const outside = text.replaceAll('"../../core/mod.ts"', '"@morphogen/morphogen"');
    return [
      name,
      name === "mod.ts"
        ? outside.replace("export * from", 'export * from "./experiments.ts";\nexport * from')
        : outside,
    ] as const;
  });
  const checkout = relative(resolve(folder), fileURLToPath(ROOT)).replaceAll("\\", "/");
  const files: Readonly<Record<string, string>> = {
    ...Object.fromEntries(sources),
    "README.md": template["README.md"]! + packageReadme(names),
    "deno.json": packageConfig(names, version, link ? checkout : undefined),
    "experiments.ts": packageExperiments(names),
    "mod_test.ts": packageTest(names),
  };
  return Object.entries(files).map(([name, text]) => ({ path: join(folder, name), text }));
}
