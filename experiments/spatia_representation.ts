import type { Experiment, TrainSettings } from "./experiment.ts";

/** Training that a few hundred spots can carry on two cores in minutes. */
export const SPATIA_TRAINING: Partial<TrainSettings> = {
  steps: 200,
  lr: 2e-3,
  schedule: "cosine",
  warmup: 20,
  weightDecay: 1e-2,
  ema: 0.98,
  checkpointEvery: 100,
};

/** A network that learns from a few hundred spots: one layer of each kind, 96 genes seen and 24 hidden. */
export const SPATIA_SMALL: Readonly<Record<string, unknown>> = {
  genes: { variable: 120 },
  network: { imageLayers: 1, geneLayers: 1, tissueLayers: 1 },
  regions: { count: 3, cells: 20 },
  masking: { counts: 0.3 },
  loss: { denoise: 0.2, generate: 2, image: 0.3 },
};

/** SPATIA's representation on the sections with H&E that ship with the project: train on one mouse, embed the other. */
export const spatiaRepresentation: Experiment = {
  name: "spatia-representation",
  description:
    "SPATIA: one embedding of image, counts and surroundings, olfactory bulb of a mouse held out; ships with the project",
  plugin: "spatia-encoder",
  dataset: "mouse-olfactory-bulb-st-he",
  settings: {
    dataset: { normalize: "none", scale: "none" },
    plugin: {
      ...SPATIA_SMALL,
      images: { patch: 6 },
    },
    train: SPATIA_TRAINING,
  },
};
