import type { Experiment } from "./experiment.ts";
import { NICHEFLOW_PRESETS } from "./nicheflow_presets.ts";

/** NicheFlow on axolotl brain development; needs the file. */
export const nicheflowAbd: Experiment = {
  name: "nicheflow-abd",
  description: "NicheFlow on axolotl brain development (needs --data)",
  plugin: "nicheflow",
  dataset: "abd",
  settings: {},
  preset: "small",
  presets: NICHEFLOW_PRESETS,
};
