import {
  absolute,
  type Backbone,
  type Batch,
  type Batches,
  type Data,
  type DataSpec,
  elementMean,
  eulerSampler,
  type Field,
  gaussianPrior,
  halfSquared,
  ignoreMask,
  linearPath,
  type Method,
  type Objective,
  type Path,
  type Predict,
  regression,
  type Rng,
  rowSum,
  scaledPrior,
  squared,
  type Tensor,
  velocityOutput,
} from "../../core/mod.ts";
import { nicheBatches } from "./batches.ts";
import type { NicheFlowConfig } from "./config.ts";
import type { Niche, NicheCond } from "./niche.ts";
import { singlePointNetwork } from "./single_point.ts";
import { makeSlides, type Slide } from "./slides.ts";
import { nicheTransformer } from "./transformer.ts";

/** The flow of all nine configurations. */
export type NicheMethod = Method<Niche, NicheCond, Niche>;

/**
 * The objective of section 4: what is predicted, the loss of each part, and how entries add up.
 *
 * @param config Kind, form, padding and weights.
 * @param path The flow's path.
 * @returns The objective.
 */
export function nicheObjective(
  config: NicheFlowConfig["objective"],
  path: Path<Niche>,
): Objective<Niche, NicheCond, Niche> {
  const paper = config.lossForm === "paper";
  // The paper's likelihood: half squares for a unit Gaussian, absolute values for a unit Laplace, summed over points.
  const gaussian = paper ? halfSquared : squared;
  const objective = regression<Niche, NicheCond>({
    path,
    predicts: config.kind === "cfm" ? "velocity" : "target",
    parts: {
      x: { element: gaussian, weight: config.featureWeight },
      pos: { element: config.kind === "glvfm" ? absolute : gaussian, weight: config.positionWeight },
    },
    reduce: paper ? rowSum : elementMean,
  });
  const masked = config.paddedLoss ? ignoreMask(objective) : objective;
  return config.kind !== "cfm" && config.positionOutput === "velocity" ? velocityOutput(masked, path, ["pos"]) : masked;
}

/**
 * The network of the configuration at the sizes of the data.
 *
 * @param config Model and sizes.
 * @param spec Sizes of the data.
 * @returns The backbone.
 */
export function nicheBackbone(config: NicheFlowConfig, spec: DataSpec): Backbone<Niche, NicheCond, Niche> {
  const data = {
    features: spec.parts["x"]!.shape[0]!,
    coordinates: spec.parts["pos"]!.shape[0]!,
    times: spec.times.length,
  };
  return config.model === "spflow"
    ? singlePointNetwork({ ...data, ...config.network })
    : nicheTransformer({ ...data, ...config.network });
}

/**
 * Compose prior, path, objective, network and sampler.
 *
 * @example Swap one part
 * ```ts
 * import { midpointSampler } from "@morphogen/morphogen";
 * import { NICHEFLOW_DEFAULTS, nicheMethod } from "@morphogen/morphogen/plugins/nicheflow";
 *
 * const spec = {
 *   name: "example",
 *   parts: { x: { shape: [50], unit: "sd" }, pos: { shape: [2], unit: "sd" } },
 *   times: [{ name: "a", value: 0, unit: "d" }, { name: "b", value: 1, unit: "d" }],
 *   labels: {},
 * };
 * const method = { ...nicheMethod(NICHEFLOW_DEFAULTS, spec), sampler: midpointSampler() };
 * if (method.sampler.evaluations !== 2) throw new Error("not swapped");
 * ```
 *
 * @param config The method's configuration.
 * @param spec Sizes of the data.
 * @param slides How to get the slides of a data set; default cuts them anew at each call.
 * @returns The five parts and how they are fed.
 */
export function nicheMethod(
  config: NicheFlowConfig,
  spec: DataSpec,
  slides: (data: Data) => Promise<readonly Slide[]> = (data) => makeSlides(data, config),
): NicheMethod {
  const path = linearPath<Niche>();
  const objective = nicheObjective(config.objective, path);
  return Object.freeze({
    prior: config.prior.positionStd === 1
      ? gaussianPrior<Niche>()
      : scaledPrior(gaussianPrior<Niche>(), { pos: config.prior.positionStd }),
    path,
    objective,
    backbone: nicheBackbone(config, spec),
    sampler: eulerSampler<Niche>(),
    field: (predict: Predict<Niche, NicheCond, Niche>): Field<Niche> => (x, t) =>
      objective.velocity(predict(x, t), x, t),
    // One time per set, also where a set is a cloud of single cells (section 4).
    times: (batch: Batch<Niche, NicheCond>, rng: Rng): Tensor => rng.uniform([batch.target.x.shape[0]!]),
    async batches(data: Data, rng: Rng): Promise<Batches<Batch<Niche, NicheCond>>> {
      return nicheBatches(await slides(data), spec.times.length, config, rng);
    },
  });
}
