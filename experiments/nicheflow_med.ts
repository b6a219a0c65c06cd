import type { Experiment } from "./experiment.ts";
import { NICHEFLOW_PRESETS } from "./nicheflow_presets.ts";

/** NicheFlow on mouse embryonic development, or, without that file, on the axolotl sections that ship with the project. */
export const nicheflowMed: Experiment = {
  name: "nicheflow-med",
  description: "NicheFlow: niches of a growing tissue (yours with --data, else a regenerating axolotl brain)",
  plugin: "nicheflow",
  dataset: "axolotl-brain-regeneration",
  userDataset: "med",
  standInNotice: "no MED data given: using the axolotl sections (labels as features)",
  // Smoother label shares than the data set's default: types are then nearly a function of place, which few steps can learn.
  settings: { dataset: { smoothing: { neighbours: 16 }, components: 16 } },
  preset: "small",
  presets: NICHEFLOW_PRESETS,
};
