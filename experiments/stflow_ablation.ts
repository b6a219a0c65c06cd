import type { Study, StudyRun } from "./experiment.ts";

const SEEDS = [1, 2, 3] as const;

/** What is changed, one thing at a time; the first is the whole method. */
const VARIANTS: readonly (readonly [name: string, set: readonly string[]])[] = [
  ["stflow", []],
  ["one step", ["plugin.config.sampling.steps=1"]],
  ["2 steps", ["plugin.config.sampling.steps=2"]],
  ["10 steps", ["plugin.config.sampling.steps=10"]],
  ["no geometry", ["plugin.config.frames=none"]],
  ["gaussian prior", ["plugin.config.prior.kind=gaussian"]],
  ["zero prior", ["plugin.config.prior.kind=zero"]],
  ["empirical prior", ["plugin.config.prior.kind=empirical"]],
  ["fitted prior", ["plugin.config.prior.kind=fitted"]],
  ["trained convolutions", ['plugin.config.images=["statistics","thumbnail","convolution"]']],
  ["no thumbnail", ['plugin.config.images=["statistics"]']],
  ["scaled over slides", ["plugin.config.imageScale=training"]],
];

function runs(): StudyRun[] {
  return SEEDS.flatMap((seed) =>
    VARIANTS.map(([name, set]) => ({ name, set: [...set, "plugin.config.baselines=[]"], seed }))
  );
}

/** STFlow with priors, steps, geometry and images changed one at a time, three seeds. */
export const stflowAblation: Study = {
  name: "stflow-ablation",
  description:
    "STFlow with its prior, steps, geometry and images changed one at a time, three seeds: 36 resumable runs",
  experiment: "stflow-embedded",
  runs: runs(),
};
