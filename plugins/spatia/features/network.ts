import {
  convolutionLayer,
  IDENTITY,
  initNamed,
  type Layer,
  type LayerContext,
  linearLayer,
  type Params,
  paramsOf,
  RELU,
  type Rng,
  rng as streamOf,
  sequential,
  type Tensor,
} from "../../../core/mod.ts";
import { poolLayers } from "./layers.ts";

/** What a feature network tells of states. */
export interface FeatureOutput {
  /** Features that batches are compared by, `[B, D]`. */
  readonly features: Tensor;
  /** Morphology in standard deviations, `[B, M]`. */
  readonly morphology: Tensor;
}

/** A network that reads morphology from states (section 4.5). */
export interface FeatureNetwork {
  /**
   * Create fresh parameters.
   *
   * @param rng Stream for the initializers.
   * @returns New tensors.
   */
  init(rng: Rng): Params;
  /**
   * Features alone.
   *
   * @param params Parameters.
   * @param x States, `[B, ...]`.
   * @returns `[B, D]`.
   */
  features(params: Params, x: Tensor): Tensor;
  /**
   * Features and what they say about morphology.
   *
   * @param params Parameters.
   * @param x States, `[B, ...]`.
   * @returns Both.
   */
  apply(params: Params, x: Tensor): FeatureOutput;
}

/** Windows along each side of the last pool. */
const GRID = 4;
/** Neither dropout nor anything else is drawn. */
const PLAIN: LayerContext = { train: false, rng: streamOf(0) };

function featureNetwork(body: Layer, inside: number, features: number, morphology: number): FeatureNetwork {
  const parts = { features: body, fc: linearLayer(inside, features), head: linearLayer(features, morphology) };
  const featuresOf = (params: Params, x: Tensor): Tensor =>
    parts.fc.apply(paramsOf(params, "fc"), body.apply(paramsOf(params, "features"), x, PLAIN), PLAIN);
  return Object.freeze({
    init: (rng: Rng): Params => initNamed(parts, rng),
    features: featuresOf,
    apply(params: Params, x: Tensor): FeatureOutput {
      const made = featuresOf(params, x);
      const active = RELU.apply({}, made, PLAIN);
      return { features: made, morphology: parts.head.apply(paramsOf(params, "head"), active, PLAIN) };
    },
  });
}

/** Form of a convolutional feature network. */
export interface ConvolutionSizes {
  /** Channels of the images. */
  readonly channels: number;
  /** Filters of each block of 3 x 3 filters and ReLU. */
  readonly filters: readonly number[];
  /** Blocks that are followed by a max pool, the first ones. */
  readonly pools: number;
  /** Features (D). */
  readonly features: number;
  /** Numbers of morphology (M). */
  readonly morphology: number;
}

/**
 * The released feature network: convolutions, a grid of averages, an affine map.
 *
 * @param sizes Form; the release trains 32, 64, 128, 256 filters with three pools and 256 features.
 * @returns The network on images `[B, H, W, C]`.
 */
export function convolutionFeatures(sizes: ConvolutionSizes): FeatureNetwork {
  const { halve, grid } = poolLayers(IDENTITY, GRID);
  const blocks = sizes.filters.flatMap((width, i) => [
    convolutionLayer(sizes.filters[i - 1] ?? sizes.channels, width, { side: 3, zero: false }),
    RELU,
    ...(i < sizes.pools ? [halve] : []),
  ]);
  const inside = sizes.filters.at(-1)! * GRID * GRID;
  return featureNetwork(sequential([...blocks, grid]), inside, sizes.features, sizes.morphology);
}

/**
 * A feature network on latent states: two affine maps with ReLU between.
 *
 * @param inputs Entries of a state.
 * @param features Features (D), and the width between.
 * @param morphology Numbers of morphology (M).
 * @returns The network on `[B, inputs]`.
 */
export function latentFeatures(inputs: number, features: number, morphology: number): FeatureNetwork {
  return featureNetwork(sequential([linearLayer(inputs, features), RELU]), features, features, morphology);
}
