import {
  add,
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
  type UNetShape,
  unetTrunk,
  type UNetTrunkTrace,
} from "../../../core/mod.ts";

/** Form and settings of the U-Net. */
export interface UNetSizes extends Omit<UNetShape, "resampling"> {
  /** Width of the condition (E). */
  readonly condition: number;
  /** Probability of dropping a value in a residual block. */
  readonly dropout: number;
  /** Factor of the time before its cosines and sines; 1 is the release's, 1000 that of most diffusion networks. */
  readonly timeScale: number;
  /** Whether the derivative computes each entry again instead of keeping what it computed: less memory, more time. */
  readonly recompute: boolean;
}

/** What one evaluation computes on the way. */
export interface UNetTrace extends UNetTrunkTrace {
  /** Cosines, then sines, of the time, `[B, d]`. */
  readonly time: Tensor;
  /** Embedding of time and condition, `[B, 4 d]`. */
  readonly embedding: Tensor;
}

/** A U-Net conditioned on a vector. */
export interface UNet {
  /**
   * Create fresh parameters; the result is exactly 0 with them.
   *
   * @param rng Stream for the initializers.
   * @returns New tensors, under the names of the released program.
   */
  init(rng: Rng): Params;
  /**
   * Evaluate the network.
   *
   * @param params Parameters.
   * @param images Images, `[B, H, W, C]`; sides divide by 2 as often as there are levels after the first.
   * @param t Path times, `[B]`.
   * @param condition Condition, `[B, E]`.
   * @param ctx Training flag and stream.
   * @returns The result and what led to it.
   * @throws {TypeError} If the images have other channels or sides that do not divide.
   */
  trace(params: Params, images: Tensor, t: Tensor, condition: Tensor, ctx: LayerContext): UNetTrace;
}

/**
 * The U-Net of GeneFlow (section 3.3; where paper and released program differ, the program): residual blocks with scale and
 * shift by the embedding of time and condition, attention in the middle.
 *
 * @param sizes Form and settings.
 * @returns The network; 42.06 million parameters at base 128.
 */
export function unet(sizes: UNetSizes): UNet {
  const { base, condition } = sizes;
  const width = 4 * base;
  const trunk = unetTrunk({
    ...sizes,
    resampling: "residual",
    embedding: width,
    injection: "scale-shift",
    leastGroup: 1,
  });
  const time = sequential([linearLayer(base, width), SILU, linearLayer(width, width)]);
  const given = sequential([linearLayer(condition, width), SILU, linearLayer(width, width)]);
  const parts = { time_embed: time, rna_proj: given, ...trunk.parts };
  return Object.freeze({
    init: (rng: Rng): Params => initNamed(parts, rng),
    trace(params: Params, images: Tensor, t: Tensor, cond: Tensor, ctx: LayerContext): UNetTrace {
      const features = timeFeatures(mul(t, sizes.timeScale), base);
      const embedding = add(
        time.apply(paramsOf(params, "time_embed"), features, ctx),
        given.apply(paramsOf(params, "rna_proj"), cond, ctx),
      );
      return { time: features, embedding, ...trunk.trace(params, images, embedding, ctx) };
    },
  });
}
