import {
  type AnnData,
  type Batch,
  type CellCond,
  type Cells,
  concatRows,
  type Data,
  DataError,
  type DataSpec,
  dispose,
  draw,
  type Figure,
  flowTrainable,
  type HostArray,
  hostArray,
  inMemory,
  type Metric,
  type Model,
  type Rng,
  type RowSource,
  type Samples,
  scatterPlot,
  takeRows,
  toHost,
  type Trained,
  wasserstein1,
  wasserstein2,
  zeros,
} from "../../core/mod.ts";
import { cellConditions } from "./conditions.ts";
import { type CfmConfig, type CfmMethod, cfmMethod, conditionTensor } from "./method.ts";
import { pathTimes } from "./path_times.ts";
import { readFloats } from "./rows.ts";
import { cfmStageFigures, evaluateStages, sampleCfmStages, type StageSamples } from "./stages.ts";
import { conditionNames, type SplitTable, splitTable } from "./table.ts";

/** Drawn cells with what they were drawn for. */
export interface CellSamples extends Samples {
  /** Features, `[n, G]`. */
  readonly x: HostArray;
  /** Condition of each cell, `[n]`. */
  readonly condition: Int32Array;
  /** Field evaluations of the draw. */
  readonly evaluations: number;
  /** Features of a few cells at saved path times: T arrays of `[few, G]`. */
  readonly ways: readonly HostArray[];
}

/** Cells whose way through path time is drawn. */
const WAYS = 96;

/** Held-out cells that a figure shows at most. */
const DRAWN = 20_000;

/** Exact transport is cubic: distances are computed on at most this many cells. */
const COMPARED = 1024;

/** Conditions of the drawn cells: those of test rows, so that proportions agree. */
function drawnConditions(table: SplitTable, cells: number, stream: Rng): Int32Array {
  const rows = stream.host.choice(table.test.condition.length, cells, { replace: true });
  return Int32Array.from(rows, (row) => table.test.condition[row]!);
}

async function sampleCells(
  method: CfmMethod,
  config: CfmConfig,
  spec: DataSpec,
  trained: Trained,
): Promise<CellSamples> {
  const table = splitTable(trained.data, config.condition);
  const names = conditionNames({ spec }, config.condition);
  const cells = config.sampling.cells;
  const condition = drawnConditions(table, cells, trained.rng.fold("conditions"));
  const rows = cellConditions(config, spec).rows([]);
  const cond: CellCond = { condition: conditionTensor(Array.from(condition, (kind) => rows[kind]!)) };
  const like: Cells = { x: zeros([cells, table.train.x.shape[1]!]) };
  const ways: HostArray[] = [];
  const few = Int32Array.from({ length: Math.min(WAYS, cells) }, (_, i) => i);
  const result = await draw(method, {
    params: trained.params,
    cond,
    like,
    times: pathTimes(config.sampling),
    rng: trained.rng,
    onStep: async (at) => {
      ways.push(takeRows(await toHost(at.x.x), few));
      trained.progress(ways.length, config.sampling.points, "integrating");
    },
  });
  const x = await toHost(result.x.x);
  dispose([result.x.x, cond.condition, like.x]);
  return {
    x,
    condition,
    evaluations: result.evaluations,
    ways,
    table: tableOf(x, condition, names, config, trained.data),
  };
}

function tableOf(
  x: HostArray,
  condition: Int32Array,
  names: readonly string[],
  config: CfmConfig,
  data: Data,
): AnnData {
  const [n, genes] = x.shape as [number, number];
  return {
    obs: {
      index: Array.from({ length: n }, (_, i) => `generated_${i}`),
      columns: names.length === 0 ? {} : {
        condition: { kind: "categorical", codes: condition, categories: names, ordered: false },
      },
    },
    var: {
      index: data.spec.parts["x"]!.names ?? Array.from({ length: genes }, (_, i) => `feature_${i}`),
      columns: {},
    },
    X: x,
    layers: {},
    obsm: {},
    varm: {},
    obsp: {},
    uns: { generated_by: `conditional flow matching, ${config.coupling} pairing`, notes: [...data.notes] },
  };
}

function some(x: RowSource, count: number, stream: Rng): Promise<HostArray> {
  return readFloats(x, x.shape[0]! <= count ? undefined : stream.host.choice(x.shape[0]!, count));
}

