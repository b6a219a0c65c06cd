import type { TrainSettings } from "./experiment.ts";

/** The authors' training: Adam at 0.01 on all cells at once for 200 epochs; the decay of parameters is a term of the loss. */
export const SEDR_TRAINING: Partial<TrainSettings> = {
  steps: 200,
  lr: 0.01,
  schedule: "constant",
  warmup: 0,
  weightDecay: 0,
  clipNorm: 0,
  ema: 0,
  checkpointEvery: 100,
  logEvery: 10,
};
