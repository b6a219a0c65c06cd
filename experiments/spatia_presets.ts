import type { SettingsPatch } from "./experiment.ts";

/** What paper and program have in common. */
const COMMON = {
  pairing: { scale: "none", iterations: 200, tolerance: 0, match: "argmax" },
  confidence: { kind: "max", gamma: 1, normalise: "batch", clip: [] },
  start: { kind: "control" },
  contrast: { kind: "hinge", weight: 0.1 },
  conditioner: { width: 512 },
  flips: false,
  alignment: { weight: 0.1, from: 0, leastRows: 0 },
  signatures: { scale: "released" },
  network: { name: "xenium-small", injection: "add" },
  dropping: { probability: 0.1, per: "batch" },
  sampling: { solver: "midpoint", steps: 100, guidance: 0.2 },
  batch: 8,
} as const;

const TRAINING = { lr: 1e-4, weightDecay: 0.01, clipNorm: 0, accumulate: 8, checkpointEvery: 500 } as const;

/**
 * As the paper has it, as far as notes on it say: a wrong transition for the contrast, errors as means; squared confidences
 * are not used. What is not stated is the program's.
 */
export const PAPER: SettingsPatch = {
  plugin: {
    ...COMMON,
    contrast: { ...COMMON.contrast, negative: "transition", reduction: "mean", margin: 0 },
  },
  train: { ...TRAINING, steps: 25_000 },
};

/** As the released program has it: errors are summed, whole conditions permuted, the feature network not refused. */
export const RELEASED: SettingsPatch = {
  plugin: {
    ...COMMON,
    contrast: { ...COMMON.contrast, negative: "permutation", reduction: "sum", margin: 0.1 },
    alignment: { ...COMMON.alignment, leastR2: -1e9 },
  },
  train: { ...TRAINING, steps: 8000 },
};

/** The plugin's defaults: the method where it is sound, on principal components, for a processor. */
export const SOUND: SettingsPatch = {
  train: {
    steps: 6000,
    lr: 1e-3,
    schedule: "cosine",
    warmup: 50,
    weightDecay: 0.01,
    clipNorm: 1,
    ema: 0.99,
    checkpointEvery: 500,
  },
};
