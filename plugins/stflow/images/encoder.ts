import type { ImageFeatures } from "../../../core/mod.ts";

/**
 * A map from image patches to features that is not trained here: statistics, or a network that the user brings (see
 * `onnxFeatures`); it gets a few hundred patches at a time.
 */
export type PatchEncoder = ImageFeatures;

/** What is made of patches before training. */
export interface NamedEncoder {
  /** The map. */
  readonly encode: PatchEncoder;
  /** Whether features are z-scored; networks' features are used as they come. */
  readonly standardize: boolean;
}
