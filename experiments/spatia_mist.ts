import type { Experiment } from "./experiment.ts";
import { PAPER, RELEASED, SOUND } from "./spatia_presets.ts";

/**
 * SPATIA on a section of MIST or one of the user's in its layout; the transitions are those of the released program, for
 * sections of breast cancer, and are to be replaced with those of the section's own states.
 */
export const spatiaMist: Experiment = {
  name: "spatia-mist",
  description: "SPATIA on cells of MIST, from state to state within niches (needs --data FOLDER)",
  plugin: "spatia",
  dataset: "mist",
  settings: {
    plugin: {
      transitions: {
        by: "label",
        label: "cell_states",
        table: [
          "Epi_FOXA1+ -> EMT-Epi1_CEACAM6+",
          "Epi_FOXA1+ -> Epi_CENPF+",
          "Epi_FOXA1+ -> mgEpi_KRT14+",
          "tcm_CD4+T -> eff_CD8+T1",
          "EC_CAVIN2+ -> EC_CLEC14A+",
        ],
        groups: "niche",
      },
    },
  },
  preset: "sound",
  presets: { paper: PAPER, released: RELEASED, sound: SOUND },
};
