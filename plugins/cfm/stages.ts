import {
  breathe,
  type Cells,
  dispose,
  draw,
  type Figure,
  type GeneratedStage,
  type HostArray,
  type Metric,
  readStages,
  type Rng,
  type Samples,
  type Stage,
  stageCondition,
  stageFigures,
  stageMetrics,
  stageStream,
  stageTable,
  type StoredStages,
  type TableStream,
  toHost,
  type Trained,
  zeros,
} from "../../core/mod.ts";
import { cfmStageAxis } from "./conditions.ts";
import { type CfmConfig, type CfmMethod, conditionTensor } from "./method.ts";
import { pathTimes } from "./path_times.ts";

/** What was generated, stage by stage. */
export interface StageSamples extends Samples {
  /** Stages that were trained on. */
  readonly trained: readonly Stage[];
  /** Generated stages, held-out ones first. */
  readonly stages: readonly GeneratedStage[];
}

function generatedBy({ coupling }: CfmConfig): string {
  return `conditional flow matching, ${coupling} pairing`;
}

/**
 * Draw cells of every stage, held out or trained on, and again with the control grids from the same noise.
 *
 * @param method The flow.
 * @param config The method's configuration.
 * @param trained Parameters, data, stream and progress.
 * @returns What was generated.
 * @throws {DataError} If a stage has to be interpolated but is not between trained ones.
 */
export async function sampleCfmStages(method: CfmMethod, config: CfmConfig, trained: Trained): Promise<StageSamples> {
  const { data } = trained;
  const split = await readStages(data);
  const known = split.trained.map(({ time }) => time);
  const axis = cfmStageAxis(config, data.spec);
  const { sampling } = config;
  const like: Cells = { x: zeros([sampling.cells, split.trained[0]!.x.shape[1]!]) };
  const wanted = [
    ...split.heldOut.map((stage) => ({ stage, heldOut: true })),
    ...split.trained.map((stage) => ({ stage, heldOut: false })),
  ];
  const stages: GeneratedStage[] = [];
  for (const { stage, heldOut } of wanted) {
    trained.progress(stages.length, wanted.length, stage.name);
    const row = stageCondition(axis, known, stage.time);
    const cond = { condition: conditionTensor(Array<Float32Array>(sampling.cells).fill(row)) };
    const rng: Rng = trained.rng.fold("cells").fold(stage.name);
    const cells = async (points: number): Promise<HostArray> => {
      const { x } = await draw(method, {
        params: trained.params,
        cond,
        like,
        times: pathTimes({ ...sampling, points }),
        rng,
      });
      const made = await toHost(x.x);
      dispose([x.x]);
      return made;
    };
    const x = await cells(sampling.points);
    const controls: Record<string, HostArray> = {};
    for (const points of sampling.controls) controls[`${points - 1}-steps`] = await cells(points);
    dispose([cond.condition]);
    stages.push({ stage, heldOut, x, controls });
  }
  dispose([like.x]);
  return { trained: split.trained, stages, table: stageTable(stages, data, generatedBy(config)) };
}

/**
 * Draw cells of held-out stages without end.
 *
 * @param method The flow.
 * @param config The method's configuration.
 * @param model Parameters and data.
 * @returns The cells.
 * @throws {DataError} If the stages of the data cannot be read.
 */
export function streamCfmStages(method: CfmMethod, config: CfmConfig, model: Trained): Promise<TableStream> {
  const axis = cfmStageAxis(config, model.data.spec);
  return stageStream({
    data: model.data,
    generatedBy: generatedBy(config),
    draw: async (stage, trained, cells, rng) => {
      const row = stageCondition(axis, trained.map(({ time }) => time), stage.time);
      const cond = { condition: conditionTensor(Array<Float32Array>(cells).fill(row)) };
      const like: Cells = { x: zeros([cells, stage.x.shape[1]!]) };
      const { x } = await draw(method, { params: model.params, cond, like, times: pathTimes(config.sampling), rng });
      const made = await toHost(x.x);
      dispose([x.x, cond.condition, like.x]);
      return made;
    },
  });
}

/**
 * Measure generated stages with their anchors.
 *
 * @param trained Data, stream and progress.
 * @param samples What was generated.
 * @returns Metrics in the order of the report.
 */
export function evaluateStages(trained: Trained, samples: StoredStages): Promise<readonly Metric[]> {
  if (!samples.stages[0]!.heldOut) {
    trained.note("no stage is held out: the metrics compare with cells that were trained on");
  }
  return stageMetrics(samples.stages, {
    ...commonOptions(trained, samples),
    rng: trained.rng.fold("evaluate"),
    async pause(stage: string): Promise<void> {
      await breathe();
      trained.progress(0, 0, stage);
    },
  });
}

function commonOptions({ data }: Trained, { trained }: StoredStages): {
  readonly spec: Trained["data"]["spec"];
  readonly trained: readonly Stage[];
  readonly label?: string;
} {
  const [label] = Object.keys(data.spec.labels);
  return { spec: data.spec, trained, ...(label === undefined ? {} : { label }) };
}

/**
 * Draw figures of generated stages.
 *
 * @param trained Data and stream.
 * @param samples What was generated.
 * @returns Figures in the order of the report.
 */
export function cfmStageFigures(trained: Trained, samples: StageSamples): readonly Figure[] {
  return stageFigures(samples.stages, { ...commonOptions(trained, samples), rng: trained.rng.fold("figures") });
}
