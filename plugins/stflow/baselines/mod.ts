/**
 * What the flow is compared with: predictors of a spot from its own image, each also averaged over neighbouring spots,
 * with settings chosen by validation within the training slides.
 *
 * @module
 */
import type { Baseline } from "./predictor.ts";
import { nearestSpots } from "./nearest_spots.ts";
import { ridge } from "./ridge.ts";
import { spotMlp } from "./mlp.ts";

export * from "./choose.ts";
export * from "./folds.ts";
export * from "./predictor.ts";
export * from "./projection.ts";
export * from "./smooth.ts";

/** All baselines by name. */
export const BASELINE_TABLE: Readonly<Record<string, Baseline>> = Object.freeze({
  [ridge.name]: ridge,
  [nearestSpots.name]: nearestSpots,
  [spotMlp.name]: spotMlp,
});
