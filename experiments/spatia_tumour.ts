import type { Experiment } from "./experiment.ts";
import { SPATIA_SMALL, SPATIA_TRAINING } from "./spatia_representation.ts";

/** SPATIA's representation on sections of a breast tumour, one of them held out; the sections are of one patient. */
export const spatiaTumour: Experiment = {
  name: "spatia-tumour",
  description: "SPATIA: embedding of a HER2-positive breast tumour, one section held out (--data FOLDER)",
  plugin: "spatia-encoder",
  dataset: "her2-breast-cancer-st-he",
  settings: {
    dataset: { normalize: "none", scale: "none" },
    plugin: SPATIA_SMALL,
    train: SPATIA_TRAINING,
  },
};
