/**
 * NicheFlow: microenvironments of cells through time.
 *
 * Sakalyan, Palma, Guerranti, Theis, Günnemann, "Modeling Microenvironment Trajectories on Spatial Transcriptomics with
 * NicheFlow", NeurIPS 2025, arXiv 2511.00977; reference code github.com/kristiyansakalyan/nicheflow at a68bc40 (MIT).
 *
 * Deliberate differences from the reference code, each with a switch where parity may be wanted: padded cells do not count
 * in the loss (`objective.paddedLoss`); the source is encoded once per sample; several sections per time point; sections
 * can be held out; random fills of evaluation centres are seeded.
 *
 * @module
 */
import {
  type Batch,
  type Data,
  DataError,
  type DataSpec,
  flowTrainable,
  type HostArray,
  hostArray,
  type Metric,
  type Model,
  type Plugin,
  type Prepared,
  type Progress,
  type Rng,
  type Trained,
} from "../../core/mod.ts";
import { labelledCells, trainClassifier } from "./classifier.ts";
import { checkNicheFlow, NICHEFLOW_DEFAULTS, type NicheFlowConfig } from "./config.ts";
import { evaluateNiches } from "./evaluate.ts";
import { nicheFigures } from "./figures.ts";
import { nicheMethod } from "./method.ts";
import type { Niche, NicheCond } from "./niche.ts";
import { NICHEFLOW_PUBLISHED } from "./published.ts";
import { type NicheSamples, sampleNiches, type SampleSetting } from "./samples.ts";
import { type Slide, typeLabel } from "./slides.ts";
import { streamNiches } from "./stream.ts";
import { usableSlides } from "./usable_slides.ts";

export * from "./batches.ts";
export * from "./classifier.ts";
export * from "./config.ts";
export * from "./cost.ts";
export * from "./generate.ts";
export * from "./journeys.ts";
export * from "./method.ts";
export * from "./niche.ts";
export * from "./single_point.ts";
export * from "./slides.ts";
export * from "./state_dict.ts";
export * from "./transformer.ts";

function requireParts(spec: DataSpec): void {
  for (const part of ["x", "pos"]) {
    if (spec.parts[part] !== undefined) continue;
    throw new DataError(
      `Cannot build NicheFlow on "${spec.name}": it needs features "x" and coordinates "pos", the data have ${
        Object.keys(spec.parts).join(", ")
      }`,
    );
  }
}

/** Slides are cut once per data set and shared by training, sampling and evaluation. */
function cutOnce(config: NicheFlowConfig): (data: Data) => Promise<readonly Slide[]> {
  const known = new WeakMap<Data, Promise<readonly Slide[]>>();
  return (data) => {
    const cut = known.get(data) ?? usableSlides(data, config);
    known.set(data, cut);
    return cut;
  };
}

async function prepare(config: NicheFlowConfig, data: Data, rng: Rng, progress: Progress): Promise<Prepared> {
  requireParts(data.spec);
  const label = typeLabel(data, config.label);
  if (label === undefined) return {};
  const slides = await usableSlides(data, config);
  const cells = labelledCells(slides.filter(({ split }) => split === "train"));
  const classes = data.spec.labels[label]!.length;
  const { params, testF1 } = await trainClassifier(cells, classes, config.classifier, rng, progress);
  return { classifier: params, testF1: hostArray(Float32Array.of(testF1), [1]) };
}

function build(
  config: NicheFlowConfig,
  spec: DataSpec,
  prepared: Prepared = {},
): Model<Batch<Niche, NicheCond>, NicheSamples> {
  requireParts(spec);
  const slides = cutOnce(config);
  const method = nicheMethod(config, spec, slides);
  const label = typeLabel({ spec }, config.label);
  const { classifier, testF1 } = prepared;
  const setting: SampleSetting = {
    config,
    method,
    spec,
    ...(label === undefined ? {} : { label }),
    ...(classifier === undefined ? {} : { classifier }),
  };
  return Object.freeze({
    method,
    trainable: flowTrainable(method),
    batches: method.batches,
    sample: async (trained: Trained) => sampleNiches(await slides(trained.data), setting, trained),
    stream: async (trained: Trained) => streamNiches(await slides(trained.data), setting, trained),
    evaluate(trained: Trained, samples: NicheSamples): Promise<readonly Metric[]> {
      if (label === undefined) trained.note("the data have no cell types: 1NN-F1 and distances by type are skipped");
      const f1 = (testF1 as HostArray | undefined)?.data[0];
      return evaluateNiches(samples, setting, trained, f1);
    },
    figures: (trained: Trained, samples: NicheSamples) => Promise.resolve(nicheFigures(samples, setting, trained)),
  });
}

/** The NicheFlow plugin. */
export const plugin: Plugin<NicheFlowConfig> = Object.freeze({
  name: "nicheflow",
  contract: 1,
  paper: {
    title: "Modeling Microenvironment Trajectories on Spatial Transcriptomics with NicheFlow",
    authors: "Sakalyan K., Palma A., Guerranti F., Theis F. J., Günnemann S.",
    year: 2025,
    venue: "NeurIPS 2025",
    url: "https://arxiv.org/abs/2511.00977",
    licence: "reference code MIT",
    source: "github.com/kristiyansakalyan/nicheflow @ a68bc40",
  },
  published: NICHEFLOW_PUBLISHED,
  defaults: NICHEFLOW_DEFAULTS,
  check: checkNicheFlow,
  prepare,
  build,
});
