import { type AnyPlugin, ConfigError } from "../core/mod.ts";

/**
 * Load a plugin from outside.
 *
 * @param specifier Path of a module, or a module specifier such as `npm:name` or `https://...`; it exports `plugin`.
 * @returns The plugin.
 * @throws {ConfigError} If the module cannot be loaded or exports no plugin of this contract.
 */
export async function loadPlugin(specifier: string): Promise<AnyPlugin> {
  const url = /^[\w+.-]+:/.test(specifier) ? specifier : new URL(specifier, `file://${Deno.cwd()}/`).href;
  let found: { readonly plugin?: AnyPlugin };
  try {
    found = await import(url);
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    throw new ConfigError(`Cannot load plugin "${specifier}": ${reason!.replace(/\.$/, "")}`, { cause });
  }
  if (found.plugin?.contract !== 1) {
    throw new ConfigError(`Cannot load plugin "${specifier}": expected an export named "plugin" of contract 1`);
  }
  return found.plugin;
}
