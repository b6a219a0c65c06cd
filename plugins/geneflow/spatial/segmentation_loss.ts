import { add, div, expandDims, maximum, mul, reshape, sigmoid, slice, sub, type Tensor } from "../../../core/mod.ts";
import { arrangementTerm, densityTerm, morphologyTerm, nucleusDensity, softShapes } from "./nucleus_terms.ts";
import { greyImages } from "./sobel.ts";

/** {@linkcode NucleusWindows} on the device. */
export interface WindowTensors {
  /** `[B, N, H W]`. */
  readonly windows: Tensor;
  /** `[B, N]`. */
  readonly present: Tensor;
  /** `[B, N, N]`. */
  readonly edges: Tensor;
  /** `[B, 1]`. */
  readonly threshold: Tensor;
}

/** How pixels belong to nuclei, and how large the density's bells are. */
export interface SegmentationOptions {
  /** `dark` or `bright` nuclei. */
  readonly nuclei: "dark" | "bright";
  /** Channel that shows them, of images with one or two. */
  readonly channel: number;
}

/** Grey values over which belonging rises from a quarter to three quarters, about. */
const SOFTNESS = 0.05;
/** Bandwidth of the density, in pixels. */
const BANDWIDTH = 4;

/** Grey values as the nuclei were found in: luminance, or the channel that shows them. */
function greyFor(images: Tensor, channel: number): Tensor {
  const channels = images.shape[3]!;
  if (channels === 3) return greyImages(images);
  return slice(images, [0, 0, 0, Math.min(channel, channels - 1)], [-1, -1, -1, 1]);
}

/**
 * The segmentation-based spatial loss of the paper (appendix) in a form that has a gradient: nuclei are found in the real
 * image, and around each of them a pixel belongs to it by its grey value, in the generated image as in the real one.
 * Shapes (relative to the real ones), distances to neighbours (in pixels of the image's side) and density follow smoothly.
 *
 * @param generated Images, `[B, H, W, C]`.
 * @param real Images of the same shape.
 * @param where Nuclei of the real images.
 * @param options What nuclei are.
 * @returns Scalar.
 */
export function segmentationLoss(
  generated: Tensor,
  real: Tensor,
  where: WindowTensors,
  { nuclei, channel }: SegmentationOptions,
): Tensor {
  const [images, height, width] = generated.shape as [number, number, number];
  const { windows, present, edges, threshold } = where;
  const sign = nuclei === "dark" ? -1 : 1;
  const shapesOf = (of: Tensor): ReturnType<typeof softShapes> => {
    const grey = reshape(greyFor(of, channel), [images, height * width]);
    const belongs = sigmoid(mul(sub(grey, threshold), sign / SOFTNESS));
    return softShapes(mul(windows, expandDims(belongs, 1)), height, width);
  };
  const [made, truth] = [shapesOf(generated), shapesOf(real)];
  const scale = maximum(truth.features, 0.1);
  const morphology = morphologyTerm(div(made.features, scale), div(truth.features, scale), present);
  const arrangement = mul(arrangementTerm(made.places, truth.places, edges, present), 1 / Math.max(height, width));
  const size = { height, width, bandwidth: BANDWIDTH };
  const density = densityTerm(
    nucleusDensity(made.places, present, size),
    nucleusDensity(truth.places, present, size),
  );
  return add(add(morphology, arrangement), density);
}
