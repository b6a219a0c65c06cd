import type { Experiment } from "./experiment.ts";
import { GMFLOW_PRESETS } from "./gmflow_presets.ts";

/**
 * GMFlow on cells of a culture at four times, one of them held out: the small benchmark of trajectory papers.
 *
 * The position of a stage on the time axis conditions the network: with another stage held
 * out ("8 h"), both GMFlow and flow matching came nearer to it that way than by interpolated rows of a table.
 */
export const gmflowEmbedded: Experiment = {
  name: "gmflow-embedded",
  description: "GMFlow: cells of a stage that was left out, in 10 latent features that ship with the project",
  plugin: "gmflow",
  dataset: "emt-tgfb1-latent",
  settings: {
    plugin: { stageConditioning: "continuous" },
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
