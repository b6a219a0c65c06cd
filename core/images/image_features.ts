import type { HostArray, NumericArray } from "../host_array.ts";

/**
 * A map from images to features that is not trained here: statistics, or a network that the user brings.
 *
 * @param images Images of one size, `[n, H, W, C]`, 0 to 255; some dozens at a time.
 * @returns Features, `[n, F]`, with the same F in every call.
 */
export type ImageFeatures = (images: HostArray<NumericArray>) => Promise<HostArray>;
