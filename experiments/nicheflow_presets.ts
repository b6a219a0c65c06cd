import type { SettingsPatch } from "./experiment.ts";

/**
 * The three ways to run NicheFlow.
 *
 * `code`: the authors' code. `paper`: the paper's text. `small`: two cores and a few minutes; the same networks and losses
 * on fewer niches per step, with what short training needs: a higher, falling rate, a moving average, no dropout,
 * coordinate noise of a niche's extent, velocities in place of means for coordinates, and coordinates that count in the
 * first layer from the start. Without the first two of these, thousands of steps go by before generated niches are more
 * than a blob at the right place. Of 512 niches that transport matches
 * per step, 16 pairs are trained on: the more there are to choose from, the closer matched niches lie to each other, and
 * the more a source niche says about its target.
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
      objective: { positionOutput: "velocity" },
      prior: { positionStd: 0.1 },
      regions: { niches: 512, pairs: 16 },
      network: { dropout: 0, coordinateGain: 8 },
      sampling: { upsample: 1 },
      classifier: { epochs: 30, patience: 10, plateau: 4 },
    },
    train: { steps: 1800, lr: 3e-3, schedule: "cosine", warmup: 60, ema: 0.99, checkpointEvery: 250 },
  },
};
