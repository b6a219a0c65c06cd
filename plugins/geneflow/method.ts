import {
  add,
  type ApplyContext,
  type Batch,
  type Batches,
  cast,
  type Data,
  DataError,
  type DataSpec,
  dormandPrinceSampler,
  eulerSampler,
  type Field,
  fromHost,
  gaussianPrior,
  heunSampler,
  linearPath,
  type Method,
  minimum,
  mul,
  type Objective,
  ownBatch,
  type Params,
  type Path,
  perturbedPath,
  plusLoss,
  type Predict,
  regression,
  type Rng,
  rowsOf,
  rungeKuttaSampler,
  type Sampler,
  sinusoidalPath,
  squared,
  type StepControl,
  sub,
  type Tensor,
  timeGrid,
  zeroPrior,
  zeros,
} from "../../core/mod.ts";
import type { GeneFlowConfig } from "./config.ts";
import { diffusionPath, levelsOf } from "./diffusion/path.ts";
import { ancestralSampler, implicitSampler } from "./diffusion/samplers.ts";
import { noiseSchedule } from "./diffusion/schedule.ts";
import type { EncoderSizes } from "./encoder/rna_encoder.ts";
import { type PictureNetwork, pictureNetwork } from "./network.ts";
import type { CellCond, Picture } from "./picture.ts";
import { pixelScale, requirePixelScale } from "./pixel_scale.ts";
import { RELEASED_CONTROL } from "./released_solver.ts";
import { conditionShape, readPictures } from "./rows.ts";
import { sparsityPenalty } from "./sparsity.ts";
import { spatialCond, spatialTerm } from "./spatial/term.ts";

/** The plugin's method: a flow, a diffusion or a regression with the same networks. */
export interface PictureMethod extends Method<Picture, CellCond> {
  /** The network, with its encoding. */
  readonly backbone: PictureNetwork;
}

/** Tolerances and first step of the adaptive solvers. */
const { absolute, relative, firstStep } = RELEASED_CONTROL;

/** Largest growth of a step of `dopri5`. */
const GROWTH = 5;

/**
 * Form of the encoder for a data set.
 *
 * @param config The method's configuration.
 * @param spec Sizes of the data.
 * @returns Sizes; the embedding is four times as wide as the U-Net's first level.
 */
export function encoderSizesOf(config: GeneFlowConfig, spec: DataSpec): EncoderSizes {
  const [count, genes] = conditionShape(config, spec);
  return {
    ...config.encoder,
    cells: count === 1 ? "single" : "multi",
    genes,
    output: 4 * config.network.base,
    concatMask: false,
  };
}

/** The networks, told times as their model has them. */
function networkOf(config: GeneFlowConfig, spec: DataSpec): PictureNetwork {
  const network = pictureNetwork({
    encoder: encoderSizesOf(config, spec),
    unet: { ...config.network, channels: spec.parts["img"]!.shape[2]! },
  });
  if (config.model !== "diffusion") return network;
  const { levels } = config.diffusion;
  return Object.freeze({
    ...network,
    // Diffusions count noise levels.
    apply: (params: Params, x: Picture, t: Tensor, cond: CellCond, ctx: ApplyContext<Picture>): Picture =>
      network.apply(params, x, cast(levelsOf(t, levels), "float32"), cond, ctx),
  });
}

function flowPath({ path }: GeneFlowConfig): Path<Picture> {
  const plain = path.kind === "sinusoidal" ? sinusoidalPath<Picture>() : linearPath<Picture>();
  return perturbedPath(plain, { width: path.perturbation, velocity: path.velocity });
}

function flowSampler({ sampling }: GeneFlowConfig): Sampler<Picture> {
  switch (sampling.solver) {
    case "euler":
      return eulerSampler();
    case "heun":
      return heunSampler();
    case "rk4":
      return rungeKuttaSampler();
    case "dopri5":
    case "dopri5-released":
      return dormandPrinceSampler({ absolute, relative });
  }
}

/** What the model decides: everything but the networks and the data. */
type Parts = Pick<PictureMethod, "prior" | "path" | "objective" | "sampler" | "field" | "times">;

function squaredErrors(path: Path<Picture>, predicts: "velocity" | "target" | "noise"): Objective<Picture, CellCond> {
  return regression<Picture, CellCond>({ path, predicts, parts: { img: { element: squared, weight: 1 } } });
}

function velocityField(objective: Objective<Picture, CellCond>): Parts["field"] {
  return (predict: Predict<Picture, CellCond, Picture>): Field<Picture> => (x, t) =>
    objective.velocity(predict(x, t), x, t);
}

