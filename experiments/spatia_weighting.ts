import type { Study, StudyRun } from "./experiment.ts";

const SEEDS = [1, 2, 3] as const;

/** What pairs weigh: their confidence, or all alike. */
const WEIGHTS: readonly (readonly [name: string, set: readonly string[]])[] = [
  ["confidence", []],
  ["uniform", ["plugin.config.confidence.gamma=0"]],
];

/** SPATIA with pairs weighted by confidence beside equal weights; each seed in turn, so that an interruption compares equals. */
export const spatiaWeighting: Study = {
  name: "spatia-weighting",
  description:
    "SPATIA with pairs weighted by confidence beside equal weights, three seeds: 6 resumable runs and a table",
  experiment: "spatia-embedded",
  runs: SEEDS.flatMap((seed) => WEIGHTS.map(([name, set]): StudyRun => ({ name, set, seed }))),
};
