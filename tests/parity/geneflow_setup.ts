import { type HostArray, type LayerContext, type Params, rng } from "../../core/mod.ts";
import { disposeTree } from "../../core/tree.ts";
import type { EncoderSizes } from "../../plugins/geneflow/encoder/rna_encoder.ts";
import { fromStateDict } from "../../plugins/geneflow/state_dict.ts";
import type { Outcomes } from "./compare.ts";
import { type Fixture, setting, stateDict } from "./fixture.ts";
import { uploadTree } from "./tensors.ts";

/** No dropout. */
export const PLAIN: LayerContext = { train: false, rng: rng(0) };

/** Lend the parameters of a fixture to a check. */
export async function withParams(fixture: Fixture, check: (params: Params) => Promise<Outcomes>): Promise<Outcomes> {
  const params = uploadTree(fromStateDict(stateDict(fixture)));
  try {
    return await check(params);
  } finally {
    disposeTree(params);
  }
}

/** A switch that is on unless the fixture says otherwise. */
function isOn(fixture: Fixture, key: string): boolean {
  return fixture.config[key] !== false;
}

/** Switches of the encoder of a fixture. */
export function partsOf(
  fixture: Fixture,
): Omit<EncoderSizes, "cells" | "genes" | "hidden" | "output" | "rank" | "heads"> {
  return {
    geneScale: "softmax",
    concatMask: fixture.config["concat_mask"] === true,
    geneRelations: isOn(fixture, "use_gene_relations"),
    geneAttention: isOn(fixture, "use_gene_attention"),
    multiHead: isOn(fixture, "use_multi_head_attention"),
    featureGating: isOn(fixture, "use_feature_gating"),
    residualBlocks: isOn(fixture, "use_residual_blocks"),
    layerNorm: isOn(fixture, "use_layer_norm"),
    dropout: 0,
  };
}

/** Sizes of the encoder of a fixture; the results were made without dropout. */
export function encoderSizes(fixture: Fixture, cells: "single" | "multi"): EncoderSizes {
  return {
    ...partsOf(fixture),
    cells,
    genes: setting(fixture, "input_dim"),
    hidden: fixture.config["hidden_dims"] as readonly number[],
    output: setting(fixture, "output_dim"),
    rank: setting(fixture, "relation_rank"),
    heads: setting(fixture, cells === "single" ? "num_heads" : "num_aggregation_heads"),
  };
}

/** Images `[B, C, H, W]` with channels last, on the host. */
export function channelsLast({ data, shape }: HostArray): HostArray {
  const [images, channels, height, width] = shape as [number, number, number, number];
  const places = height * width;
  const values = Float32Array.from(data, (_, at) => {
    const [channel, place] = [at % channels, Math.floor(at / channels) % places];
    return data[(Math.floor(at / channels / places) * channels + channel) * places + place]!;
  });
  return { data: values, shape: [images, height, width, channels] };
}

/** Values of images `[B, H, W, C]` in the order of `[B, C, H, W]`. */
export function channelsFirst(values: ArrayLike<number>, channels: number, places: number): Float32Array {
  return Float32Array.from({ length: values.length }, (_, at) => {
    const [place, channel] = [at % places, Math.floor(at / places) % channels];
    return values[(Math.floor(at / places / channels) * places + place) * channels + channel]!;
  });
}
