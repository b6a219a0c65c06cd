import type { SettingsPatch } from "./experiment.ts";

/**
 * The three ways to run NicheFlow.
 *
 * `code`: the authors' code. `paper`: the paper's text. `small`: two cores and a few minutes; the same model and losses on
 * fewer niches per step, with a moving average and a falling rate, which short training needs.
 */
export const NICHEFLOW_PRESETS: Readonly<Record<string, SettingsPatch>> = {
  code: { train: { steps: 100_000, lr: 1e-3, checkpointEvery: 1000 } },
  paper: {
    plugin: { instances: 16 },
    train: { steps: 100_000, lr: 2e-4, checkpointEvery: 1000 },
  },
  small: {
    plugin: {
      instances: 1,
      regions: { count: 16, niches: 64, pairs: 32 },
      sampling: { upsample: 1 },
      classifier: { epochs: 30, patience: 10, plateau: 4 },
    },
    train: { steps: 600, lr: 1e-3, schedule: "cosine", warmup: 20, ema: 0.99, checkpointEvery: 100 },
  },
};
