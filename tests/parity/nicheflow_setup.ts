import type { Cond, DataSpec, HostArray, Params, Tensor } from "../../core/mod.ts";
import { hostArray, takeRows } from "../../core/mod.ts";
import { disposeTree } from "../../core/tree.ts";
import { NICHEFLOW_DEFAULTS, type NicheFlowConfig } from "../../plugins/nicheflow/config.ts";
import { type NicheMethod, nicheMethod } from "../../plugins/nicheflow/method.ts";
import type { NicheCond } from "../../plugins/nicheflow/niche.ts";
import { fromStateDict } from "../../plugins/nicheflow/state_dict.ts";
import type { TransformerSizes } from "../../plugins/nicheflow/transformer.ts";
import type { Outcomes } from "./compare.ts";
import { type Fixture, floats, setting, stateDict } from "./fixture.ts";
import { upload, uploadTree } from "./tensors.ts";

/** What of the method's objective a check sets itself. */
export type Objective = Partial<NicheFlowConfig["objective"]>;

/** Sizes of the transformer of a fixture; the results were made without dropout. */
export function transformerSizes(fixture: Fixture): TransformerSizes {
  return {
    features: setting(fixture, "pca_dim"),
    coordinates: setting(fixture, "coord_dim"),
    times: setting(fixture, "ohe_dim"),
    embed: setting(fixture, "embed_dim"),
    feedForward: setting(fixture, "ff_hidden_dim"),
    heads: setting(fixture, "num_heads"),
    encoders: setting(fixture, "num_encoder_layers"),
    decoders: setting(fixture, "num_decoder_layers"),
    dropout: 0,
  };
}

function specOf(fixture: Fixture): DataSpec {
  const times = Array.from({ length: setting(fixture, "ohe_dim") }, (_, i) => ({ name: `${i}`, value: i, unit: "" }));
  return {
    name: fixture.name,
    parts: {
      x: { shape: [setting(fixture, "pca_dim")], unit: "sd" },
      pos: { shape: [setting(fixture, "coord_dim")], unit: "sd" },
    },
    times,
    labels: {},
  };
}

/** The flow around the transformer of a fixture. */
export function transformerMethod(fixture: Fixture, objective: Objective): NicheMethod {
  const config: NicheFlowConfig = {
    ...NICHEFLOW_DEFAULTS,
    objective: { ...NICHEFLOW_DEFAULTS.objective, ...objective },
    network: { ...NICHEFLOW_DEFAULTS.network, ...transformerSizes(fixture) },
  };
  return nicheMethod(config, specOf(fixture));
}

/** The flow around the single-point network of a fixture. */
export function singlePointMethod(fixture: Fixture, objective: Objective): NicheMethod {
  if (fixture.config["use_layer_norm"] !== true) throw new TypeError("Cannot build SPFlow without its layer norm");
  const config: NicheFlowConfig = {
    ...NICHEFLOW_DEFAULTS,
    model: "spflow",
    objective: { ...NICHEFLOW_DEFAULTS.objective, ...objective },
    network: {
      ...NICHEFLOW_DEFAULTS.network,
      hidden: setting(fixture, "hidden_dim"),
      timeDim: setting(fixture, "time_emb_dim"),
    },
  };
  return nicheMethod(config, specOf(fixture));
}

/** Lend the parameters of a fixture to a check. */
export async function withParams(
  fixture: Fixture,
  check: (params: Params) => Promise<Outcomes>,
): Promise<Outcomes> {
  const params = uploadTree(fromStateDict(stateDict(fixture)));
  try {
    return await check(params);
  } finally {
    disposeTree(params);
  }
}

/** Values of the first point of each set: `[B, N, S]` to `[B, S]`; the one-hots are equal on all points. */
function firstPoint({ data, shape }: HostArray): HostArray {
  const [sets, points, width] = shape as [number, number, number];
  const rows = hostArray(data, [sets * points, width]);
  return takeRows(rows, Array.from({ length: sets }, (_, set) => set * points));
}

/** Names of the tensors that condition the flow. */
export interface CondNames {
  readonly sourceX: string;
  readonly sourcePos: string;
  readonly sourceTime: string;
  readonly targetTime: string;
}

/** Upload the conditioning of a fixture; the caller owns it. */
export function condOf(fixture: Fixture, names: CondNames, more: Cond = {}): NicheCond {
  const oneHot = (name: string): Tensor => upload(firstPoint(floats(fixture, name)));
  return {
    sourceX: upload(floats(fixture, names.sourceX)),
    sourcePos: upload(floats(fixture, names.sourcePos)),
    sourceTime: oneHot(names.sourceTime),
    targetTime: oneHot(names.targetTime),
    ...more,
  };
}
