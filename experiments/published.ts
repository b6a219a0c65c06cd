import type { PublishedTable } from "../core/mod.ts";
import { textTable } from "../core/report/mod.ts";
import { PLUGINS } from "../plugins/registry.ts";
import type { SeedGroup } from "./seed_groups.ts";

function pluginOf({ config }: SeedGroup): string | undefined {
  const { plugin } = config as { readonly plugin?: { readonly name?: string } };
  return plugin?.name;
}

/**
 * What the papers of some runs printed for their own data.
 *
 * @param groups The runs.
 * @returns Tables of every method once; none of plugins from outside.
 */
export async function publishedOf(groups: readonly SeedGroup[]): Promise<readonly PublishedTable[]> {
  const names = [...new Set(groups.map(pluginOf))].filter((name) => name !== undefined && Object.hasOwn(PLUGINS, name));
  const plugins = await Promise.all(names.map((name) => PLUGINS[name!]!()));
  return plugins.flatMap(({ published = [] }) => published);
}

/**
 * Write printed tables for the terminal, under a sentence that says whose they are.
 *
 * @param tables The tables.
 * @returns Lines of text; empty without tables.
 */
export function publishedText(tables: readonly PublishedTable[]): string {
  return tables.map(({ title, data, columns, rows }) =>
    `Printed in the paper, not computed here. ${title}; its data: ${data}\n` +
    textTable(["", ...columns], rows.map(({ name, values }) => [name, ...values]))
  ).join("\n\n");
}
