import type { Experiment } from "./experiment.ts";

/** Conditional flow matching on synthetic two-dimensional distributions: half a minute, with a picture. */
export const cfmToy: Experiment = {
  name: "cfm-toy",
  description: "Conditional flow matching on synthetic 2-D distributions, under 30 seconds",
  plugin: "cfm",
  dataset: "toy-2d",
  settings: {
    plugin: { coupling: "exact", network: { hidden: 128 } },
    train: { steps: 1500, lr: 2e-3, schedule: "cosine", warmup: 50, ema: 0.99, checkpointEvery: 500 },
  },
};
