import type { Experiment } from "./experiment.ts";
import { SEDR_TRAINING } from "./sedr_training.ts";

/** SEDR on a section of the human prefrontal cortex, with the 12 neighbours that the authors take for Visium. */
export const sedrDlpfc: Experiment = {
  name: "sedr-dlpfc",
  description: "SEDR: the seven layers of a human prefrontal cortex, Visium; needs --data FOLDER",
  plugin: "sedr",
  dataset: "human-dlpfc-visium",
  settings: { plugin: { graph: { neighbours: 12 } }, train: SEDR_TRAINING },
};
