import type { Experiment } from "./experiment.ts";
import { SEDR_TRAINING } from "./sedr_training.ts";

/**
 * SEDR on the mouse organogenesis atlas: one model for all stages, E13.5 held out, Harmony between the sections of a stage.
 * The data set makes the 200 components itself, from counts that need not fit in memory.
 *
 * `--set plugin.config.fit=jointTransductive` lets E13.5 take part in fitting, which later results then say.
 */
export const sedrMosta: Experiment = {
  name: "sedr-mosta",
  description: "SEDR: the mouse organogenesis atlas, E13.5 held out; needs --data FOLDER; before gmflow-mosta",
  plugin: "sedr",
  dataset: "mosta",
  settings: {
    plugin: {
      expression: { normalize: "none", components: 0 },
      harmony: "ratio",
      domains: { starts: 3, seeds: 1 },
    },
    train: SEDR_TRAINING,
  },
};
