import type { Rng } from "../rng/mod.ts";
import { relu, silu, type Tensor } from "../tensor/mod.ts";
import type { Params } from "../tree.ts";
import { dropout } from "./dropout.ts";
import { applyLayerNorm, applyLinear, layerNormParams, linearParams } from "./layers.ts";
import type { ApplyContext } from "./mod.ts";

/** What a layer knows besides its input: whether the network trains, and the stream for dropout. */
export type LayerContext = Pick<ApplyContext, "train" | "rng">;

/** A network, or a part of one, that makes one tensor of another. */
export interface Layer {
  /**
   * Create fresh parameters.
   *
   * @param rng Stream for the initializers.
   * @returns New tensors; an empty record if there is nothing to train.
   */
  init(rng: Rng): Params;
  /**
   * Evaluate the layer.
   *
   * @param params Its parameters.
   * @param x Input.
   * @param ctx Training flag and stream.
   * @returns Output.
   */
  apply(params: Params, x: Tensor, ctx: LayerContext): Tensor;
}

/** Parameters of a part by its name; those of a part without any are absent. */
export type Named = Readonly<Record<string, Params>>;

const NOTHING: Named = {};

/** An affine map of the last axis with PyTorch's default start. */
export function linearLayer(inputs: number, outputs: number): Layer {
  return {
    init: (rng: Rng): Params => linearParams(rng, inputs, outputs),
    apply: (params: Params, x: Tensor): Tensor => applyLinear({ layer: params }, "layer", x),
  };
}

/** Layer norm of the last axis. */
export function layerNormLayer(width: number): Layer {
  return {
    init: (): Params => layerNormParams(width),
    apply: (params: Params, x: Tensor): Tensor => applyLayerNorm({ layer: params }, "layer", x),
  };
}

/** What comes in. */
export const IDENTITY: Layer = Object.freeze({
  init: (): Params => NOTHING,
  apply: (_: Params, x: Tensor): Tensor => x,
});

/** max(x, 0). */
export const RELU: Layer = Object.freeze({
  init: (): Params => NOTHING,
  apply: (_: Params, x: Tensor): Tensor => relu(x),
});

/** Sigmoid-weighted linear unit. */
export const SILU: Layer = Object.freeze({
  init: (): Params => NOTHING,
  apply: (_: Params, x: Tensor): Tensor => silu(x),
});

/** Dropout with a stream of its own. */
export function dropoutLayer(probability: number): Layer {
  return {
    init: (): Params => NOTHING,
    apply: (_: Params, x: Tensor, ctx: LayerContext): Tensor => dropout(x, probability, ctx),
  };
}

/** Parameters of parts by name, without those that have none. */
export function initNamed(parts: Readonly<Record<string, Pick<Layer, "init">>>, rng: Rng): Named {
  const made = Object.entries(parts).map(([name, part]) => [name, part.init(rng.fold(name))] as const);
  const kept = made.filter(([, params]) => params !== NOTHING);
  return kept.length === 0 ? NOTHING : Object.fromEntries(kept);
}

/** Parameters of one part. */
export function paramsOf(params: Params, name: string | number): Params {
  return (params as Named)[name] ?? NOTHING;
}

/** The context of one part: the same, with a stream of its own. */
export function within({ train, rng }: LayerContext, name: string | number): LayerContext {
  return { train, rng: rng.fold(name) };
}

/**
 * Layers one after the other; parameters lie under their numbers, as in PyTorch's `Sequential`.
 *
 * @param layers The layers in order.
 * @returns One layer.
 */
export function sequential(layers: readonly Layer[]): Layer {
  return {
    init: (rng: Rng): Params => initNamed(Object.fromEntries(layers.entries()), rng),
    apply: (params: Params, x: Tensor, ctx: LayerContext): Tensor =>
      layers.reduce((h, layer, i) => layer.apply(paramsOf(params, i), h, within(ctx, i)), x),
  };
}
