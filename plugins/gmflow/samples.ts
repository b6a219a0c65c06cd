import {
  type CellCond,
  type Cells,
  type Data,
  dispose,
  draw,
  encodeCond,
  exp,
  type GeneratedStage,
  type HostArray,
  hostArray,
  mean,
  readStages,
  type Rng,
  rng,
  type Samples,
  type Stage,
  stageCondition,
  stageStream,
  stageTable,
  type TableStream,
  tensor,
  tidy,
  toHost,
  type Trained,
  zeros,
} from "../../core/mod.ts";
import { type GmFlowConfig, parseGrid, type StepGrid } from "./config.ts";
import { type GmMethod, gmMethod, stageAxis } from "./method.ts";
import { noiseLevels } from "./transitions.ts";

/** What was generated, stage by stage. */
export interface GmSamples extends Samples {
  /** Stages that were trained on. */
  readonly trained: readonly Stage[];
  /** Generated stages, held-out ones first. */
  readonly stages: readonly GeneratedStage[];
  /** Mean weight of each component at each step of the first stage, `[n, K]`. */
  readonly weights: HostArray;
}

/** Cells that component weights are averaged over. */
const WATCHED = 512;

/**
 * Path times of a draw: rising from 0 to 1.
 *
 * @param steps Network calls.
 * @param shift Shift of the noise levels.
 * @returns One more time than steps.
 */
export function drawTimes(steps: number, shift: number): number[] {
  return noiseLevels(steps, shift).map((level) => 1 - level);
}

function condOf(config: GmFlowConfig, data: Data, trained: readonly Stage[], stage: Stage, cells: number): CellCond {
  const row = stageCondition(stageAxis(config, data.spec), trained.map(({ time }) => time), stage.time);
  const all = Float32Array.from({ length: cells * row.length }, (_, i) => row[i % row.length]!);
  return { condition: tensor(all, [cells, row.length]) };
}

/** Draw cells under one condition. */
async function drawCells(
  method: GmMethod,
  { steps, shift }: { readonly steps: number; readonly shift: number },
  cond: CellCond,
  features: number,
  trained: Trained,
  stream: Rng,
): Promise<HostArray> {
  const like: Cells = { x: zeros([cond.condition.shape[0]!, features]) };
  const { x } = await draw(method, { params: trained.params, cond, like, times: drawTimes(steps, shift), rng: stream });
  const cells = await toHost(x.x);
  dispose([x.x, like.x]);
  return cells;
}

/** Mean weights of the components along a draw of a few cells. */
async function componentWeights(
  method: GmMethod,
  config: GmFlowConfig,
  cond: CellCond,
  features: number,
  trained: Trained,
): Promise<HostArray> {
  const { steps, shift } = config.sampling;
  const rows = cond.condition.shape[0]!;
  const like: Cells = { x: zeros([rows, features]) };
  const times = drawTimes(steps, shift);
  const weights: number[] = [];
  const context = { train: false, rng: rng(0) };
  const { x } = await draw(method, {
    params: trained.params,
    cond,
    like,
    times,
    rng: trained.rng.fold("watched"),
    onStep: async ({ step, t, x: state }) => {
      if (step === steps) return;
      const used = tidy(() => {
        const encoded = encodeCond(method.backbone, trained.params, cond, context);
        const time = tensor(new Float32Array(rows).fill(t));
        return mean(exp(method.backbone.apply(trained.params, state, time, encoded, context).logWeights), 0);
      });
      weights.push(...(await toHost(used)).data);
      dispose([used]);
    },
  });
  dispose([x.x, like.x]);
  return hostArray(Float32Array.from(weights), [steps, config.components]);
}

function generatedBy({ components, sampling: { steps, substeps, solver } }: GmFlowConfig): string {
  return `GMFlow, ${components} components, ${solver} ${gridName({ steps, substeps })}`;
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
export function streamGmStages(method: GmMethod, config: GmFlowConfig, model: Trained): Promise<TableStream> {
  return stageStream({
    data: model.data,
    generatedBy: generatedBy(config),
    draw: async (stage, trained, cells, stream) => {
      const cond = condOf(config, model.data, trained, stage, cells);
      const made = await drawCells(method, config.sampling, cond, stage.x.shape[1]!, model, stream);
      dispose([cond.condition]);
      return made;
    },
  });
}

function gridName({ steps, substeps }: StepGrid): string {
  return `${steps}x${substeps}`;
}

/**
 * Draw cells of every stage, held out or trained on, in the configured way and by the control grids, from the same noise.
 *
 * @param method The flow.
 * @param config The method's configuration.
 * @param trained Parameters, data, stream and progress.
 * @returns What was generated.
 * @throws {DataError} If a stage has to be interpolated but is not between trained ones.
 */
export async function sampleStages(method: GmMethod, config: GmFlowConfig, trained: Trained): Promise<GmSamples> {
  const { data } = trained;
  const split = await readStages(data);
  const features = split.trained[0]!.x.shape[1]!;
  const { sampling } = config;
  const grids = sampling.controls.map((text) => parseGrid(text)!);
  const wanted = [
    ...split.heldOut.map((stage) => ({ stage, heldOut: true })),
    ...split.trained.map((stage) => ({ stage, heldOut: false })),
  ];
  const stages: GeneratedStage[] = [];
  for (const { stage, heldOut } of wanted) {
    trained.progress(stages.length, wanted.length, stage.name);
    const cond = condOf(config, data, split.trained, stage, sampling.cells);
    const stream = trained.rng.fold("cells").fold(stage.name);
    const x = await drawCells(method, sampling, cond, features, trained, stream);
    const controls: Record<string, HostArray> = {};
    for (const grid of grids) {
      const variant = gmMethod({ ...config, sampling: { ...sampling, ...grid } }, data.spec);
      const setting = { steps: grid.steps, shift: sampling.shift };
      controls[gridName(grid)] = await drawCells(variant, setting, cond, features, trained, stream);
    }
    dispose([cond.condition]);
    stages.push({ stage, heldOut, x, controls });
  }
  const watched = condOf(config, data, split.trained, wanted[0]!.stage, WATCHED);
  const weights = await componentWeights(method, config, watched, features, trained);
  dispose([watched.condition]);
  return { trained: split.trained, stages, weights, table: stageTable(stages, data, generatedBy(config)) };
}
