import type { Experiment } from "./experiment.ts";
import { GMFLOW_PRESETS } from "./gmflow_presets.ts";

/** GMFlow on the sections of a heart in place of stages: spots of a section that neither it nor SEDR has seen. */
export const gmflowHeart: Experiment = {
  name: "gmflow-heart",
  description: "GMFlow: spots of a section of a human heart that was left out; needs --data samples.zarr of sedr-heart",
  plugin: "gmflow",
  dataset: "sedr-embedding",
  settings: {
    train: {
      steps: 2000,
      lr: 2e-3,
      schedule: "cosine",
      warmup: 200,
      weightDecay: 0,
      clipNorm: 10,
      ema: 0.999,
      checkpointEvery: 1000,
      logEvery: 50,
    },
  },
  preset: "skip",
  presets: GMFLOW_PRESETS,
};