function flowParts(config: GeneFlowConfig): Parts {
  const path = flowPath(config);
  const velocity = squaredErrors(path, "velocity");
  const objective = config.spatial.kind === "none" ? velocity : plusLoss(velocity, "spatial", spatialTerm(config));
  return {
    prior: gaussianPrior(),
    path,
    objective,
    sampler: flowSampler(config),
    field: velocityField(objective),
    times: ({ target }: Batch<Picture, CellCond>, rng: Rng): Tensor => rng.uniform([target.img.shape[0]!]),
  };
}

function diffusionParts(config: GeneFlowConfig): Parts {
  const { diffusion, sampling } = config;
  const { cut } = pixelScale(config);
  const schedule = noiseSchedule(diffusion.schedule, diffusion.levels);
  const path = diffusionPath<Picture>(schedule);
  return {
    prior: gaussianPrior(),
    path,
    objective: squaredErrors(path, "noise"),
    sampler: sampling.diffusion === "ancestral" ? ancestralSampler(schedule, cut) : implicitSampler(schedule, cut),
    field: (predict: Predict<Picture, CellCond, Picture>): Field<Picture> => (x, t) => predict(x, t),
    times: ({ target }: Batch<Picture, CellCond>, rng: Rng): Tensor => {
      // Every level is as likely as any other.
      const drawn = mul(rng.uniform([target.img.shape[0]!]), diffusion.levels);
      const level = cast(cast(minimum(drawn, diffusion.levels - 1), "int32"), "float32");
      return sub(1, mul(add(level, 1), 1 / diffusion.levels));
    },
  };
}

/** No noise, one time: the network is asked for the image once. */
function regressionParts(): Parts {
  const path = linearPath<Picture>();
  const objective = squaredErrors(path, "target");
  return {
    prior: zeroPrior(),
    path,
    objective,
    sampler: eulerSampler(),
    field: velocityField(objective),
    times: ({ target }: Batch<Picture, CellCond>): Tensor => zeros([target.img.shape[0]!]),
  };
}

const PARTS: Readonly<Record<GeneFlowConfig["model"], (config: GeneFlowConfig) => Parts>> = {
  flow: flowParts,
  diffusion: diffusionParts,
  regression: regressionParts,
};

/**
 * Path times of a draw.
 *
 * @param config The method's configuration.
 * @returns A grid, or how steps are chosen.
 */
export function drawTimes({ model, diffusion, sampling }: GeneFlowConfig): readonly number[] | StepControl {
  if (model === "regression") return [0, 1];
  if (model === "diffusion") {
    return timeGrid(1 + (sampling.diffusion === "ancestral" ? diffusion.levels : sampling.steps));
  }
  if (sampling.solver === "dopri5") {
    return { from: 0, to: 1, firstStep, maxSteps: sampling.maxSteps, growth: GROWTH };
  }
  return timeGrid(1 + sampling.steps);
}

/** Batches of random images; an epoch sees each once. */
function pictureBatches(data: Data, config: GeneFlowConfig, rng: Rng): Batches<Batch<Picture, CellCond>> {
  const rows = rowsOf(data, "train");
  if (rows.length < config.batch) {
    throw new DataError(
      `Cannot make batches of ${config.batch} images from ${rows.length} training rows of "${data.spec.name}"`,
    );
  }
  const perEpoch = Math.floor(rows.length / config.batch);
  return {
    async at(step: number): Promise<Batch<Picture, CellCond>> {
      const order = rng.fold(Math.floor(step / perEpoch)).host.permutation(rows.length);
      const first = (step % perEpoch) * config.batch;
      const chosen = Array.from(order.subarray(first, first + config.batch), (row) => rows[row]!);
      const { images, expression, cells } = await readPictures(data, config, chosen);
      const spatial = await spatialCond(config, images, data, chosen);
      return ownBatch<Picture, CellCond>({
        target: { img: pixelScale(config).toStates(images) },
        cond: { expression: fromHost(expression), cells: fromHost(cells), ...spatial },
      });
    },
  };
}

/**
 * GeneFlow (section 3) or one of its baselines, with the same encoder and U-Net.
 *
 * @param config The method's configuration.
 * @param spec Sizes of the data.
 * @returns The five parts and how they are fed.
 */
export function pictureMethod(config: GeneFlowConfig, spec: DataSpec): PictureMethod {
  requirePixelScale(config, spec.parts["img"]!.shape[2]!);
  const penalty = sparsityPenalty(config.l1, encoderSizesOf(config, spec));
  return Object.freeze({
    ...PARTS[config.model](config),
    backbone: networkOf(config, spec),
    batches: (data: Data, rng: Rng): Promise<Batches<Batch<Picture, CellCond>>> =>
      Promise.resolve(pictureBatches(data, config, rng)),
    ...(penalty === undefined ? {} : { penalty }),
  });
}
