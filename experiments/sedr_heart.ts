import type { Experiment } from "./experiment.ts";
import { SEDR_TRAINING } from "./sedr_training.ts";

/** SEDR on serial sections of a heart, fitted without the middle one: what `gmflow-heart` reads. */
export const sedrHeart: Experiment = {
  name: "sedr-heart",
  description:
    "SEDR: nine sections of a human heart, the middle one held out; needs --data FOLDER; before gmflow-heart",
  plugin: "sedr",
  dataset: "human-heart-st",
  settings: { train: SEDR_TRAINING },
};
