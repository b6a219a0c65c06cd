import type { Study, StudyRun } from "./experiment.ts";

const MODELS = ["nicheflow", "rpcflow", "spflow"] as const;
const OBJECTIVES = ["glvfm", "cfm", "gvfm"] as const;
const SEEDS = [1, 2, 3] as const;

/**
 * Equal budget: every model sees as many target cells per step (32 niches of about 60 cells, or two clouds of 1,024), for
 * as many steps.
 */
const BUDGET: Readonly<Record<(typeof MODELS)[number], readonly string[]>> = {
  nicheflow: [],
  rpcflow: ["plugin.config.instances=1", "train.accumulate=2"],
  spflow: ["plugin.config.instances=2"],
};

function runs(): StudyRun[] {
  return MODELS.flatMap((model) =>
    OBJECTIVES.flatMap((objective) =>
      (objective === "glvfm" ? SEEDS : SEEDS.slice(0, 1)).map((seed) => ({
        name: `${model} ${objective}`,
        set: [`plugin.config.model=${model}`, `plugin.config.objective.kind=${objective}`, ...BUDGET[model]],
        seed,
      }))
    )
  );
}

/** The three models of the paper with their three objectives on the data of `nicheflow-med`. */
export const nicheflowLadder: Study = {
  name: "nicheflow-ladder",
  description: "All nine NicheFlow configurations side by side: 15 resumable runs and a table",
  experiment: "nicheflow-med",
  runs: runs(),
};
