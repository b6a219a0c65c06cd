import type { Experiment } from "./experiment.ts";
import { PAPER, SMALL, withPixels } from "./geneflow_presets.ts";

/** Of red, green and blue over all patches of the training sections. */
const TRAINING_PIXELS = { mean: [0.561, 0.504, 0.669], std: [0.23, 0.195, 0.158] };

/**
 * GeneFlow on sections of a breast tumour with all their genes, one section held out; the sections are of one patient.
 *
 * A pixel is 2.3 µm wide, so that colour and texture can be compared, single nuclei cannot.
 */
export const geneflowTumour: Experiment = {
  name: "geneflow-tumour",
  description: "GeneFlow: H&E patches of a HER2-positive breast tumour from its genes (--data FOLDER)",
  plugin: "geneflow",
  dataset: "her2-breast-cancer-st-he",
  settings: {
    dataset: { scale: "none" },
    // Summed over 17,597 genes the penalty would be 18 at the start, where the images' loss is below 3.
    plugin: { l1: { target: "none" }, nuclei: { leastArea: 8, leastHole: 8 } },
  },
  preset: "small",
  presets: { paper: PAPER, small: withPixels(SMALL, TRAINING_PIXELS) },
};
