import {
  type ConditionEmbedding,
  type DataSpec,
  type StageAxis,
  stageCondition,
  stageEmbedding,
} from "../../core/mod.ts";
import type { CfmConfig } from "./method.ts";
import { conditionNames } from "./table.ts";

/** What cells are drawn for, as the network sees it. */
export interface CellConditions {
  /** How conditions are embedded; absent without conditions. */
  readonly embedding?: ConditionEmbedding;
  /**
   * Conditioning of every condition, in the order of its names.
   *
   * @param trained Stages that are trained on, where the condition is the time.
   * @returns One row per condition; without conditions one row of a placeholder that is not read.
   */
  rows(trained: readonly number[]): readonly Float32Array[];
}

/**
 * The stages of the data as the network is conditioned on them.
 *
 * @param config The method's configuration.
 * @param spec Description of the data.
 * @returns The axis.
 */
export function cfmStageAxis({ stageConditioning }: CfmConfig, { times }: DataSpec): StageAxis {
  return { mode: stageConditioning, times, nullRow: false };
}

/**
 * Conditions of a data set.
 *
 * @param config The method's configuration.
 * @param spec Description of the data.
 * @returns Embedding and rows.
 * @throws {DataError} If the data have no such label or no time points.
 */
export function cellConditions(config: CfmConfig, spec: DataSpec): CellConditions {
  const names = conditionNames({ spec }, config.condition);
  const width = config.network.conditionDim;
  if (names.length === 0) return { rows: () => [new Float32Array(1)] };
  if (config.condition !== "time") {
    const oneHot = (at: number): Float32Array => Float32Array.from(names, (_, i) => Number(i === at));
    return {
      embedding: { kind: "table", conditions: names.length, width },
      rows: () => names.map((_, i) => oneHot(i)),
    };
  }
  const axis = cfmStageAxis(config, spec);
  // Stages that are not trained have no cells in a batch; their rows are never looked at.
  return {
    embedding: stageEmbedding(axis, width),
    rows: (trained) =>
      names.map((_, i) => trained.includes(i) ? stageCondition(axis, trained, i) : new Float32Array(0)),
  };
}
