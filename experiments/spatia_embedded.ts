import type { Experiment } from "./experiment.ts";
import { PAPER, RELEASED, SOUND } from "./spatia_presets.ts";

/**
 * SPATIA on single cells under a drug: untreated cells become cells of each dose of two drugs; one dose of each and whole wells
 * are held out.
 *
 * Cells are paired by size, form and DNA content of their nuclei; nothing that is measured of the GFP enters, since where
 * the GFP is is the answer.
 */
export const spatiaEmbedded: Experiment = {
  name: "spatia-embedded",
  description: "SPATIA: U2OS cells (FKHR-GFP and DNA) from untreated to each dose of two drugs; ships",
  plugin: "spatia",
  dataset: "u2os-fkhr-translocation",
  settings: {
    dataset: { drug: "both" },
    plugin: {
      transitions: { by: "time", holdOut: ["7.81 nM wortmannin", "2.5 uM LY294002"], groups: "" },
      features: ["nucleus_area_px", "eccentricity", "dna_nucleus"],
      morphology: { channel: 0, foreground: "bright" },
      ratio: { signal: 0, mask: 1, ring: 5 },
    },
  },
  preset: "sound",
  presets: { paper: PAPER, released: RELEASED, sound: SOUND },
};
