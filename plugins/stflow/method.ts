import {
  type Batch,
  type Batches,
  type Data,
  eulerSampler,
  type Field,
  linearPath,
  type Method,
  type Predict,
  type Prior,
  regression,
  type Rng,
  squared,
  type Tensor,
  timeGrid,
  timesByGroup,
} from "../../core/mod.ts";
import { regionBatches } from "./batches.ts";
import type { StFlowConfig } from "./config.ts";
import type { SpotTransformer } from "./network.ts";
import type { Expression, SpotCond } from "./slide.ts";
import type { Slide } from "./slides.ts";

/** The flow of the plugin. */
export interface SpotMethod extends Method<Expression, SpotCond> {
  /** The denoiser, with its encoding. */
  readonly backbone: SpotTransformer;
}

/** First time of the authors' grid. */
const RELEASE_START = 0.01;

/**
 * Path times of a draw.
 *
 * @param sampling Number of network calls S and grid.
 * @returns S + 1 times; from the last but one the sampler goes straight to the prediction.
 */
export function drawTimes({ steps, grid }: Pick<StFlowConfig["sampling"], "steps" | "grid">): number[] {
  return timeGrid(steps + 1, grid === "release" ? RELEASE_START : 0);
}

/**
 * Flow matching of the expression of whole regions: straight path from the prior, the network predicts the end, mean
 * squared error over spots and genes, one time per region.
 *
 * @param config The method's configuration.
 * @param backbone The denoiser.
 * @param prior Start of the flow.
 * @param training Reads the slides that may be trained on.
 * @returns The five parts and how they are fed.
 */
export function spotMethod(
  config: StFlowConfig,
  backbone: SpotTransformer,
  prior: Prior<Expression>,
  training: (data: Data) => Promise<readonly Slide[]>,
): SpotMethod {
  const path = linearPath<Expression>();
  const objective = regression<Expression, SpotCond>({
    path,
    predicts: "target",
    parts: { y: { element: squared, weight: 1 } },
  });
  return Object.freeze({
    prior,
    path,
    objective,
    backbone,
    sampler: eulerSampler<Expression>(),
    field: (predict: Predict<Expression, SpotCond, Expression>): Field<Expression> => (x, t) =>
      objective.velocity(predict(x, t), x, t),
    times: ({ target, group }: Batch<Expression, SpotCond>, rng: Rng): Tensor =>
      timesByGroup(rng, group, target.y.shape[0]!),
    batches: async (data: Data, rng: Rng): Promise<Batches<Batch<Expression, SpotCond>>> =>
      regionBatches(await training(data), config, rng),
  });
}
