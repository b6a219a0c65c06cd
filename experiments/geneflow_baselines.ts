import type { Study, StudyRun } from "./experiment.ts";

const SEEDS = [1, 2, 3] as const;

/** The models, with the same networks and as many training steps; each is drawn as its authors draw it. */
const MODELS: readonly Omit<StudyRun, "seed">[] = [
  { name: "flow", set: ["plugin.config.model=flow"] },
  { name: "diffusion", set: ["plugin.config.model=diffusion"] },
  { name: "regression", set: ["plugin.config.model=regression"] },
];

/** Each seed in turn, so that an interruption compares equals. */
const RUNS: readonly StudyRun[] = SEEDS.flatMap((seed) => MODELS.map((model) => ({ ...model, seed })));

/** Rectified flow beside diffusion and regression of H&E patches. */
export const geneflowBaselines: Study = {
  name: "geneflow-baselines",
  description:
    "GeneFlow beside diffusion and regression with equal networks, three seeds: 9 resumable runs and a table",
  experiment: "geneflow-embedded",
  runs: RUNS,
};

/** Rectified flow beside diffusion and regression of single cells, whose nuclei can be measured. */
export const geneflowU2osBaselines: Study = {
  name: "geneflow-u2os-baselines",
  description: "The same models on fluorescent single cells, three seeds: 9 resumable runs and a table",
  experiment: "geneflow-u2os",
  runs: RUNS,
};
