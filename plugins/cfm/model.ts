import {
  type AnnDataStore,
  type Batch,
  type CellCond,
  type Cells,
  concatRows,
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
  type Samples,
  scatterPlot,
  storedStages,
  takeRows,
  toHost,
  type Trained,
  zeros,
} from "../../core/mod.ts";
import { cellConditions } from "./conditions.ts";
import { drawnConditions, generatedTable } from "./generated.ts";
import { distanceMetrics, measureCells } from "./measure.ts";
import { type CfmConfig, type CfmMethod, cfmMethod, conditionTensor } from "./method.ts";
import { pathTimes } from "./path_times.ts";
import { someRows } from "./rows.ts";
import { cfmStageFigures, evaluateStages, sampleCfmStages, type StageSamples, streamCfmStages } from "./stages.ts";
import { streamCells } from "./stream.ts";
import { conditionNames, splitTable } from "./table.ts";

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
    table: generatedTable(x, condition, { names, config, data: trained.data }),
  };
}

async function evaluateCells(config: CfmConfig, trained: Trained, samples: CellSamples): Promise<readonly Metric[]> {
  return [
    ...await distanceMetrics(config, trained, inMemory(samples.x)),
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
  const real = await someRows(test.x, DRAWN, trained.rng.fold("figures"));
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
      stream: (trained: Trained) => streamCfmStages(method, config, trained),
      measure: async (trained: Trained, store: AnnDataStore) =>
        evaluateStages(trained, await storedStages(store, trained)),
      evaluate: (trained: Trained, samples: StageSamples) => evaluateStages(trained, samples),
      figures: (trained: Trained, samples: StageSamples) => Promise.resolve(cfmStageFigures(trained, samples)),
    });
  }
  return Object.freeze({
    ...flow,
    sample: (trained: Trained) => sampleCells(method, config, spec, trained),
    stream: (trained: Trained) => Promise.resolve(streamCells(method, config, spec, trained)),
    measure: (trained: Trained, store: AnnDataStore) => measureCells(config, trained, store),
    evaluate: (trained: Trained, samples: CellSamples) => evaluateCells(config, trained, samples),
    figures: (trained: Trained, samples: CellSamples) => cellFigures(config, trained, samples),
  });
}
