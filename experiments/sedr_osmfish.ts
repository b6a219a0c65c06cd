import type { Experiment } from "./experiment.ts";
import { SEDR_TRAINING } from "./sedr_training.ts";

/** SEDR on counts of a mouse cortex that ships with the project: do its domains agree with the regions of the anatomists? */
export const sedrOsmfish: Experiment = {
  name: "sedr-osmfish",
  description: "SEDR: domains of a mouse cortex (ships with the project) beside those of components",
  plugin: "sedr",
  dataset: "mouse-cortex-osmfish",
  settings: {
    dataset: { normalize: "none", scale: "none" },
    plugin: { domains: { label: "region" } },
    train: SEDR_TRAINING,
  },
};
