import {
  type AnyPlugin,
  applyOverrides,
  ConfigError,
  freezeDeep,
  mergeConfig,
  readConfigFile,
  unknownName,
} from "../core/mod.ts";
import type { AnyDataset } from "../datasets/mod.ts";
import { DATASETS } from "../datasets/registry.ts";
import { PLUGINS } from "../plugins/registry.ts";
import type { ExperimentArguments } from "./arguments.ts";
import { checkShared } from "./check_settings.ts";
import { type Experiment, type Settings, type SettingsPatch, TRAIN_DEFAULTS } from "./experiment.ts";

/** The part of the command line that decides the configuration. */
export type ConfigArguments = Pick<ExperimentArguments, "set" | "config" | "data" | "seed" | "steps">;

/** An experiment with everything settled. */
export interface Resolved {
  /** The experiment. */
  readonly experiment: Experiment;
  /** The merged, frozen configuration. */
  readonly settings: Settings;
  /** What the user brings as data: `--data`, or else `data` of the configuration file. */
  readonly location?: string;
  /** The plugin. */
  readonly plugin: AnyPlugin;
  /** The data set. */
  readonly dataset: AnyDataset;
}

/** Seed of the authors' programs. */
const DEFAULT_SEED = 2025;

interface Names {
  readonly preset: string;
  readonly dataset: string;
  readonly plugin: string;
}

function textAt(source: unknown, path: string): string | undefined {
  let node = source;
  for (const key of path.split(".")) {
    if (typeof node !== "object" || node === null) return undefined;
    node = (node as Readonly<Record<string, unknown>>)[key];
  }
  return typeof node === "string" ? node : undefined;
}

/** Text as an override means it: a JSON string without its quotes, anything else as it stands. */
function unquoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : text;
  } catch {
    return text;
  }
}

function lastSet(set: readonly string[], path: string): string | undefined {
  const own = set.filter((text) => text.includes("=") && text.slice(0, text.indexOf("=")).trim() === path).at(-1);
  return own === undefined ? undefined : unquoted(own.slice(own.indexOf("=") + 1));
}

/**
 * Name the data set that an experiment uses unless told otherwise.
 *
 * @param experiment The experiment.
 * @param location What the user brings as data.
 * @returns Name of the data set.
 */
export function ownDataset({ dataset, userDataset }: Experiment, location: string | undefined): string {
  return location === undefined ? dataset : userDataset ?? dataset;
}

/** A configuration file: some keys of the settings, and `data` beside them, as in the `config.json` of a run. */
interface ConfigFile {
  readonly patch: unknown;
  readonly location?: string;
}

async function readFile(path: string): Promise<ConfigFile> {
  const { data = "", ...patch } = await readConfigFile(path);
  if (typeof data !== "string") {
    throw new ConfigError(
      `Cannot apply ${path}: key "data": expected text like "cells.zarr", got ${JSON.stringify(data)}`,
    );
  }
  return { patch, ...(data === "" ? {} : { location: data }) };
}

async function load<T>(kind: string, table: Readonly<Record<string, () => Promise<T>>>, name: string): Promise<T> {
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry === undefined) throw unknownName(kind, name, Object.keys(table));
  return await entry();
}

function layered(base: Settings, patch: SettingsPatch, experiment: Experiment, names: Names, source: string): Settings {
  const { dataset, plugin, ...rest } = patch;
  return mergeConfig(base, {
    ...rest,
    ...(dataset === undefined || names.dataset !== experiment.dataset ? {} : { dataset: { config: dataset } }),
    ...(plugin === undefined || names.plugin !== experiment.plugin ? {} : { plugin: { config: plugin } }),
  }, source);
}

/** Names decide which defaults apply, so a name that came in by another way than its own key is refused. */
function requireNames({ preset, dataset, plugin }: Settings, names: Names): void {
  const pairs = [["preset", preset, names.preset], ["dataset.name", dataset.name, names.dataset]] as const;
  for (const [path, got, used] of [...pairs, ["plugin.name", plugin.name, names.plugin] as const]) {
    if (got === used) continue;
    throw new ConfigError(`Cannot apply ${path} "${got}": "${used}" is in use; set ${path}=${got} by itself`);
  }
}

/**
 * Merge defaults, experiment, preset, file and overrides into one configuration.
 *
 * @param experiment The experiment.
 * @param args Command line.
 * @param outside A plugin from outside, in place of the registry's.
 * @returns Plugin, data set and the frozen settings.
 * @throws {ConfigError} If a name, key, type or value is wrong; all violated constraints are named.
 */
export async function resolve(experiment: Experiment, args: ConfigArguments, outside?: AnyPlugin): Promise<Resolved> {
  const file = args.config === undefined ? undefined : await readFile(args.config);
  const location = args.data ?? file?.location;
  const said = (path: string): string | undefined => lastSet(args.set, path) ?? textAt(file?.patch, path);
  const names: Names = {
    preset: said("preset") ?? experiment.preset ?? "",
    dataset: said("dataset.name") ?? ownDataset(experiment, location),
    plugin: outside?.name ?? said("plugin.name") ?? experiment.plugin,
  };
  const plugin = outside ?? await load("plugin", PLUGINS, names.plugin);
  const dataset = await load("data set", DATASETS, names.dataset);
  const presets = experiment.presets ?? {};
  if (names.preset !== "" && !Object.hasOwn(presets, names.preset)) {
    throw unknownName("preset", names.preset, Object.keys(presets));
  }
  const base: Settings = {
    preset: names.preset,
    dataset: { name: names.dataset, config: dataset.defaults },
    plugin: { name: names.plugin, config: plugin.defaults },
    train: TRAIN_DEFAULTS,
    evaluate: { repeats: 1 },
    seed: DEFAULT_SEED,
  };
  let settings = layered(base, experiment.settings, experiment, names, `experiment "${experiment.name}"`);
  if (names.preset !== "") {
    settings = layered(settings, presets[names.preset]!, experiment, names, `preset "${names.preset}"`);
  }
  if (file !== undefined) settings = mergeConfig(settings, file.patch, args.config!, base);
  settings = applyOverrides(settings, args.set, base);
  requireNames(settings, names);
  if (args.seed !== undefined) settings = { ...settings, seed: args.seed };
  if (args.steps !== undefined) settings = { ...settings, train: { ...settings.train, steps: args.steps } };
  const problems = [
    ...checkShared(settings),
    ...dataset.check(settings.dataset.config),
    ...plugin.check(settings.plugin.config),
  ];
  if (problems.length > 0) throw new ConfigError(`Cannot use this configuration: ${problems.join("; ")}`);
  const data = location === undefined ? {} : { location };
  return { experiment, settings: freezeDeep(settings), ...data, plugin, dataset };
}
