import type { Study, StudyRun } from "./experiment.ts";

const SEEDS = [1, 2, 3] as const;

/** What the network sees. */
const MODALITIES: readonly (readonly [name: string, modalities: readonly string[]])[] = [
  ["image and counts", ["image", "genes"]],
  ["counts alone", ["genes"]],
  ["images alone", ["image"]],
];

/** Each of them with three seeds. */
export const FUSION_RUNS: readonly StudyRun[] = MODALITIES.flatMap(([name, modalities]) =>
  SEEDS.map((seed) => ({ name, set: [`plugin.config.modalities=${JSON.stringify(modalities)}`], seed }))
);

/** SPATIA with both modalities beside networks that see one of them, three seeds. */
export const spatiaFusion: Study = {
  name: "spatia-fusion",
  description: "SPATIA: image and counts beside counts alone and images alone, three seeds, a table",
  experiment: "spatia-representation",
  runs: FUSION_RUNS,
};
