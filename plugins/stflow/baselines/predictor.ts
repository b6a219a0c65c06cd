import type { HostArray, Rng } from "../../../core/mod.ts";
import type { Slide } from "../slides.ts";

/** What baselines see of a slide. */
export interface FeatureSlide extends Slide {
  /** Image features, `[N, F]`. */
  readonly features: HostArray;
}

/** A way to predict spots from their image features alone, with a setting that validation chooses. */
export interface Baseline {
  /** Name in the results. */
  readonly name: string;
  /** Settings to choose from. */
  readonly settings: readonly number[];
  /**
   * Fit once for all settings.
   *
   * @param training Slides to fit on.
   * @param rng Stream.
   * @returns Predicts a slide under a setting.
   */
  fit(training: readonly FeatureSlide[], rng: Rng): Promise<FittedBaseline>;
}

/** A fitted baseline. */
export interface FittedBaseline {
  /**
   * Predict the expression of a slide.
   *
   * @param slide The slide; its expression is not looked at.
   * @param setting One of the settings.
   * @returns ln(1 + counts), `[N, G]`.
   */
  predict(slide: FeatureSlide, setting: number): Promise<HostArray>;
}
