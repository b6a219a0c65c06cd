/** A plugin as a user would bring it: flow matching whose evaluation fails as long as a file is there. */
import type { AnyPlugin, DataSpec, Metric, Model, Plugin, Samples, Trained } from "../../core/mod.ts";
import { type CfmConfig, plugin as cfm } from "../../plugins/cfm/mod.ts";

/** Configuration of flow matching, and the file. */
interface OutsideConfig extends CfmConfig {
  /** While this file exists, evaluation fails. */
  readonly obstacle: string;
}

const outside: Plugin<OutsideConfig> = {
  ...cfm,
  name: "outside",
  defaults: { ...cfm.defaults, obstacle: "" },
  build(config: OutsideConfig, spec: DataSpec): Model {
    const model = cfm.build(config, spec);
    return {
      ...model,
      evaluate(trained: Trained, samples: Samples): Promise<readonly Metric[]> {
        try {
          Deno.statSync(config.obstacle);
        } catch {
          return model.evaluate(trained, samples);
        }
        throw new Error("evaluation failed");
      },
    };
  },
};

/** The plugin, under the name that `--plugin` looks for. */
export const plugin: AnyPlugin = outside as AnyPlugin;
