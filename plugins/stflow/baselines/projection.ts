import { columnStats, concatRows, fitPca, type HostArray, projectPca, standardize } from "../../../core/mod.ts";
import type { FeatureSlide } from "./predictor.ts";

/** Most principal components of the features, as in the linear probe of HEST. */
const MOST = 256;

/** Features of slides on principal components. */
export interface Projection {
  /** Scores of the training spots, `[N, C]`. */
  readonly training: HostArray;
  /**
   * Project another slide.
   *
   * @param slide The slide.
   * @returns Scores, `[N, C]`.
   */
  project(slide: FeatureSlide): HostArray;
}

/**
 * z-score features by the training spots and turn them onto their principal components.
 *
 * @param training Slides to fit on.
 * @returns The projection.
 */
export function projectionOf(training: readonly FeatureSlide[]): Projection {
  const all = concatRows(training.map(({ features }) => features));
  const stats = columnStats(all);
  const scaled = standardize(all, stats);
  const pca = fitPca(scaled, Math.min(MOST, all.shape[1]!, all.shape[0]!));
  return {
    training: projectPca(pca, scaled),
    project: ({ features }) => projectPca(pca, standardize(features, stats)),
  };
}
