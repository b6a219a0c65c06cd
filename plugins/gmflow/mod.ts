/**
 * GMFlow: cells of a developmental stage that nobody measured, by Gaussian-mixture flow matching.
 *
 * Schunke, Hediyezh-zadeh, Salas, Can, Theis, "Generative modeling of spatial transcriptomics via Gaussian mixture flow
 * matching" (workshop paper, no code); the method is that of Chen et al., "Gaussian Mixture Flow Matching Models", ICML
 * 2025, arXiv 2504.05304, reference code github.com/Lakonik/GMFlow at c3697df (Apache-2.0).
 *
 * Deliberate differences from the reference code: products with a ratio of Gaussians are formed in natural parameters, so
 * that no clamp pulls towards the origin at small variance; no spectral sampling, which has no meaning for vectors.
 *
 * @module
 */
import {
  type AnnDataStore,
  type Batch,
  breathe,
  type CellCond,
  type Cells,
  DataError,
  type DataSpec,
  flowTrainable,
  type Metric,
  type Model,
  type Plugin,
  stageMetrics,
  storedStages,
  type Trained,
} from "../../core/mod.ts";
import { checkGmFlow, GMFLOW_DEFAULTS, type GmFlowConfig } from "./config.ts";
import { gmFigures } from "./figures.ts";
import { gmMethod } from "./method.ts";
import { type GmSamples, sampleStages, streamGmStages } from "./samples.ts";

export * from "./config.ts";
export * from "./guidance.ts";
export * from "./method.ts";
export * from "./mixture.ts";
export * from "./network.ts";
export * from "./objective.ts";
export * from "./sampler.ts";
export * from "./samples.ts";
export * from "./second_order.ts";
export * from "./transitions.ts";

/** Label that types cells: the one asked for, else the first. */
function labelOf({ label }: GmFlowConfig, { name, labels }: DataSpec): { readonly label?: string } {
  if (label === "") {
    const [first] = Object.keys(labels);
    return first === undefined ? {} : { label: first };
  }
  if (labels[label] !== undefined) return { label };
  throw new DataError(
    `Cannot type cells by "${label}": "${name}" has the labels ${Object.keys(labels).join(", ") || "(none)"}; ` +
      "set plugin.config.label",
  );
}

function requireStages({ name, parts, times }: DataSpec): void {
  if (parts["x"] === undefined) {
    throw new DataError(
      `Cannot build gmflow on "${name}": it needs features "x", the data have ${Object.keys(parts).join(", ")}`,
    );
  }
  if (times.length > 0) return;
  throw new DataError(`Cannot build gmflow on "${name}": the data have no time points, which it takes for stages`);
}

function build(config: GmFlowConfig, spec: DataSpec): Model<Batch<Cells, CellCond>, GmSamples> {
  requireStages(spec);
  const label = labelOf(config, spec);
  const method = gmMethod(config, spec);
  const evaluate = (trained: Trained, samples: Pick<GmSamples, "trained" | "stages">): Promise<readonly Metric[]> => {
    if (!samples.stages[0]!.heldOut) {
      trained.note("no stage is held out: the metrics compare with cells that were trained on");
    }
    return stageMetrics(samples.stages, {
      spec,
      trained: samples.trained,
      ...label,
      rng: trained.rng.fold("evaluate"),
      async pause(stage: string): Promise<void> {
        await breathe();
        trained.progress(0, 0, stage);
      },
    });
  };
  return Object.freeze({
    method,
    trainable: flowTrainable(method),
    batches: method.batches,
    sample: (trained: Trained) => sampleStages(method, config, trained),
    stream: (trained: Trained) => streamGmStages(method, config, trained),
    measure: async (trained: Trained, store: AnnDataStore) => evaluate(trained, await storedStages(store, trained)),
    evaluate,
    figures: (trained: Trained, samples: GmSamples) =>
      Promise.resolve(gmFigures(samples, { spec, ...label, rng: trained.rng.fold("figures") }, config)),
  });
}

/** The GMFlow plugin. */
export const plugin: Plugin<GmFlowConfig> = Object.freeze({
  name: "gmflow",
  contract: 1,
  paper: {
    title: "Generative modeling of spatial transcriptomics via Gaussian mixture flow matching",
    authors: "Schunke, Hediyezh-zadeh, Salas, Can, Theis; method by Chen H. et al.",
    year: 2025,
    venue: "Gaussian Mixture Flow Matching Models, ICML 2025",
    url: "https://arxiv.org/abs/2504.05304",
    licence: "reference code Apache-2.0",
    source: "github.com/Lakonik/GMFlow @ c3697df",
  },
  published: [{
    title: "Table 1: Wasserstein distance between generated and real cells of E13.5, mean (standard deviation)",
    data:
      "MOSTA (Stereo-seq of mouse embryos) embedded by SEDR, E13.5 held out, 5,000 cells, 16 steps; which Wasserstein " +
      "distance, and over what the deviation is taken, is not said",
    columns: ["CFM", "GMFlow"],
    rows: [
      { name: "E1S1", values: ["0.88 (0.20)", "0.46 (0.22)"] },
      { name: "E1S2", values: ["0.93 (0.20)", "0.51 (0.22)"] },
      { name: "E1S3", values: ["0.91 (0.29)", "0.49 (0.22)"] },
      { name: "E1S4", values: ["0.88 (0.20)", "0.46 (0.22)"] },
      { name: "overall", values: ["0.9 (0.20)", "0.47 (0.22)"] },
    ],
  }],
  defaults: GMFLOW_DEFAULTS,
  check: checkGmFlow,
  build,
});
