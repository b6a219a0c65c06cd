import {
  add,
  applyCellMlp,
  cellMlpParams,
  type CellMlpSizes,
  expandLike,
  initNamed,
  type LayerContext,
  linearLayer,
  mul,
  type Params,
  paramsOf,
  type Rng,
  sequential,
  SILU,
  type Tensor,
  timeFeatures,
  unetTrunk,
  type UNetTrunkSizes,
  within,
} from "../../core/mod.ts";

/** What a velocity depends on besides the state. */
export interface VelocityInput {
  /** Path times, `[B]`. */
  readonly t: Tensor;
  /** Condition, `[B, E]`. */
  readonly condition: Tensor;
  /** 0 where the condition is dropped: then nothing is added, as in the released program. `[B]`. */
  readonly keep: Tensor;
}

/** A network of velocities. */
export interface VelocityNetwork {
  /**
   * Create fresh parameters.
   *
   * @param rng Stream for the initializers.
   * @returns New tensors.
   */
  init(rng: Rng): Params;
  /**
   * Evaluate the network.
   *
   * @param params Parameters.
   * @param x State, `[B, ...]`.
   * @param input Times and condition.
   * @param ctx Training flag and stream.
   * @returns Velocity, of the state's shape.
   */
  apply(params: Params, x: Tensor, input: VelocityInput, ctx: LayerContext): Tensor;
}

/** The condition as it enters, where it is kept. */
function injected(
  layer: ReturnType<typeof linearLayer>,
  params: Params,
  input: VelocityInput,
  ctx: LayerContext,
): Tensor {
  const vectors = layer.apply(paramsOf(params, "mol_embed_transform"), input.condition, ctx);
  return mul(vectors, expandLike(input.keep, vectors));
}

/** Form of a U-Net of velocities; its embedding is four times as wide as its first level. */
export type ImageVelocitySizes = Omit<UNetTrunkSizes, "embedding"> & {
  /** Width of the condition (E). */
  readonly condition: number;
};

/**
 * The U-Net of section 4.7: the condition, mapped linearly, is added to the embedding of the time.
 *
 * @param sizes Form.
 * @returns The network on images, with the names of the released program.
 */
export function imageVelocity(sizes: ImageVelocitySizes): VelocityNetwork {
  const width = 4 * sizes.base;
  const trunk = unetTrunk({ ...sizes, embedding: width });
  const time = sequential([linearLayer(sizes.base, width), SILU, linearLayer(width, width)]);
  const condition = linearLayer(sizes.condition, width);
  const parts = { mol_embed_transform: condition, time_embed: time, ...trunk.parts };
  return Object.freeze({
    init: (rng: Rng): Params => initNamed(parts, rng),
    apply(params: Params, x: Tensor, input: VelocityInput, ctx: LayerContext): Tensor {
      const moment = time.apply(paramsOf(params, "time_embed"), timeFeatures(input.t, sizes.base), ctx);
      return trunk.trace(params, x, add(moment, injected(condition, params, input, ctx)), within(ctx, "unet")).output;
    },
  });
}

/** Form of a multilayer perceptron of velocities. */
export interface LatentVelocitySizes {
  /** Entries of a state (C). */
  readonly features: number;
  /** Hidden width. */
  readonly hidden: number;
  /** Hidden layers. */
  readonly layers: number;
  /** Width of the condition (E). */
  readonly condition: number;
}

/** Width of the time features, and of the condition as it enters. */
const CONTEXT = 64;
/** Periods of the time features reach from the unit of path time down to a thousandth. */
const TIME_SCALE = 1000;

/**
 * A multilayer perceptron for latent states: time and condition are joined to the state.
 *
 * @param sizes Form.
 * @returns The network on `[B, C]`; its velocity starts at 0.
 */
export function latentVelocity({ features, hidden, layers, condition: width }: LatentVelocitySizes): VelocityNetwork {
  const mlp = {
    features,
    hidden,
    layers,
    context: 2 * CONTEXT,
    heads: { velocity: features },
    zeroHeads: ["velocity"],
    skip: true,
  } satisfies CellMlpSizes;
  const condition = linearLayer(width, CONTEXT);
  const parts = {
    mol_embed_transform: condition,
    mlp: { init: (rng: Rng): Params => cellMlpParams(rng, mlp) },
  };
  return Object.freeze({
    init: (rng: Rng): Params => initNamed(parts, rng),
    apply(params: Params, x: Tensor, input: VelocityInput, ctx: LayerContext): Tensor {
      const context = [timeFeatures(mul(input.t, TIME_SCALE), CONTEXT), injected(condition, params, input, ctx)];
      return applyCellMlp(paramsOf(params, "mlp"), mlp, x, context).velocity;
    },
  });
}
