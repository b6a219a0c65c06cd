import {
  type Batch,
  type Batches,
  type Cells,
  type Cond,
  type Data,
  DataError,
  type DataSpec,
  dispose,
  draw,
  energyDistance,
  type Field,
  type Figure,
  flowTrainable,
  fromHost,
  gaussianPrior,
  heunSampler,
  type HostArray,
  hostArray,
  linearPath,
  type Method,
  type Metric,
  type Model,
  ownBatch,
  type Predict,
  readPart,
  regression,
  type Rng,
  type Samples,
  scatterPlot,
  type Section,
  squared,
  takeRows,
  type Tensor,
  timeGrid,
  toHost,
  type Trained,
  zeros,
} from "../../core/mod.ts";
import type { TemplateConfig } from "./config.ts";
import { templateNetwork } from "./network.ts";

/** Drawn cells. */
export interface TemplateSamples extends Samples {
  /** Features, `[n, G]`. */
  readonly x: HostArray;
}

/** What {@linkcode buildTemplate} returns. */
export type TemplateModel = Model<Batch<Cells, Cond>, TemplateSamples>;

/** The flow and how it is set. */
interface Flow {
  readonly method: Method<Cells>;
  readonly config: TemplateConfig;
}

/** Cells that distances are computed on at most: their cost is quadratic. */
const COMPARED = 1000;

async function readCells(data: Data, split: Section["split"]): Promise<HostArray> {
  const own = data.sections.filter((section) => section.split === split);
  const parts = await Promise.all(own.map((section) => readPart(section, "x")));
  const width = data.spec.parts["x"]!.shape[0]!;
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const joined = new Float32Array(rows * width);
  let at = 0;
  for (const { data: values } of parts) {
    joined.set(values, at);
    at += values.length;
  }
  return hostArray(joined, [rows, width]);
}

/** Some rows; all of them if there are fewer. */
function someRows(cells: HostArray, count: number, rng: Rng): HostArray {
  const rows = cells.shape[0]!;
  return rows <= count ? cells : takeRows(cells, rng.host.choice(rows, count));
}

/**
 * Compose the flow: the five parts, and how they are fed.
 *
 * @param config The method's configuration.
 * @param spec Sizes of the data.
 * @returns The method.
 */
export function templateMethod(config: TemplateConfig, spec: DataSpec): Method<Cells> {
  const path = linearPath<Cells>();
  const parts = { x: { element: squared, weight: 1 } };
  const objective = regression<Cells>({ path, predicts: "velocity", parts });
  return Object.freeze({
    prior: gaussianPrior<Cells>(),
    path,
    objective,
    backbone: templateNetwork(config.network, spec.parts["x"]!.shape[0]!),
    sampler: heunSampler<Cells>(),
    field: (predict: Predict<Cells, Cond, Cells>): Field<Cells> => (x, t) => objective.velocity(predict(x, t), x, t),
    times: ({ target }: Batch<Cells, Cond>, rng: Rng): Tensor => rng.uniform([target.x.shape[0]!]),
    async batches(data: Data, rng: Rng): Promise<Batches<Batch<Cells, Cond>>> {
      const cells = await readCells(data, "train");
      return {
        at(step: number): Promise<Batch<Cells, Cond>> {
          const rows = rng.fold(step).host.choice(cells.shape[0]!, config.batch, { replace: true });
          return Promise.resolve(ownBatch<Cells, Cond>({ target: { x: fromHost(takeRows(cells, rows)) }, cond: {} }));
        },
      };
    },
  });
}

async function sampleCells({ method, config }: Flow, trained: Trained): Promise<TemplateSamples> {
  const { params, data, rng, progress } = trained;
  const { points, cells } = config.sampling;
  const { shape, names } = data.spec.parts["x"]!;
  const like: Cells = { x: zeros([cells, shape[0]!]) };
  const onStep = ({ step }: { readonly step: number }): void => progress(step, points - 1, "integrating");
  const result = await draw(method, { params, cond: {}, like, times: timeGrid(points), rng, onStep });
  const x = await toHost(result.x.x);
  dispose([like.x, result.x.x]);
  const table = {
    obs: { index: Array.from({ length: cells }, (_, i) => `generated_${i}`), columns: {} },
    var: { index: names ?? Array.from({ length: shape[0]! }, (_, i) => `feature_${i}`), columns: {} },
    X: x,
    layers: {},
    obsm: {},
    varm: {},
    obsp: {},
    uns: { generated_by: "template", notes: [...data.notes] },
  };
  return { x, table };
}

/** Cells that training never saw; those it saw, with a note, if none are held out. */
async function comparedCells(trained: Trained): Promise<HostArray> {
  const heldOut = await readCells(trained.data, "test");
  if (heldOut.shape[0]! > 1) return heldOut;
  trained.note("no cells are held out: the metrics compare with cells that were trained on");
  return await readCells(trained.data, "train");
}

async function evaluateCells(trained: Trained, { x }: TemplateSamples): Promise<readonly Metric[]> {
  const rng = trained.rng.fold("evaluate");
  const real = someRows(await comparedCells(trained), COMPARED, rng.fold("real"));
  const other = someRows(await readCells(trained.data, "train"), COMPARED, rng.fold("other"));
  const noise = hostArray(rng.fold("noise").host.normal(other.data.length), other.shape);
  return [{
    name: "energy-distance",
    value: energyDistance(someRows(x, COMPARED, rng.fold("generated")), real),
    better: "lower",
    description: "energy distance between generated and held-out cells, in units of the features",
    anchors: { "training cells": energyDistance(other, real), "noise": energyDistance(noise, real) },
  }];
}

function plane({ data, shape }: HostArray): HostArray {
  const [n, width] = shape as [number, number];
  return hostArray(Float32Array.from({ length: 2 * n }, (_, i) => data[(i >> 1) * width + (i & 1)]!), [n, 2]);
}

async function cellFigures(trained: Trained, { x }: TemplateSamples): Promise<readonly Figure[]> {
  if (x.shape[1]! < 2) return [];
  const title = "Generated and held-out cells";
  const series = [
    { name: "held out", points: plane(await comparedCells(trained)) },
    { name: "generated", points: plane(x) },
  ];
  const svg = scatterPlot({ title, xLabel: "feature 1", yLabel: "feature 2", series });
  const caption = `${x.shape[0]} generated cells, first two features. ${trained.data.notes.join(" ")}`;
  return [{ id: "samples", title, caption, frames: [{ label: "", svg }] }];
}

/**
 * Compose template for a data set.
 *
 * @param config The method's configuration.
 * @param spec Sizes and names of the data.
 * @returns The model.
 * @throws {DataError} If the data have no features.
 */
export function buildTemplate(config: TemplateConfig, spec: DataSpec): TemplateModel {
  if (spec.parts["x"] === undefined) {
    const known = Object.keys(spec.parts).join(", ") || "nothing";
    throw new DataError(
      `Cannot build template on "${spec.name}": it needs features "x", the data have ${known}`,
    );
  }
  const method = templateMethod(config, spec);
  return Object.freeze({
    method,
    trainable: flowTrainable(method),
    batches: method.batches,
    sample: (trained: Trained) => sampleCells({ method, config }, trained),
    evaluate: evaluateCells,
    figures: cellFigures,
  });
}
