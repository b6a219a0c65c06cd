import {
  type ApplyContext,
  type HostArray,
  hostArray,
  localFrames,
  type Params,
  rng,
  type Tensor,
} from "../../core/mod.ts";
import { type SpotTransformer, spotTransformer, type SpotTransformerSizes } from "../../plugins/stflow/network.ts";
import type { Expression, Region, SpotCond } from "../../plugins/stflow/slide.ts";
import { type Fixture, setting } from "./fixture.ts";

/** No dropout. */
export const PLAIN: ApplyContext<Expression> = { train: false, rng: rng(0) };

/** Sizes of the network of a fixture; the results were made without dropout. */
export function sizesOf(fixture: Fixture): SpotTransformerSizes {
  return {
    genes: setting(fixture, "n_genes"),
    features: setting(fixture, "feature_dim"),
    width: setting(fixture, "hidden_dim"),
    pairWidth: setting(fixture, "pairwise_hidden_dim"),
    heads: setting(fixture, "n_heads"),
    layers: setting(fixture, "n_layers"),
    dropout: 0,
  };
}

/** A region of spots at given places. */
export function regionAt(coords: HostArray, k: number): Region {
  const spots = coords.shape[0]!;
  return { spots, frames: localFrames(coords, Math.min(k, spots - 1)) };
}

/** Rows of a batch of one. */
export function onlyRow({ data, shape }: HostArray): HostArray {
  return hostArray(data, shape.slice(1));
}

/** The prediction of a network; made within tidy. */
export function predictOnce(
  backbone: SpotTransformer,
  params: Params,
  y: Tensor,
  t: Tensor,
  cond: SpotCond,
): Tensor {
  return backbone.apply(params, { y }, t, backbone.encode!(params, cond, PLAIN), PLAIN).y;
}

/** The network of a fixture. */
export function networkOf(fixture: Fixture): SpotTransformer {
  return spotTransformer(sizesOf(fixture));
}
