import type { Experiment } from "./experiment.ts";
import { PAPER, SMALL, withPixels } from "./geneflow_presets.ts";

/** Of DAPI and poly-T over all crops of the training cells. */
const TRAINING_PIXELS = { mean: [0.281, 0.108], std: [0.202, 0.072] };

/** GeneFlow on single cells in a field of a mouse's brain, a strip of the field held out. */
export const geneflowMerfish: Experiment = {
  name: "geneflow-merfish",
  description: "GeneFlow: DAPI and poly-T of single brain cells from their MERFISH counts (--data FOLDER)",
  plugin: "geneflow",
  dataset: "mouse-brain-merfish-dapi",
  settings: {
    dataset: { scale: "none" },
    // A pixel is 0.326 µm wide: 100 of them are a disc of 3.7 µm, half the width of a nucleus.
    plugin: { nuclei: { stain: "bright", channel: 0, leastArea: 100, leastHole: 50 } },
  },
  preset: "small",
  presets: { paper: PAPER, small: withPixels(SMALL, TRAINING_PIXELS) },
};
