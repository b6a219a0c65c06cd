import { type AnyPlugin, unknownName } from "../core/mod.ts";
import type { Experiment, Study } from "./experiment.ts";
import type { OutsidePlugin } from "./load_plugin.ts";
import { EXPERIMENTS, STUDIES } from "./registry.ts";

/** An experiment or study, and what came with it from outside. */
export interface Found {
  /** The experiment, if the name is that of one. */
  readonly experiment: Experiment | undefined;
  /** The study, if the name is that of one. */
  readonly study: Study | undefined;
  /** The plugin from outside, if one was asked for. */
  readonly plugin: AnyPlugin | undefined;
}

/**
 * Find an experiment or study.
 *
 * @param name Its name.
 * @param outside A plugin from outside, which may bring experiments.
 * @returns One of the two; an experiment from outside goes before one of the same name here.
 * @throws {ConfigError} If there is none of this name.
 */
export async function findNamed(name: string, outside: OutsidePlugin | undefined): Promise<Found> {
  const brought = outside?.experiments ?? [];
  const own = Object.hasOwn(EXPERIMENTS, name) ? await EXPERIMENTS[name]!() : undefined;
  const experiment = brought.find((one) => one.name === name) ?? own;
  const study = Object.hasOwn(STUDIES, name) ? await STUDIES[name]!() : undefined;
  if (experiment === undefined && study === undefined) {
    const known = [...brought.map((one) => one.name), ...Object.keys(EXPERIMENTS), ...Object.keys(STUDIES)];
    throw unknownName("experiment", name, known);
  }
  return { experiment, study, plugin: outside?.plugin };
}
