import { type HostArray, type Params, rng, type Tensor } from "../../core/mod.ts";
import { disposeTree } from "../../core/tree.ts";
import type { ConditionerSizes } from "../../plugins/spatia/conditioner.ts";
import { fromStateDict } from "../../plugins/spatia/state_dict.ts";
import { imageVelocity, type VelocityNetwork } from "../../plugins/spatia/velocity.ts";
import type { Outcomes } from "./compare.ts";
import { type Fixture, floats, integers, setting, stateDict } from "./fixture.ts";
import { channelsLast } from "./geneflow_setup.ts";
import { upload, uploadTree } from "./tensors.ts";

/** No dropout. */
export const PLAIN = { train: false, rng: rng(0) } as const;

/** Lend the parameters of a fixture to a check. */
export async function withParams(fixture: Fixture, check: (params: Params) => Promise<Outcomes>): Promise<Outcomes> {
  const params = uploadTree(fromStateDict(stateDict(fixture)));
  try {
    return await check(params);
  } finally {
    disposeTree(params);
  }
}

/** Images of a fixture on the device, channels last. */
export function images(fixture: Fixture, name: string): Tensor {
  return upload(channelsLast(floats(fixture, name)));
}

/** Transitions of a fixture as rows of weights. */
export function transitionRows(fixture: Fixture, count: number): HostArray {
  const ids = integers(fixture, "in/transition_ids");
  const data = new Float32Array(ids.length * count);
  ids.forEach((id, row) => data[row * count + id] = 1);
  return { data, shape: [ids.length, count] };
}

/** Settings of a conditioner, by their names in the program. */
type ConditionerConfig = Readonly<Record<string, number>>;

/** Sizes of the conditioner of a fixture; the results were made without dropout. */
export function conditionerSizes(config: ConditionerConfig): ConditionerSizes {
  return {
    transitions: config["num_transitions"]!,
    width: config["embed_dim"]!,
    expression: config["dim_g"]!,
    morphology: config["dim_m"]!,
    control: config["ctrl_embed_dim"]!,
    dropout: 0,
  };
}

/** The U-Net of a fixture; the results were made without dropout. */
export function velocityNetwork(fixture: Fixture): VelocityNetwork {
  return imageVelocity({
    channels: setting(fixture, "in_channels"),
    base: setting(fixture, "model_channels"),
    multipliers: fixture.config["channel_mult"] as readonly number[],
    blocks: setting(fixture, "num_res_blocks"),
    attentionAt: fixture.config["attention_resolutions"] as readonly number[],
    headChannels: Infinity,
    resampling: "plain",
    injection: fixture.config["use_scale_shift_norm"] === true ? "scale-shift" : "add",
    dropout: 0,
    leastGroup: 1,
    recompute: false,
    condition: setting(fixture, "condition_dim"),
  });
}
