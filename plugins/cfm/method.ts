import {
  type Batch,
  type Batches,
  type Coupling,
  type Data,
  type DataSpec,
  dormandPrinceSampler,
  eulerSampler,
  exactCoupling,
  type Field,
  fromHost,
  gaussianPrior,
  heunSampler,
  hostArray,
  independentCoupling,
  linearPath,
  type Method,
  oneHot,
  ownBatch,
  type Predict,
  regression,
  type Rng,
  type Sampler,
  sinkhornCoupling,
  squared,
  takeRows,
  type Tensor,
  zeros,
} from "../../core/mod.ts";
import { type CellCond, cellNetwork, type Cells } from "./network.ts";
import { type CellTable, conditionNames, splitTable } from "./table.ts";

/** Configuration of conditional flow matching on a table of cells. */
export interface CfmConfig {
  /** What a cell is drawn for: empty for nothing, `"time"`, or the name of a label. */
  readonly condition: string;
  /** How noise is paired with data inside a batch. */
  readonly coupling: "independent" | "exact" | "sinkhorn";
  /** Regularisation of `sinkhorn`, in squared units of the features. */
  readonly epsilon: number;
  /** Rows per batch. */
  readonly batch: number;
  /** Sizes of the network. */
  readonly network: {
    /** Hidden width. */
    readonly hidden: number;
    /** Hidden layers. */
    readonly layers: number;
    /** Time frequencies. */
    readonly timeDim: number;
  };
  /** How the flow is integrated. */
  readonly sampling: {
    /** `dopri5` adapts its steps; the others use `points`. */
    readonly solver: "euler" | "heun" | "dopri5";
    /** Equally spaced path times, ends included. */
    readonly points: number;
    /** Cells to draw. */
    readonly cells: number;
  };
}

/** Defaults for a few thousand cells in a few dozen dimensions. */
export const CFM_DEFAULTS: CfmConfig = {
  condition: "",
  coupling: "independent",
  epsilon: 0.05,
  batch: 256,
  network: { hidden: 128, layers: 3, timeDim: 8 },
  sampling: { solver: "heun", points: 51, cells: 2048 },
};

/** The flow of the plugin. */
export type CfmMethod = Method<Cells, CellCond, Cells>;

const SAMPLERS: Readonly<Record<CfmConfig["sampling"]["solver"], () => Sampler<Cells>>> = {
  euler: eulerSampler,
  heun: heunSampler,
  dopri5: dormandPrinceSampler,
};

function couplingOf({ coupling, epsilon }: CfmConfig): Coupling {
  switch (coupling) {
    case "independent":
      return independentCoupling();
    case "exact":
      return exactCoupling();
    case "sinkhorn":
      return sinkhornCoupling({ epsilon });
  }
}

/**
 * Batches of random rows, each paired with noise as the coupling says (Tong et al. 2024 for transport).
 *
 * @param table Rows to train on.
 * @param conditions Number of conditions, 0 for none.
 * @param config Batch size and coupling.
 * @param rng Stream of the batches.
 * @returns Random access to batches.
 */
export function cellBatches(
  table: CellTable,
  conditions: number,
  config: CfmConfig,
  rng: Rng,
): Batches<Batch<Cells, CellCond>> {
  const couple = couplingOf(config);
  const rows = table.condition.length;
  const width = table.x.shape[1]!;
  return {
    async at(step: number): Promise<Batch<Cells, CellCond>> {
      const stream = rng.fold(step);
      const chosen = stream.fold("rows").host.choice(rows, config.batch, { replace: rows < config.batch });
      const data = takeRows(table.x, chosen);
      const noise = hostArray(stream.fold("noise").host.normal(config.batch * width), [config.batch, width]);
      const { source, target } = await couple(noise, data, stream.fold("coupling").host);
      const kinds = Int32Array.from(target, (row) => table.condition[chosen[row]!]!);
      return ownBatch<Cells, CellCond>({
        x0: { x: fromHost(takeRows(noise, source)) },
        target: { x: fromHost(takeRows(data, target)) },
        cond: { condition: conditionTensor(kinds, conditions) },
      });
    },
  };
}

/**
 * One-hot conditions.
 *
 * @param kinds Condition of each row.
 * @param conditions Number of conditions; 0 gives a placeholder that the network does not read.
 * @returns `[B, K]`, or `[B, 1]` of zeros.
 */
export function conditionTensor(kinds: Int32Array, conditions: number): Tensor {
  return conditions === 0 ? zeros([kinds.length, 1]) : oneHot(kinds, conditions);
}

/**
 * Conditional flow matching (Lipman et al. 2023) on cells: Gaussian prior, straight path, velocity regression.
 *
 * @param config The method's configuration.
 * @param spec Sizes of the data.
 * @returns The five parts and how they are fed.
 */
export function cfmMethod(config: CfmConfig, spec: DataSpec): CfmMethod {
  const path = linearPath<Cells>();
  const conditions = conditionNames({ spec }, config.condition).length;
  const objective = regression<Cells, CellCond>({
    path,
    predicts: "velocity",
    parts: { x: { element: squared, weight: 1 } },
  });
  return Object.freeze({
    prior: gaussianPrior<Cells>(),
    path,
    objective,
    backbone: cellNetwork({ features: spec.parts["x"]!.shape[0]!, conditions, ...config.network }),
    sampler: SAMPLERS[config.sampling.solver](),
    field: (predict: Predict<Cells, CellCond, Cells>): Field<Cells> => (x, t) =>
      objective.velocity(predict(x, t), x, t),
    times: (batch: Batch<Cells, CellCond>, rng: Rng): Tensor => rng.uniform([batch.target.x.shape[0]!]),
    async batches(data: Data, rng: Rng): Promise<Batches<Batch<Cells, CellCond>>> {
      const { train } = await splitTable(data, config.condition);
      return cellBatches(train, conditions, config, rng);
    },
  });
}
