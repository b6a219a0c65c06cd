import type { Experiment } from "./experiment.ts";
import { NICHEFLOW_PRESETS } from "./nicheflow_presets.ts";

/** NicheFlow on mouse brain aging; needs the file. */
export const nicheflowMba: Experiment = {
  name: "nicheflow-mba",
  description: "NicheFlow on mouse brain aging (needs --data)",
  plugin: "nicheflow",
  dataset: "mba",
  settings: {},
  preset: "small",
  presets: NICHEFLOW_PRESETS,
};
