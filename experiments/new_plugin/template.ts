import { type PluginNames, renamed } from "./names.ts";

/** Root of the checkout. */
export const ROOT: URL = new URL("../../", import.meta.url);

const FOLDER = new URL("plugins/_template/", ROOT);

/**
 * Read the plugin that new ones are copied from.
 *
 * @param names Forms of the new name.
 * @returns Texts by file name, with the new name.
 */
export async function templateFiles(names: PluginNames): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  for await (const { name, isFile } of Deno.readDir(FOLDER)) {
    if (isFile) files[name] = renamed(await Deno.readTextFile(new URL(name, FOLDER)), names);
  }
  return files;
}
