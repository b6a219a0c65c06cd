import { type AnyPlugin, ConfigError } from "../core/mod.ts";
import { PLUGINS } from "../plugins/registry.ts";
import type { Experiment } from "./experiment.ts";
import { EXPERIMENTS, STUDIES } from "./registry.ts";

/** Version of the plugin contract that this package has. */
const CONTRACT = 1;

/** What a module from outside brings. */
export interface OutsidePlugin {
  /** The plugin. */
  readonly plugin: AnyPlugin;
  /** Experiments that come with it. */
  readonly experiments: readonly Experiment[];
}

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;

type Members = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Members {
  return typeof value === "object" && value !== null;
}

/** Why a value is no plugin of this contract, and what to change; undefined if it is one. */
function pluginProblem(plugin: unknown, exported: readonly string[]): string | undefined {
  if (!isRecord(plugin)) {
    const found = exported.length === 0 ? "nothing" : exported.slice(0, 8).join(", ");
    return `expected an export named "plugin", found ${found}; export the plugin under this name`;
  }
  const { contract, name, paper, defaults, check, build } = plugin;
  if (contract !== CONTRACT) {
    return `it is written for contract ${contract}, this version of Morphogen has contract ${CONTRACT}; ` +
      (typeof contract === "number" && contract > CONTRACT ? "use a newer Morphogen" : "adapt the plugin to it");
  }
  if (typeof name !== "string" || !KEBAB.test(name)) {
    return `plugin.name is ${JSON.stringify(name)}, expected a kebab-case text like "my-method"`;
  }
  const [missing] = [
    ...(isRecord(paper) ? [] : ["paper (what is to be cited)"]),
    ...(isRecord(defaults) ? [] : ["defaults (the complete configuration)"]),
    ...(typeof check === "function" ? [] : ["check(config)"]),
    ...(typeof build === "function" ? [] : ["build(config, spec)"]),
  ];
  return missing === undefined ? undefined : `plugin "${name}" lacks ${missing}; add it`;
}

/** Whether a plugin has the name of one of this package and is another method; with parts of the user's own it is the same. */
async function takesName({ name, paper }: AnyPlugin): Promise<boolean> {
  return Object.hasOwn(PLUGINS, name) && (await PLUGINS[name]!()).paper.url !== paper.url;
}

/** Why a list is no list of a plugin's experiments, and what to change; undefined if it is one. */
function experimentsProblem(experiments: unknown, plugin: string): string | undefined {
  if (!Array.isArray(experiments)) return 'the export "experiments" is no list; export a list of experiments';
  const seen: unknown[] = [];
  for (const one of experiments) {
    if (!isRecord(one)) return `"experiments" holds ${JSON.stringify(one)}, expected an experiment`;
    const { name } = one;
    if (typeof name !== "string" || !KEBAB.test(name)) {
      return `an experiment is called ${JSON.stringify(name)}, expected a kebab-case text like "my-method-toy"`;
    }
    if (Object.hasOwn(EXPERIMENTS, name) || Object.hasOwn(STUDIES, name) || seen.includes(name)) {
      return `the experiment's name "${name}" is taken; choose another`;
    }
    seen.push(name);
    if (one["plugin"] !== plugin) {
      return `experiment "${name}" is of plugin ${JSON.stringify(one["plugin"])}, expected "${plugin}"`;
    }
    const lacking = ["description", "dataset"].find((key) => typeof one[key] !== "string") ??
      (isRecord(one["settings"]) ? undefined : "settings");
    if (lacking !== undefined) return `experiment "${name}" lacks ${lacking}; add it`;
  }
  return undefined;
}

/**
 * Load a plugin from outside. Its code runs with all permissions of the process: Deno knows no narrower ones for a module.
 *
 * @param specifier Path of a module, or a module specifier such as `jsr:@scope/name`, `npm:name` or `https://...`; it
 *   exports `plugin`, and may export `experiments`.
 * @returns The plugin with its experiments.
 * @throws {ConfigError} If the module cannot be loaded, or what it exports does not fit; the message says what to change.
 */
export async function loadPlugin(specifier: string): Promise<OutsidePlugin> {
  const refuse = (reason: string, options?: ErrorOptions): never => {
    throw new ConfigError(`Cannot load plugin "${specifier}": ${reason}`, options);
  };
  const url = /^[\w+.-]+:/.test(specifier) ? specifier : new URL(specifier, `file://${Deno.cwd()}/`).href;
  let found: { readonly plugin?: unknown; readonly experiments?: unknown };
  try {
    found = await import(url);
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    return refuse(reason!.replace(/\.$/, ""), { cause });
  }
  const problem = pluginProblem(found.plugin, Object.keys(found));
  if (problem !== undefined) refuse(problem);
  const plugin = found.plugin as AnyPlugin;
  if (await takesName(plugin)) {
    refuse(`the name "${plugin.name}" is taken by another method of Morphogen; set plugin.name to another one`);
  }
  const { experiments = [] } = found;
  const wrong = experimentsProblem(experiments, plugin.name);
  if (wrong !== undefined) refuse(wrong);
  return { plugin, experiments: experiments as readonly Experiment[] };
}
