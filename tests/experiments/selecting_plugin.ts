/** A plugin as a user would bring it: flow matching that scores its parameters whenever they are saved. */
import type { AnyPlugin, DataSpec, Model, Plugin } from "../../core/mod.ts";
import { type CfmConfig, plugin as cfm } from "../../plugins/cfm/mod.ts";

/** Scores in the order in which they are asked for; later ones are the last. */
const SCORES = [0.1, 0.9, 0.5];

const selecting: Plugin<CfmConfig> = {
  ...cfm,
  name: "selecting",
  build(config: CfmConfig, spec: DataSpec): Model {
    let asked = 0;
    return {
      ...cfm.build(config, spec),
      select: () => Promise.resolve(SCORES[Math.min(asked++, SCORES.length - 1)]!),
    };
  },
};

/** The plugin, under the name that `--plugin` looks for. */
export const plugin: AnyPlugin = selecting as AnyPlugin;
