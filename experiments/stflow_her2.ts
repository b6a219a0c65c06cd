import type { Study, StudyRun } from "./experiment.ts";

const SEEDS = [1, 2, 3] as const;
const SECTIONS = ["C2", "C3", "C4", "C5"] as const;

function runs(): StudyRun[] {
  return SEEDS.flatMap((seed) =>
    SECTIONS.map((section) => ({
      name: `${section} held out`,
      set: [`dataset.config.holdOut=${JSON.stringify([section])}`],
      seed,
    }))
  );
}

/** Each section of the tumour held out in turn, three seeds, baselines beside. */
export const stflowHer2: Study = {
  name: "stflow-her2",
  description: "STFlow on a breast tumour, each of four sections held out, three seeds; needs --data FOLDER",
  experiment: "stflow-tumour",
  runs: runs(),
};
