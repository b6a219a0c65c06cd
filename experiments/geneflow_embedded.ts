import type { Experiment } from "./experiment.ts";
import { PAPER, SMALL, withPixels } from "./geneflow_presets.ts";

/** Of red, green and blue over all patches of the training mouse. */
const TRAINING_PIXELS = { mean: [0.679, 0.664, 0.83], std: [0.159, 0.15, 0.113] };

/**
 * GeneFlow on the sections with H&E that ship with the project: trained on one mouse, it draws patches of the other.
 *
 * Patches show layers of the tissue, not single nuclei; colour and texture are what can be compared.
 */
export const geneflowEmbedded: Experiment = {
  name: "geneflow-embedded",
  description: "GeneFlow: H&E patches of a mouse's olfactory bulb from its genes, trained on another mouse; ships",
  plugin: "geneflow",
  dataset: "mouse-olfactory-bulb-st-he",
  settings: {
    dataset: { scale: "none" },
    plugin: { nuclei: { leastArea: 8, leastHole: 8 } },
  },
  preset: "small",
  presets: { paper: PAPER, small: withPixels(SMALL, TRAINING_PIXELS) },
};
