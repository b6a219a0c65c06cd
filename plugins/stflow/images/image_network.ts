import {
  add,
  applyLayerNorm,
  conv2d,
  gelu,
  layerNormParams,
  mean,
  mul,
  type Params,
  type Rng,
  symmetricUniform,
  type Tensor,
  tensorAt,
} from "../../../core/mod.ts";

/** A map from image patches to features that is trained with the rest of the network. */
export interface ImageNetwork {
  /** Width of the features. */
  readonly width: number;
  /**
   * Create parameters.
   *
   * @param rng Stream for the initializers.
   * @returns New parameter tensors.
   */
  init(rng: Rng): Params;
  /**
   * Evaluate the map.
   *
   * @param params Parameters.
   * @param path Where they lie.
   * @param images Patches, `[N, H, W, C]`, 0 to 255.
   * @returns Features, `[N, width]`.
   */
  apply(params: Params, path: string, images: Tensor): Tensor;
}

/** Rows and columns of a filter. */
const WINDOW = 3;

/**
 * A small convolutional encoder: filters of 3 x 3 at stride 2 with GELU, mean over the places, layer norm.
 *
 * Four convolutions of a few thousand weights learn from hundreds of spots; a pathology model of millions does not.
 *
 * @param colours Channels of the images.
 * @param channels Channels after each convolution, at least one.
 * @returns The encoder.
 * @throws {RangeError} If there is no convolution.
 */
export function convolutionalEncoder(colours: number, channels: readonly number[]): ImageNetwork {
  const width = channels.at(-1);
  if (width === undefined) throw new RangeError("Cannot encode images without convolutions: give at least one width");
  return Object.freeze({
    width,
    init: (rng: Rng): Params => ({
      convolutions: channels.map((outputs, layer) => {
        const inputs = layer === 0 ? colours : channels[layer - 1]!;
        const bound = 1 / Math.sqrt(WINDOW * WINDOW * inputs);
        const stream = rng.fold("convolution").fold(layer);
        return {
          kernel: symmetricUniform(stream.fold("kernel"), [WINDOW, WINDOW, inputs, outputs], bound),
          bias: symmetricUniform(stream.fold("bias"), [outputs], bound),
        };
      }),
      norm: layerNormParams(width),
    }),
    apply(params: Params, path: string, images: Tensor): Tensor {
      // H&E is bright: half of the range is the middle.
      let x = add(mul(images, 2 / 255), -1);
      for (const layer of channels.keys()) {
        const at = `${path}/convolutions/${layer}`;
        const options = { stride: 2, padding: "same" } as const;
        x = gelu(conv2d(x, tensorAt(params, `${at}/kernel`), tensorAt(params, `${at}/bias`), options));
      }
      return applyLayerNorm(params, `${path}/norm`, mean(x, [1, 2]));
    },
  });
}
