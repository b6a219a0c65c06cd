import {
  add,
  type Batch,
  type Batches,
  type CellCond,
  type Cells,
  clip,
  concatRows,
  type Data,
  DataError,
  type DataSpec,
  div,
  type Field,
  type FieldContext,
  fromHost,
  gaussianPrior,
  linearPath,
  type Method,
  mul,
  noStage,
  ownBatch,
  type Predict,
  readStages,
  type Rng,
  sigmoid,
  type Stage,
  type StageAxis,
  stageCondition,
  stageEmbedding,
  sub,
  takeRows,
  type Tensor,
  tensor,
} from "../../core/mod.ts";
import type { GmFlowConfig } from "./config.ts";
import type { Mixture } from "./mixture.ts";
import { gmNetwork } from "./network.ts";
import { gmObjective } from "./objective.ts";
import { type GmMemory, type GmPrediction, type GmSampler, gmSampler, odeAdvance, sdeAdvance } from "./sampler.ts";

/** The flow of the plugin. */
export type GmMethod = Method<Cells, CellCond, Mixture, GmPrediction, GmMemory>;

/**
 * The stages of a data set as the network is conditioned on them.
 *
 * @param config The method's configuration.
 * @param spec Description of the data.
 * @returns The axis.
 */
export function stageAxis({ stageConditioning, conditionDropout }: GmFlowConfig, { times }: DataSpec): StageAxis {
  return { mode: stageConditioning, times, nullRow: conditionDropout > 0 };
}

function requireCells(trained: readonly Stage[], components: number): void {
  for (const { name, x } of trained) {
    const cells = x.shape[0]!;
    if (cells >= components) continue;
    throw new DataError(
      `Cannot train on stage "${name}": it has ${cells} cells, fewer than the ${components} components of the mixture; ` +
        "lower plugin.config.components or hold the stage out",
    );
  }
}

/**
 * Batches of random cells of the trained stages.
 *
 * @param trained Stages that may be used.
 * @param axis How stages condition.
 * @param config Batch size, and what is drawn uniformly.
 * @param rng Stream of the batches.
 * @returns Random access to batches.
 * @throws {DataError} If a stage has fewer cells than the mixture has components.
 */
export function stageBatches(
  trained: readonly Stage[],
  axis: StageAxis,
  { batch, draw, components, conditionDropout }: GmFlowConfig,
  rng: Rng,
): Batches<Batch<Cells, CellCond>> {
  requireCells(trained, components);
  const x = concatRows(trained.map((stage) => stage.x));
  const known = trained.map(({ time }) => time);
  const stageOf = Int32Array.from(trained.flatMap((stage, i) => Array<number>(stage.x.shape[0]!).fill(i)));
  const conditions = [...known.map((time) => stageCondition(axis, known, time)), noStage(axis)];
  const width = conditions[0]!.length;
  const weight = draw === "cells" ? undefined : Float64Array.from(stageOf, (i) => 1 / trained[i]!.x.shape[0]!);
  const options = { replace: stageOf.length < batch, ...(weight === undefined ? {} : { weight }) };
  return {
    at(step: number): Promise<Batch<Cells, CellCond>> {
      const stream = rng.fold(step);
      const rows = stream.fold("rows").host.choice(stageOf.length, batch, options);
      const dropped = stream.fold("dropout").host.uniform(batch);
      const condition = new Float32Array(batch * width);
      rows.forEach((row, i) => {
        const kind = dropped[i]! < conditionDropout ? known.length : stageOf[row]!;
        condition.set(conditions[kind]!, i * width);
      });
      return Promise.resolve(ownBatch<Cells, CellCond>({
        target: { x: fromHost(takeRows(x, rows)) },
        cond: { condition: tensor(condition, [batch, width]) },
      }));
    },
  };
}

/** Path times of training, away from the data end, where u says nothing about the cell. */
function trainingTimes({ kind, shift }: GmFlowConfig["times"], rows: number, rng: Rng): Tensor {
  const drawn = kind === "uniform" ? sub(1, rng.uniform([rows])) : sigmoid(rng.normal([rows]));
  const level = shift === 1 ? drawn : div(mul(drawn, shift), add(mul(drawn, shift - 1), 1));
  return sub(1, clip(level, 1e-4, 1));
}

function samplerOf(
  { solver, substeps, shift, order, guidance, orthogonal, power }: GmFlowConfig["sampling"],
): GmSampler {
  const advance = solver === "sde" ? sdeAdvance() : odeAdvance(substeps, shift);
  return gmSampler(advance, { order: order === 2 ? 2 : 1, guidance, orthogonal, power });
}

/** The field of a sampler: the network's mixture, and the one without a stage where sampling is guided. */
function mixtureField(
  predict: Predict<Cells, CellCond, Mixture>,
  { cond, encode }: FieldContext<CellCond>,
  nullCond: ((cond: CellCond) => CellCond) | undefined,
): Field<Cells, GmPrediction> {
  if (nullCond === undefined) return (x, t) => ({ given: predict(x, t) });
  const none = encode(nullCond(cond));
  return (x, t) => ({ given: predict(x, t), none: predict(x, t, none) });
}

/**
 * Gaussian mixture flow matching (Chen et al. 2025) on cells under a stage: Gaussian prior, straight path, likelihood of
 * the velocity under the network's mixture.
 *
 * @param config The method's configuration.
 * @param spec Sizes and time points of the data.
 * @returns The five parts and how they are fed.
 */
export function gmMethod(config: GmFlowConfig, spec: DataSpec): GmMethod {
  const axis = stageAxis(config, spec);
  const { conditionDim, ...sizes } = config.network;
  const backbone = gmNetwork({
    ...sizes,
    features: spec.parts["x"]!.shape[0]!,
    components: config.components,
    condition: stageEmbedding(axis, conditionDim),
    nullRow: axis.nullRow,
  });
  const guided = config.sampling.guidance > 0;
  return Object.freeze({
    prior: gaussianPrior<Cells>(),
    path: linearPath<Cells>(),
    objective: gmObjective(config.loss),
    backbone,
    sampler: samplerOf(config.sampling),
    field: (predict: Predict<Cells, CellCond, Mixture>, context: FieldContext<CellCond>): Field<Cells, GmPrediction> =>
      mixtureField(predict, context, guided ? backbone.nullCond : undefined),
    times: ({ target }: Batch<Cells, CellCond>, rng: Rng): Tensor =>
      trainingTimes(config.times, target.x.shape[0]!, rng),
    async batches(data: Data, rng: Rng): Promise<Batches<Batch<Cells, CellCond>>> {
      const { trained } = await readStages(data);
      return stageBatches(trained, axis, config, rng);
    },
  });
}
