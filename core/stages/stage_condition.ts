import { DataError } from "../errors.ts";
import type { ConditionEmbedding } from "../backbone/condition_embedding.ts";
import type { TimePoint } from "../data.ts";

/**
 * How a stage conditions a network, and what stands for a stage that was never trained.
 *
 * `interp`: a table of stages; an unseen one is interpolated between the rows of its trained neighbours. `nearest`: the row
 * of the trained stage next to it. `untrained`: its own row, which no gradient has touched. `continuous`: no table but the
 * position of the stage on the time axis, scaled to [0, 1].
 */
export type StageConditioning = "interp" | "nearest" | "untrained" | "continuous";

/** All kinds of {@linkcode StageConditioning}. */
export const STAGE_CONDITIONINGS: readonly StageConditioning[] = ["interp", "nearest", "untrained", "continuous"];

/** The stages of a data set and how they condition. */
export interface StageAxis {
  /** How stages condition. */
  readonly mode: StageConditioning;
  /** All time points of the data. */
  readonly times: readonly TimePoint[];
  /** Whether the table has one more row, which stands for no stage. */
  readonly nullRow: boolean;
}

/** The trained stages around a position on the time axis. */
export interface StageNeighbours {
  /** Nearest trained stage at or before it. */
  readonly before: number;
  /** Nearest trained stage at or after it. */
  readonly after: number;
  /** Share of `after` at the position; 0 if it is `before` itself. */
  readonly share: number;
}

/**
 * The embedding that belongs to the stages.
 *
 * @param axis Stages and how they condition.
 * @param width Width of the vectors.
 * @returns Kind and sizes.
 */
export function stageEmbedding({ mode, times, nullRow }: StageAxis, width: number): ConditionEmbedding {
  const conditions = times.length + (nullRow ? 1 : 0);
  return { kind: mode === "continuous" ? "scalar" : "table", conditions, width };
}

/**
 * Find the trained stages around a stage.
 *
 * @param times All time points.
 * @param trained Indices of the trained ones, rising.
 * @param stage Index of the stage.
 * @returns Its neighbours; absent if it lies before the first or after the last trained stage.
 */
export function stageNeighbours(
  times: readonly TimePoint[],
  trained: readonly number[],
  stage: number,
): StageNeighbours | undefined {
  const before = trained.findLast((index) => index <= stage);
  const after = trained.find((index) => index >= stage);
  if (before === undefined || after === undefined) return undefined;
  const at = (index: number): number => times[index]!.value;
  return { before, after, share: before === after ? 0 : (at(stage) - at(before)) / (at(after) - at(before)) };
}

/**
 * The trained stage whose position is nearest; of two equally near ones the earlier.
 *
 * @param times All time points.
 * @param trained Indices of the trained ones, rising, at least one.
 * @param stage Index of the stage.
 * @returns Index of the nearest.
 */
export function nearestStage(times: readonly TimePoint[], trained: readonly number[], stage: number): number {
  const gap = (index: number): number => Math.abs(times[index]!.value - times[stage]!.value);
  return trained.reduce((best, index) => gap(index) < gap(best) ? index : best);
}

/** Position of a stage on the axis, scaled so that all time points lie in [0, 1]. */
function scaled(times: readonly TimePoint[], stage: number): number {
  const values = times.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return high === low ? 0 : (values[stage]! - low) / (high - low);
}

function blend(axis: StageAxis, trained: readonly number[], stage: number): readonly (readonly [number, number])[] {
  const { mode, times } = axis;
  if (mode === "untrained" || trained.includes(stage)) return [[stage, 1]];
  if (mode === "nearest") return [[nearestStage(times, trained, stage), 1]];
  const around = stageNeighbours(times, trained, stage);
  if (around !== undefined) return [[around.before, 1 - around.share], [around.after, around.share]];
  throw new DataError(
    `Cannot interpolate stage "${times[stage]!.name}": it lies outside the trained stages ${
      trained.map((index) => times[index]!.name).join(", ")
    }; set plugin.config.stageConditioning to "continuous" or "nearest"`,
  );
}

/**
 * One row of conditioning for a stage, as `embedCondition` takes it.
 *
 * @example A stage half way between two trained ones
 * ```ts
 * import { stageCondition } from "@morphogen/morphogen";
 *
 * const times = [12.5, 13.5, 14.5].map((value) => ({ name: `E${value}`, value, unit: "days" }));
 * const row = stageCondition({ mode: "interp", times, nullRow: false }, [0, 2], 1);
 * if (row.join() !== "0.5,0,0.5") throw new Error(row.join());
 * ```
 *
 * @param axis Stages and how they condition.
 * @param trained Indices of the trained stages, rising.
 * @param stage Index of the stage.
 * @returns Weights of the table's rows, or position and 1.
 * @throws {DataError} If the stage has to be interpolated but is not between trained ones.
 */
export function stageCondition(axis: StageAxis, trained: readonly number[], stage: number): Float32Array {
  if (axis.mode === "continuous") return Float32Array.of(scaled(axis.times, stage), 1);
  const row = new Float32Array(axis.times.length + (axis.nullRow ? 1 : 0));
  for (const [index, weight] of blend(axis, trained, stage)) row[index]! += weight;
  return row;
}

/**
 * The row of conditioning that stands for no stage, as `Backbone.nullCond` makes it.
 *
 * @param axis Stages and how they condition.
 * @returns Weights of the table's rows, or zeros.
 */
export function noStage({ mode, times, nullRow }: StageAxis): Float32Array {
  if (mode === "continuous") return new Float32Array(2);
  const row = new Float32Array(times.length + (nullRow ? 1 : 0));
  if (nullRow) row[times.length] = 1;
  return row;
}
