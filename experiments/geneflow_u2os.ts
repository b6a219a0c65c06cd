import type { Experiment } from "./experiment.ts";
import { PAPER, SMALL, withPixels } from "./geneflow_presets.ts";

/** Of GFP and DNA over all crops of the training wells. */
const TRAINING_PIXELS = { mean: [0.112, 0.088], std: [0.131, 0.117] };

/**
 * GeneFlow's networks on single cells in two channels, drawn for the dose of a drug.
 *
 * What is measured of the crops never enters: the condition is the dose alone.
 */
export const geneflowU2os: Experiment = {
  name: "geneflow-u2os",
  description: "GeneFlow: fluorescent U2OS cells (FKHR-GFP and DNA) drawn for the dose of a drug; ships",
  plugin: "geneflow",
  dataset: "u2os-fkhr-translocation",
  settings: {
    plugin: {
      condition: "time",
      l1: { target: "none" },
      nuclei: { stain: "bright", channel: 1, leastArea: 20, leastHole: 20 },
    },
  },
  preset: "small",
  // Nuclei are ragged after fewer steps; a step on 32 px takes half of one on 48 px.
  presets: { paper: PAPER, small: withPixels({ ...SMALL, train: { ...SMALL.train, steps: 2000 } }, TRAINING_PIXELS) },
};
