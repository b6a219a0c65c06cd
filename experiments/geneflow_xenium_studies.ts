import type { Study, StudyRun } from "./experiment.ts";

const FOLDS = [0, 1, 2] as const;
const SECTIONS = ["P1", "C1", "C2"] as const;
const SEED = 1;

/** Three folds of a section, each tested on in turn; the table's spread is over folds, as the paper's is. */
export const geneflowXeniumFolds: Study = {
  name: "geneflow-xenium-folds",
  description: "GeneFlow on a Xenium section in three folds: 3 resumable runs and a table; needs --data FOLDER",
  experiment: "geneflow-xenium",
  runs: FOLDS.map((fold): StudyRun => ({ name: "three folds", set: [`dataset.config.fold=${fold}`], seed: SEED })),
};

/** Each section trained on and each other tested on, over shared genes (the paper's Table 4). */
export const geneflowXeniumAcross: Study = {
  name: "geneflow-xenium-across",
  description: "GeneFlow trained on one Xenium section and tested on another: 6 runs and a table; needs --data FOLDER",
  experiment: "geneflow-xenium",
  runs: SECTIONS.flatMap((train) =>
    SECTIONS.filter((test) => test !== train).map((test): StudyRun => ({
      name: `${train} to ${test}`,
      set: [`dataset.config.train=${train}`, `dataset.config.test=${test}`],
      seed: SEED,
    }))
  ),
};
