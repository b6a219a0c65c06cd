import type { Experiment, TrainSettings } from "./experiment.ts";

/** Training that a few hundred spots can carry: few steps, a falling rate, weight decay, a moving average. */
export const STFLOW_SMALL: Partial<TrainSettings> = {
  steps: 300,
  lr: 1e-3,
  schedule: "cosine",
  warmup: 20,
  weightDecay: 1e-2,
  ema: 0.98,
  checkpointEvery: 100,
};

/**
 * STFlow on the sections with H&E that ship with the project: train on one mouse, predict the other.
 *
 * Patches show layers of the tissue, not single nuclei, so what is seen of a spot is statistics of its patch and a coarse
 * thumbnail. `small`: the paper's network, trained as briefly as a few hundred spots allow. `paper`: the paper's training,
 * for 1,000 steps.
 */
export const stflowEmbedded: Experiment = {
  name: "stflow-embedded",
  description:
    "STFlow: genes of a mouse's olfactory bulb from its H&E, trained on another mouse; ships with the project",
  plugin: "stflow",
  dataset: "mouse-olfactory-bulb-st-he",
  settings: {
    dataset: { highlyVariable: 50, scale: "none" },
    plugin: { images: ["statistics", "thumbnail"], coordinates: "spacing" },
  },
  preset: "small",
  presets: {
    small: { train: STFLOW_SMALL },
    paper: { train: { steps: 1000, lr: 5e-4, weightDecay: 0, clipNorm: 1, checkpointEvery: 100 } },
  },
};
