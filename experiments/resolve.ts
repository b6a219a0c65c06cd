import { applyOverrides, ConfigError, freezeDeep, mergeConfig } from "../core/mod.ts";
import type { AnyPlugin } from "../core/mod.ts";
import { readConfigFile, unknownName } from "../core/config/mod.ts";
import type { AnyDataset } from "../datasets/mod.ts";
import { DATASETS } from "../datasets/registry.ts";
import { PLUGINS } from "../plugins/registry.ts";
import type { ExperimentArguments } from "./arguments.ts";
import { type Experiment, type Settings, type SettingsPatch, TRAIN_DEFAULTS } from "./experiment.ts";

/** The part of the command line that decides the configuration. */
export type ConfigArguments = Pick<ExperimentArguments, "set" | "config" | "data" | "seed" | "steps">;

/** An experiment with everything settled. */
export interface Resolved {
  /** The experiment. */
  readonly experiment: Experiment;
  /** The merged, frozen configuration. */
  readonly settings: Settings;
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

function textAt(source: unknown, path: readonly string[]): string | undefined {
  let node = source;
  for (const key of path) {
    if (typeof node !== "object" || node === null) return undefined;
    node = (node as Readonly<Record<string, unknown>>)[key];
  }
  return typeof node === "string" ? node : undefined;
}

/** Names decide which defaults apply, so they are read before anything is merged; the last one said wins. */
function chosenNames(experiment: Experiment, args: ConfigArguments, file: unknown): Names {
  const said = (path: string): string | undefined =>
    args.set.filter((text) => text.startsWith(`${path}=`)).map((text) => text.slice(path.length + 1)).at(-1) ??
      textAt(file, path.split("."));
  const own = args.data === undefined ? experiment.dataset : experiment.userDataset ?? experiment.dataset;
  return {
    preset: said("preset") ?? experiment.preset ?? "",
    dataset: said("dataset.name") ?? own,
    plugin: said("plugin.name") ?? experiment.plugin,
  };
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

/** Constraints on the settings that all experiments share. */
function checkShared({ train, evaluate, seed }: Settings): readonly string[] {
  const whole = (name: string, value: number, least: number): string =>
    Number.isInteger(value) && value >= least
      ? ""
      : `${name} is ${value}, expected a whole number of at least ${least}`;
  return [
    whole("train.steps", train.steps, 1),
    whole("train.warmup", train.warmup, 0),
    whole("train.accumulate", train.accumulate, 1),
    whole("train.checkpointEvery", train.checkpointEvery, 1),
    whole("train.logEvery", train.logEvery, 1),
    whole("evaluate.repeats", evaluate.repeats, 1),
    whole("seed", seed, 0),
    train.lr > 0 ? "" : `train.lr is ${train.lr}, expected a positive number`,
    train.clipNorm >= 0 ? "" : `train.clipNorm is ${train.clipNorm}, expected 0 (off) or a positive number`,
    train.weightDecay >= 0 ? "" : `train.weightDecay is ${train.weightDecay}, expected at least 0`,
    train.ema >= 0 && train.ema < 1 ? "" : `train.ema is ${train.ema}, expected 0 (off) or more and less than 1`,
    ["constant", "cosine"].includes(train.schedule)
      ? ""
      : `train.schedule is "${train.schedule}", expected constant or cosine`,
  ].filter((message) => message !== "");
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
  const file = args.config === undefined ? undefined : await readConfigFile(args.config);
  const names = chosenNames(experiment, args, file);
  const plugin = outside ?? await load("plugin", PLUGINS, names.plugin);
  const dataset = await load("data set", DATASETS, names.dataset);
  const presets = experiment.presets ?? {};
  if (names.preset !== "" && !Object.hasOwn(presets, names.preset)) {
    throw unknownName("preset", names.preset, Object.keys(presets));
  }
  const base: Settings = {
    preset: names.preset,
    dataset: { name: names.dataset, config: dataset.defaults },
    plugin: { name: plugin.name, config: plugin.defaults },
    train: TRAIN_DEFAULTS,
    evaluate: { repeats: 1 },
    seed: DEFAULT_SEED,
  };
  let settings = layered(base, experiment.settings, experiment, names, `experiment "${experiment.name}"`);
  if (names.preset !== "") {
    settings = layered(settings, presets[names.preset]!, experiment, names, `preset "${names.preset}"`);
  }
  if (file !== undefined) settings = mergeConfig(settings, file, args.config!, base);
  settings = applyOverrides(settings, args.set, base);
  if (args.seed !== undefined) settings = { ...settings, seed: args.seed };
  if (args.steps !== undefined) settings = { ...settings, train: { ...settings.train, steps: args.steps } };
  const problems = [
    ...checkShared(settings),
    ...dataset.check(settings.dataset.config),
    ...plugin.check(settings.plugin.config),
  ];
  if (problems.length > 0) throw new ConfigError(`Cannot use this configuration: ${problems.join("; ")}`);
  return { experiment, settings: freezeDeep(settings), plugin, dataset };
}
