import { STFLOW_SMALL } from "./stflow_embedded.ts";
import type { Experiment } from "./experiment.ts";

/** STFlow on sections of a breast tumour, one of them held out; the sections are of one patient. */
export const stflowTumour: Experiment = {
  name: "stflow-tumour",
  description: "STFlow: genes of a HER2-positive breast tumour from its H&E, one section held out (--data FOLDER)",
  plugin: "stflow",
  dataset: "her2-breast-cancer-st-he",
  settings: {
    dataset: { highlyVariable: 50, scale: "none" },
    plugin: { images: ["statistics", "thumbnail"], coordinates: "spacing" },
    train: STFLOW_SMALL,
  },
};
