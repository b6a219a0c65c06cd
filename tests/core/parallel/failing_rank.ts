/** Flow matching whose rank 1 fails at the step that `MORPHOGEN_TEST_FAILURE` names, as `throw:STEP` or `kill:STEP`. */
import type { AnyPlugin, Batches, Data, DataSpec, Model, Plugin, Rng } from "../../../core/mod.ts";
import { type CfmConfig, plugin as cfm } from "../../../plugins/cfm/mod.ts";

function fail(how: string | undefined): never {
  if (how === "kill") Deno.kill(Deno.pid, "SIGKILL");
  throw new RangeError("Cannot read a batch: expected one, got none");
}

const failing: Plugin<CfmConfig> = {
  ...cfm,
  build(config: CfmConfig, spec: DataSpec): Model {
    const model = cfm.build(config, spec);
    const [how, at] = (Deno.env.get("MORPHOGEN_TEST_FAILURE") ?? "").split(":");
    const rank = Deno.env.get("OMPI_COMM_WORLD_RANK") ?? Deno.env.get("PMI_RANK");
    return {
      ...model,
      async batches(data: Data, rng: Rng): Promise<Batches<Disposable>> {
        const batches = await model.batches(data, rng);
        return { at: (step) => rank === "1" && step === Number(at) && step > 0 ? fail(how) : batches.at(step) };
      },
    };
  },
};

/** The plugin, under the name that `--plugin` looks for. */
export const plugin: AnyPlugin = failing as AnyPlugin;
