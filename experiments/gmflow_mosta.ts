import type { Experiment } from "./experiment.ts";
import { GMFLOW_PRESETS } from "./gmflow_presets.ts";

/** GMFlow as in the paper: eight stages of the mouse embryo, cells of E13.5 from the other seven, by section. */
export const gmflowMosta: Experiment = {
  name: "gmflow-mosta",
  description:
    "GMFlow: cells of the mouse embryo at E13.5, which was left out; needs --data samples.zarr of sedr-mosta",
  plugin: "gmflow",
  dataset: "sedr-embedding",
  settings: {
    dataset: { holdOut: ["E13.5"] },
    train: {
      steps: 20_000,
      lr: 1e-3,
      schedule: "cosine",
      warmup: 200,
      weightDecay: 0,
      clipNorm: 10,
      ema: 0.999,
      checkpointEvery: 2000,
      logEvery: 100,
    },
  },
  preset: "skip",
  presets: GMFLOW_PRESETS,
};
