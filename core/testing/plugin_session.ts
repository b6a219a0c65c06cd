import { freezeDeep, mergeConfig } from "../config/mod.ts";
import type { Data } from "../data.ts";
import { adamW } from "../optim/adamw.ts";
import { chain } from "../optim/chain.ts";
import { clipByGlobalNorm } from "../optim/clip.ts";
import { constantSchedule } from "../optim/schedule.ts";
import type { Model, Plugin, Prepared } from "../plugin.ts";
import { rng } from "../rng/stream.ts";
import { createTrainer, type Snapshot, type Trainer } from "../train.ts";
import { tinyTissue } from "./tissue.ts";

/** What a plugin is tried on. */
export interface PluginOptions {
  /**
   * Data that it can train on; small, since every check trains.
   *
   * @default {tinyTissue()}
   */
  readonly data?: Data;
  /** Keys of the configuration that differ from the defaults: small networks, few draws. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A plugin with what it is tried on. */
export interface PluginCase<Cfg> {
  /** The plugin. */
  readonly plugin: Plugin<Cfg>;
  /** The data. */
  readonly data: Data;
  /** The merged, frozen configuration. */
  readonly config: Cfg;
}

/**
 * Settle what a plugin is tried on.
 *
 * @param plugin The plugin.
 * @param options Data and configuration.
 * @returns Plugin, data and the merged, frozen configuration.
 * @throws {ConfigError} If the configuration has a key that the defaults have not, or a value of another type.
 */
export function pluginCase<Cfg>(
  plugin: Plugin<Cfg>,
  { data = tinyTissue(), config = {} }: PluginOptions,
): PluginCase<Cfg> {
  return { plugin, data, config: freezeDeep(mergeConfig(plugin.defaults, config, `the test of "${plugin.name}"`)) };
}

/**
 * Fit what the plugin prepares, and build its model.
 *
 * @param row Plugin, data and configuration.
 * @returns The model; the caller disposes it.
 */
export async function modelOf<Cfg>({ plugin, data, config }: PluginCase<Cfg>): Promise<Model> {
  const prepared: Prepared = await plugin.prepare?.(config, data, rng(7).fold("prepare"), () => {}) ?? {};
  return plugin.build(config, data.spec, prepared);
}

/**
 * Start training as an experiment does.
 *
 * @param model The model; borrowed.
 * @param data Its data.
 * @param seed Seed of all streams.
 * @param from Snapshot to go on from.
 * @returns The trainer; the caller disposes it.
 */
export async function trainerOf(model: Model, data: Data, seed: number, from?: Snapshot): Promise<Trainer> {
  const root = rng(seed);
  return createTrainer({
    trainable: model.trainable,
    batches: await model.batches(data, root.fold("data")),
    optimizer: chain(clipByGlobalNorm(1), adamW({ schedule: constantSchedule(1e-3), weightDecay: 1e-5 })),
    rng: root,
    ema: 0.9,
    ...(from === undefined ? {} : { from }),
  });
}

/**
 * Run a piece of work on a model, and free the model.
 *
 * @param row Plugin, data and configuration.
 * @param work The work; it frees what it makes.
 */
export async function withModel<Cfg>(row: PluginCase<Cfg>, work: (model: Model) => Promise<void>): Promise<void> {
  const model = await modelOf(row);
  try {
    await work(model);
  } finally {
    model[Symbol.dispose]?.();
  }
}
