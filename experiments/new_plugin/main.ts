/**
 * The command behind `deno task new-plugin`: a complete small plugin to start from.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { type FlagTable, helpOfFlags, parseFlags } from "../../core/config/flags.ts";
import { ConfigError } from "../../core/errors.ts";
import { PLUGINS } from "../../plugins/registry.ts";
import { reportFailure } from "../failure.ts";
import { applyChanges } from "./changes.ts";
import { packageChanges } from "./in_package.ts";
import { repositoryChanges } from "./in_repository.ts";
import { type PluginNames, pluginNames } from "./names.ts";
import { ROOT } from "./template.ts";

const FLAGS = {
  "dir": { kind: "text", value: "PATH", help: "a package of its own in this folder, instead of a plugin here" },
  "link": { kind: "switch", help: "of --dir: use this checkout instead of the published package" },
  "help": { kind: "switch", help: "show this help" },
} as const satisfies FlagTable;

/** What to do next. */
function nextSteps({ kebab }: PluginNames, dir: string | undefined): string {
  if (dir !== undefined) return `next: cd ${dir}, then deno task test, then deno task exp ${kebab}-toy`;
  return `next: deno run -A tests/api/exports.ts, then deno task exp ${kebab}-emt, then deno task test contract`;
}

async function create(args: readonly string[]): Promise<void> {
  const { names: given, flags: { dir, link, help } } = parseFlags(args, FLAGS);
  if (help) {
    console.log(`Usage: deno task new-plugin NAME [flags]\n\n${helpOfFlags(FLAGS)}`);
    return;
  }
  const [name, ...more] = given;
  if (name === undefined || more.length > 0) {
    throw new ConfigError(`Cannot make ${given.length} plugins: name one, for example deno task new-plugin my-method`);
  }
  if (dir === undefined && link) throw new ConfigError('Flag "--link" is for packages: name a folder by --dir PATH');
  const names = pluginNames(name);
  if (Object.hasOwn(PLUGINS, name)) {
    throw new ConfigError(`Cannot name a plugin "${name}": there is one of this name; choose another`);
  }
  const changes = dir === undefined ? await repositoryChanges(names, ROOT) : await packageChanges(names, dir, link);
  await applyChanges(changes);
  const inside = fileURLToPath(ROOT);
  for (const { path, was } of changes) {
    console.log(
      `${was === undefined ? "new" : "changed"}: ${path.startsWith(inside) ? path.slice(inside.length) : path}`,
    );
  }
  console.log(nextSteps(names, dir));
}

/**
 * Run the command line.
 *
 * @param args Arguments after the task's name.
 * @returns The exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await create(args);
    return 0;
  } catch (error) {
    return reportFailure(error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
