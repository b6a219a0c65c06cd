import type { HostArray, NumericArray } from "../../../core/mod.ts";

/**
 * A map from image patches to features that is not trained here: statistics, or a network that the user brings (an ONNX
 * file, see the README).
 *
 * @param patches Patches of some spots, `[n, H, W, C]`, 0 to 255; a few hundred at a time.
 * @returns Features, `[n, F]`, with the same F in every call.
 */
export type PatchEncoder = (patches: HostArray<NumericArray>) => Promise<HostArray>;

/** What is made of patches before training. */
export interface NamedEncoder {
  /** The map. */
  readonly encode: PatchEncoder;
  /** Whether features are z-scored; networks' features are used as they come. */
  readonly standardize: boolean;
}
