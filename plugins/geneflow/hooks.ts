import { ConfigError, type HostArray, type ImageFeatures, type LabelImage } from "../../core/mod.ts";

/**
 * Finds nuclei in images, real and drawn alike.
 *
 * @param images Images, `[n, H, W, C]`, values in [0, 1].
 * @returns One label image each: 0 for background, else the number of a nucleus.
 */
export type NucleusSegmenter = (images: HostArray) => Promise<readonly LabelImage[]>;

/** What the user brings for the evaluation. */
export interface GeneFlowHooks {
  /** Networks whose features images are compared by, under the names that their metrics get (`fd-NAME`). */
  readonly features?: Readonly<Record<string, ImageFeatures>>;
  /** Finds nuclei in place of Otsu's threshold, for the evaluation. */
  readonly segment?: NucleusSegmenter;
}

/** Names of the plugin's own features. */
const TAKEN: readonly string[] = ["handcrafted", "colour", "texture"];

/**
 * Check what the user brings.
 *
 * @param hooks Networks and segmentation.
 * @returns The same.
 * @throws {ConfigError} If a name cannot be part of a metric's name, or is taken.
 */
export function checkHooks(hooks: GeneFlowHooks): GeneFlowHooks {
  const wrong = Object.keys(hooks.features ?? {}).find((name) =>
    TAKEN.includes(name) || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)
  );
  if (wrong === undefined) return hooks;
  throw new ConfigError(
    `Cannot call features "${wrong}": expected a name in lower-case letters, digits and hyphens other than ` +
      TAKEN.join(", "),
  );
}
