import {
  type Batch,
  type Batches,
  classifierFree,
  type Data,
  type DataSpec,
  eulerSampler,
  type Field,
  type FieldContext,
  heunSampler,
  linearPath,
  type Method,
  midpointSampler,
  type Objective,
  type Path,
  plusLoss,
  type Predict,
  regression,
  type Rng,
  type Sampler,
  squared,
  type Tensor,
  timeGrid,
} from "../../core/mod.ts";
import { alignmentTerm, type FrozenFeatures } from "./alignment.ts";
import { type BatchParts, changeBatches } from "./batches.ts";
import type { ChangeCond, Endpoint } from "./change.ts";
import type { SpatiaConfig } from "./config.ts";
import { deltaTerm, hingeTerm } from "./contrast.ts";
import type { ChangeNetwork, Signatures } from "./network.ts";
import { networkOf } from "./networks.ts";
import { startPrior } from "./start.ts";
import { edmGrid, skewedTimes } from "./times.ts";

/** The plugin's method. */
export interface ChangeMethod extends Method<Endpoint, ChangeCond> {
  /** The network, with its encoding. */
  readonly backbone: ChangeNetwork;
}

/** What was prepared for the method. */
export interface ChangeParts extends BatchParts {
  /** Signatures of the trained transitions. */
  readonly signatures: Signatures;
  /** Features that tell morphology; absent without alignment. */
  readonly features?: FrozenFeatures;
}

/**
 * The loss L = L_flow + rho L_contrast + lambda L_morphology (section 4.6).
 *
 * @param config Terms and their weights.
 * @param path The path.
 * @param features Features of the morphology term; absent without it.
 * @returns The objective; a contrast needs at least two transitions in the conditioning.
 */
export function changeObjective(
  { contrast, alignment }: Pick<SpatiaConfig, "contrast" | "alignment">,
  path: Path<Endpoint>,
  features?: FrozenFeatures,
): Objective<Endpoint, ChangeCond> {
  const flow = regression<Endpoint, ChangeCond>({
    path,
    predicts: "velocity",
    parts: { x: { element: squared, weight: 1 } },
  });
  const term = contrast.kind === "delta-fm" ? deltaTerm() : hingeTerm(contrast);
  const contrasted = contrast.kind === "none" ? flow : plusLoss(flow, "contrast", { ...term, weight: contrast.weight });
  if (features === undefined || alignment.weight === 0) return contrasted;
  return plusLoss(contrasted, "morphology", { ...alignmentTerm(features, alignment), weight: alignment.weight });
}

const SAMPLERS: Readonly<Record<SpatiaConfig["sampling"]["solver"], () => Sampler<Endpoint>>> = {
  midpoint: midpointSampler,
  heun: heunSampler,
  euler: eulerSampler,
};

/**
 * SPATIA's generator (section 4): from control to target cells.
 *
 * @param config The method's configuration.
 * @param spec Sizes of the data.
 * @param parts What was prepared.
 * @returns The five parts and how they are fed.
 */
export function changeMethod(config: SpatiaConfig, spec: DataSpec, parts: ChangeParts): ChangeMethod {
  const path = linearPath<Endpoint>();
  // A single transition has no wrong one.
  const contrast = parts.transitions > 1 ? config.contrast : { ...config.contrast, kind: "none" as const };
  const objective = changeObjective({ ...config, contrast }, path, parts.features);
  const backbone = networkOf(config, spec, parts.signatures, parts.transitions);
  const { guidance, solver } = config.sampling;
  return Object.freeze({
    prior: startPrior(config.start),
    path,
    objective,
    backbone,
    sampler: SAMPLERS[solver](),
    field(
      predict: Predict<Endpoint, ChangeCond, Endpoint>,
      { cond, encode }: FieldContext<ChangeCond>,
    ): Field<Endpoint> {
      const given: Field<Endpoint> = (x, t) => objective.velocity(predict(x, t), x, t);
      if (guidance === 0) return given;
      const none = encode(backbone.nullCond(cond));
      return classifierFree(given, (x, t) => objective.velocity(predict(x, t, none), x, t), 1 + guidance);
    },
    times({ target }: Batch<Endpoint, ChangeCond>, rng: Rng): Tensor {
      const rows = target.x.shape[0]!;
      return config.times === "skewed" ? skewedTimes(rng.normal([rows])) : rng.uniform([rows]);
    },
    batches: (data: Data, rng: Rng): Promise<Batches<Batch<Endpoint, ChangeCond>>> =>
      changeBatches(config, data, parts, rng),
  });
}

/**
 * Path times of a draw.
 *
 * @param config The method's configuration.
 * @returns Rising times.
 */
export function drawTimes({ sampling }: Pick<SpatiaConfig, "sampling">): readonly number[] {
  return sampling.grid === "edm" ? edmGrid(sampling.steps) : timeGrid(1 + sampling.steps);
}