async function evaluateCells(config: CfmConfig, trained: Trained, samples: CellSamples): Promise<readonly Metric[]> {
  const { train, test } = splitTable(trained.data, config.condition);
  const stream = trained.rng.fold("evaluate");
  const count = Math.min(COMPARED, samples.x.shape[0]!, train.x.shape[0]!, test.x.shape[0]!);
  const take = (x: RowSource, tag: string): Promise<HostArray> => some(x, count, stream.fold(tag));
  const real = await take(test.x, "test");
  const generated = await take(inMemory(samples.x), "generated");
  const noise = hostArray(stream.fold("noise").host.normal(count * real.shape[1]!), real.shape);
  const others = { "real, other cells": await take(train.x, "train"), "noise": noise };
  const metric = (name: string, distance: (a: HostArray, b: HostArray) => number): Metric => ({
    name,
    value: distance(generated, real),
    better: "lower",
    description: `exact ${
      name === "w1" ? "Wasserstein-1" : "Wasserstein-2"
    } distance between ${count} generated and ${count} held-out cells, in units of the features`,
    anchors: Object.fromEntries(Object.entries(others).map(([anchor, x]) => [anchor, distance(x, real)])),
  });
  return [
    metric("w2", wasserstein2),
    metric("w1", wasserstein1),
    {
      name: "evaluations",
      value: samples.evaluations,
      better: "lower",
      description: "network calls per draw",
      anchors: {},
    },
  ];
}

async function cellFigures(config: CfmConfig, trained: Trained, samples: CellSamples): Promise<readonly Figure[]> {
  const { test } = splitTable(trained.data, config.condition);
  const names = trained.data.spec.parts["x"]!.names ?? [];
  if (test.x.shape[1]! < 2) return [];
  const real = await some(test.x, DRAWN, trained.rng.fold("figures"));
  const plane = (x: HostArray): HostArray => {
    const [n, width] = x.shape as [number, number];
    return hostArray(Float32Array.from({ length: 2 * n }, (_, i) => x.data[(i >> 1) * width + (i & 1)]!), [n, 2]);
  };
  const axes = { xLabel: names[0] ?? "feature 1", yLabel: names[1] ?? "feature 2", equal: true };
  const ways = samples.ways.map(plane);
  const count = ways[0]!.shape[0]!;
  const lines = Array.from(
    { length: count },
    (_, cell) => concatRows(ways.map((frame) => takeRows(frame, [cell]))),
  );
  const synthetic = trained.data.notes.join(" ");
  return [
    {
      id: "samples",
      title: "Generated and held-out cells",
      caption: `${samples.x.shape[0]} generated cells over ${
        real.shape[0]
      } that training never saw, first two features. ${synthetic}`,
      frames: [{
        label: "",
        svg: scatterPlot({
          title: "Generated and held-out cells",
          ...axes,
          series: [{ name: "held out", points: plane(real) }, { name: "generated", points: plane(samples.x) }],
        }),
      }],
    },
    {
      id: "ways",
      title: "From noise to data",
      caption:
        `The way of ${count} cells through path time; pairing noise with data (coupling ${config.coupling}) decides how straight it is.`,
      frames: [{
        label: "",
        svg: scatterPlot({
          title: "Trajectories in path time",
          ...axes,
          series: [{ name: "noise", points: ways[0]! }, { name: "generated", points: ways.at(-1)! }],
          trajectories: lines,
        }),
      }],
    },
  ];
}

/**
 * Compose conditional flow matching for a data set.
 *
 * @param config The method's configuration.
 * @param spec Sizes and names of the data.
 * @returns The model.
 * @throws {DataError} If the data have no features or not the condition that was asked for.
 */
export function buildCfm(config: CfmConfig, spec: DataSpec): Model<Batch<Cells, CellCond>> {
  if (spec.parts["x"] === undefined) {
    throw new DataError(
      `Cannot build cfm on "${spec.name}": it needs features "x", the data have ${Object.keys(spec.parts)}`,
    );
  }
  const method = cfmMethod(config, spec);
  const flow = { method, trainable: flowTrainable(method), batches: method.batches };
  if (config.condition === "time") {
    return Object.freeze({
      ...flow,
      sample: (trained: Trained) => sampleCfmStages(method, config, trained),
      evaluate: (trained: Trained, samples: StageSamples) => evaluateStages(trained, samples),
      figures: (trained: Trained, samples: StageSamples) => Promise.resolve(cfmStageFigures(trained, samples)),
    });
  }
  return Object.freeze({
    ...flow,
    sample: (trained: Trained) => sampleCells(method, config, spec, trained),
    evaluate: (trained: Trained, samples: CellSamples) => evaluateCells(config, trained, samples),
    figures: (trained: Trained, samples: CellSamples) => cellFigures(config, trained, samples),
  });
}
