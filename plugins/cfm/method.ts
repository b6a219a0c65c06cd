import {
  type Batch,
  type Batches,
  type CellCond,
  type Cells,
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
  type HostArray,
  hostArray,
  independentCoupling,
  linearPath,
  type Method,
  ownBatch,
  type Pairs,
  type Predict,
  readStages,
  regression,
  type Rng,
  type Sampler,
  sinkhornCoupling,
  squared,
  type StageConditioning,
  takeRows,
  type Tensor,
  tensor,
} from "../../core/mod.ts";
import { cellConditions } from "./conditions.ts";
import { cfmNetwork } from "./network.ts";
import { drawnRows } from "./rows.ts";
import { type CellTable, splitTable } from "./table.ts";

/** Configuration of conditional flow matching on a table of cells. */
export interface CfmConfig {
  /** What a cell is drawn for: empty for nothing, `"time"`, or the name of a label. */
  readonly condition: string;
  /** With `"time"`: how a stage conditions the network, and what stands for one that was never trained. */
  readonly stageConditioning: StageConditioning;
  /** How noise is paired with data of one condition inside a batch. */
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
    /** Width of the time embedding, even. */
    readonly timeDim: number;
    /** Width of the condition embedding. */
    readonly conditionDim: number;
    /** Whether a linear map leads from the features to the velocity. */
    readonly skip: boolean;
  };
  /** How the flow is integrated. */
  readonly sampling: {
    /** `dopri5` adapts its steps; the others use `points`. */
    readonly solver: "euler" | "heun" | "dopri5";
    /** Equally spaced path times, ends included. */
    readonly points: number;
    /** Cells to draw; with `"time"` per stage. */
    readonly cells: number;
    /** With `"time"`: numbers of points of further draws of the same network that are measured beside. */
    readonly controls: readonly number[];
  };
}

/** Defaults for a few thousand cells in a few dozen dimensions. */
export const CFM_DEFAULTS: CfmConfig = {
  condition: "",
  stageConditioning: "interp",
  coupling: "independent",
  epsilon: 0.05,
  batch: 256,
  network: { hidden: 128, layers: 3, timeDim: 16, conditionDim: 16, skip: false },
  sampling: { solver: "heun", points: 51, cells: 2048, controls: [] },
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

/** Pair noise with data of one condition at a time: a plan over several would make the noise say which one it is. */
async function coupleWithin(
  couple: Coupling,
  noise: HostArray,
  data: HostArray,
  kinds: Int32Array,
  stream: Rng,
): Promise<Pairs> {
  const pairs: Pairs[] = [];
  for (const kind of new Set(kinds)) {
    const rows = Int32Array.from(kinds.keys()).filter((row) => kinds[row] === kind);
    const own = await couple(takeRows(noise, rows), takeRows(data, rows), stream.fold(kind).host);
    pairs.push({ source: own.source.map((row) => rows[row]!), target: own.target.map((row) => rows[row]!) });
  }
  const joined = (of: (each: Pairs) => Int32Array): Int32Array =>
    Int32Array.from(pairs.flatMap((each) => [...of(each)]));
  return { source: joined(({ source }) => source), target: joined(({ target }) => target) };
}

/**
 * Batches of random rows, each paired with noise as the coupling says (Tong et al. 2024 for transport), within each
 * condition.
 *
 * @param table Rows to train on.
 * @param conditions Conditioning of each kind of row.
 * @param config Batch size and coupling.
 * @param rng Stream of the batches.
 * @returns Random access to batches.
 */
export function cellBatches(
  table: CellTable,
  conditions: readonly Float32Array[],
  config: CfmConfig,
  rng: Rng,
): Batches<Batch<Cells, CellCond>> {
  const couple = couplingOf(config);
  const draws = drawnRows(table.x, config.batch, rng);
  const width = table.x.shape[1]!;
  return {
    async at(step: number): Promise<Batch<Cells, CellCond>> {
      const stream = rng.fold(step);
      const { index, rows: data } = await draws.at(step);
      const kinds = Int32Array.from(index, (row) => table.condition[row]!);
      const noise = hostArray(stream.fold("noise").host.normal(config.batch * width), [config.batch, width]);
      const { source, target } = await coupleWithin(couple, noise, data, kinds, stream.fold("coupling"));
      return ownBatch<Cells, CellCond>({
        x0: { x: fromHost(takeRows(noise, source)) },
        target: { x: fromHost(takeRows(data, target)) },
        cond: { condition: conditionTensor(Array.from(target, (row) => conditions[kinds[row]!]!)) },
      });
    },
  };
}

/**
 * Conditioning as a tensor.
 *
 * @param rows Conditioning of each row, all of one length K.
 * @returns `[B, K]`.
 */
export function conditionTensor(rows: readonly Float32Array[]): Tensor {
  const width = rows[0]!.length;
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, i) => data.set(row, i * width));
  return tensor(data, [rows.length, width]);
}

/**
 * Conditional flow matching (Lipman et al. 2023) on cells: Gaussian prior, straight path, velocity regression.
 *
 * @param config The method's configuration.
 * @param spec Sizes of the data.
 * @returns The five parts and how they are fed.
 * @throws {DataError} If the data do not have the condition that was asked for.
 */
export function cfmMethod(config: CfmConfig, spec: DataSpec): CfmMethod {
  const path = linearPath<Cells>();
  const conditions = cellConditions(config, spec);
  const objective = regression<Cells, CellCond>({
    path,
    predicts: "velocity",
    parts: { x: { element: squared, weight: 1 } },
  });
  return Object.freeze({
    prior: gaussianPrior<Cells>(),
    path,
    objective,
    backbone: cfmNetwork(config, spec.parts["x"]!.shape[0]!, conditions.embedding),
    sampler: SAMPLERS[config.sampling.solver](),
    field: (predict: Predict<Cells, CellCond, Cells>): Field<Cells> => (x, t) =>
      objective.velocity(predict(x, t), x, t),
    times: (batch: Batch<Cells, CellCond>, rng: Rng): Tensor => rng.uniform([batch.target.x.shape[0]!]),
    async batches(data: Data, rng: Rng): Promise<Batches<Batch<Cells, CellCond>>> {
      const { train } = splitTable(data, config.condition);
      const trained = config.condition === "time" ? (await readStages(data)).trained.map(({ time }) => time) : [];
      return cellBatches(train, conditions.rows(trained), config, rng);
    },
  });
}
