import type { Study } from "./experiment.ts";
import { FUSION_RUNS } from "./spatia_fusion.ts";

/** SPATIA with both modalities beside networks that see one of them, on a tumour whose spots have clusters, three seeds. */
export const spatiaTumourFusion: Study = {
  name: "spatia-tumour-fusion",
  description: "SPATIA on a breast tumour: image and counts beside each alone, three seeds; needs --data FOLDER",
  experiment: "spatia-tumour",
  runs: FUSION_RUNS,
};
