import type { Study, StudyRun } from "./experiment.ts";

const SEEDS = [1, 2, 3] as const;

/** Sections of each mouse, which are held out together. */
const MICE: readonly (readonly [name: string, sections: readonly string[]])[] = [
  ["mouse 2 held out", ["MOB3", "MOB4"]],
  ["mouse 1 held out", ["MOB1", "MOB2"]],
];

function runs(): StudyRun[] {
  return MICE.flatMap(([name, sections]) =>
    SEEDS.map((seed) => ({ name, set: [`dataset.config.holdOut=${JSON.stringify(sections)}`], seed }))
  );
}

/** Each mouse of the olfactory bulb data held out in turn, three seeds, baselines beside. */
export const stflowMice: Study = {
  name: "stflow-mice",
  description: "STFlow beside ridge, k nearest spots and a perceptron: each mouse held out, three seeds, a table",
  experiment: "stflow-embedded",
  runs: runs(),
};
